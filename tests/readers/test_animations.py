"""The BMP, GIF and WebP readers against Pillow."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Mode, ProblemKind, Pseudonym, Role, UnreadableMember
from tests.builders import member_of

PSEUDONYM = Pseudonym(b"test")


def inspect(data: bytes, mode: Mode = Mode.FULL, **facts: Any) -> FileRecord:
    return readers.inspect(member_of(data, "a.bin", **facts), PSEUDONYM, mode)


def noise(format: str, mode: str = "RGB", width: int = 60, height: int = 40, **options: Any) -> bytes:
    """A picture that does not compress, so that a cut always costs pixels."""
    values = np.random.default_rng(1).integers(0, 256, (height, width, 4), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(values, "RGBA").convert(mode).save(stream, format, **options)
    return stream.getvalue()


def animation(format: str, frames: int, duration_ms: int = 40, side: int = 32) -> bytes:
    """Squares of growing brightness, one every 40 ms."""
    pictures = [Image.new("L", (side, side), 10 * (number + 1)) for number in range(frames)]
    stream = io.BytesIO()
    pictures[0].save(stream, format, save_all=True, append_images=pictures[1:], duration=duration_ms, lossless=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "format", "channels"),
    [
        pytest.param(noise("BMP"), "BMP", 3, id="colour BMP"),
        pytest.param(noise("BMP", "L"), "BMP", 1, id="grey BMP"),
        pytest.param(noise("BMP", "1"), "BMP", 1, id="black and white BMP"),
        pytest.param(noise("BMP", "P"), "BMP", 3, id="BMP with a palette of colours"),
        pytest.param(noise("GIF"), "GIF", 3, id="colour GIF"),
        pytest.param(noise("GIF", "L"), "GIF", 1, id="grey GIF"),
        pytest.param(noise("WEBP"), "WebP", 3, id="lossy WebP"),
        pytest.param(noise("WEBP", "RGBA", lossless=True), "WebP", 4, id="lossless WebP with transparency"),
        pytest.param(noise("WEBP", "RGBA"), "WebP", 4, id="lossy WebP with transparency"),
        pytest.param(noise("WEBP", icc_profile=bytes(100)), "WebP", 3, id="WebP with metadata"),
    ],
)
def test_size_and_channels_are_those_that_pillow_decodes(data: bytes, format: str, channels: int) -> None:
    record = inspect(data)
    assert (record.format, record.shape, record.channels) == (format, Image.open(io.BytesIO(data)).size, channels)
    assert (record.role, record.dtype, record.readable, record.frames) == (Role.IMAGE, "uint8", True, None)
    assert readers.middle_picture(member_of(data)).pixels.shape[:2] == (40, 60)


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_frames_of_an_animation_are_counted_as_pillow_counts_them(format: str) -> None:
    data = animation(format, 7)
    record = inspect(data)
    assert Image.open(io.BytesIO(data)).n_frames == 7  # type: ignore[attr-defined]
    assert (record.shape, record.frames, record.frame_time_ms) == ((32, 32, 1, 7), 7, 40.0)


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_the_middle_frame_of_an_animation_is_drawn(format: str) -> None:
    pixels = readers.middle_picture(member_of(animation(format, 7))).pixels
    assert abs(int(pixels.mean()) - 40) <= 2


def test_a_bitmap_may_be_stored_from_its_top_row_and_with_an_old_header() -> None:
    rows = bytes(range(4 * 3))
    old = b"BM" + struct.pack("<IHHI", 26 + 12, 0, 0, 26) + struct.pack("<IHHHH", 12, 1, 3, 1, 24) + rows
    assert inspect(old).shape == (1, 3)
    down = b"BM" + struct.pack("<IHHI", 54 + 12, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 1, -3, 1, 24, *[0] * 6)
    assert inspect(down + rows).shape == Image.open(io.BytesIO(down + rows)).size == (1, 3)


@pytest.mark.parametrize("data", [noise("BMP"), noise("GIF"), noise("WEBP", lossless=True)], ids=["BMP", "GIF", "WebP"])
def test_cut_pixels_are_found(data: bytes) -> None:
    record = inspect(data[: len(data) // 2])
    assert record.problem_kind is ProblemKind.TRUNCATED
    assert record.shape == (60, 40)
    assert inspect(data[:20]).problem_kind in (ProblemKind.TRUNCATED, ProblemKind.CORRUPT, ProblemKind.UNKNOWN_FORMAT)


@pytest.mark.parametrize("format", ["BMP", "GIF", "WEBP"])
def test_a_picture_larger_than_the_head_is_read_whole(format: str) -> None:
    data = noise(format, width=600, height=400)
    assert len(data) > readers.interface.HEAD_BYTES  # type: ignore[attr-defined]
    assert inspect(data).readable
    assert inspect(data[:-30_000]).problem_kind is ProblemKind.TRUNCATED


def test_a_bomb_is_not_drawn() -> None:
    bomb = (
        b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 24, *[0] * 6)
    )
    record = inspect(bomb + bytes(46))
    assert (record.problem_kind, record.shape) == (ProblemKind.TOO_LARGE, (60_000, 60_000))
    with pytest.raises((UnreadableMember, Image.DecompressionBombError)):
        readers.middle_picture(member_of(bomb + bytes(46)))


def test_two_letters_alone_are_no_bitmap() -> None:
    assert inspect(b"BM" + bytes(range(200)), Mode.HEADERS).format == "unknown"


def test_an_animation_on_a_canvas_of_gigabytes_is_refused_at_once() -> None:
    data = bytearray(animation("WEBP", 5))
    at = data.index(b"VP8X") + 12
    data[at : at + 3] = (4_000_000).to_bytes(3, "little")
    with pytest.raises(UnreadableMember, match=r"^4,000,001 × 32 pixels are too many to draw\.$"):
        readers.middle_picture(member_of(bytes(data), "a.webp"))
