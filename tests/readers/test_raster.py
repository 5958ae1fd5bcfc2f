"""The PNG and JPEG reader against Pillow."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Mode, ProblemKind, Pseudonym, Role, UnreadableMember
from tests.builders import member_of

PSEUDONYM = Pseudonym(b"test")


def inspect(data: bytes, mode: Mode = Mode.FULL) -> FileRecord:
    return readers.inspect(member_of(data, "a.png"), PSEUDONYM, mode)


def noise(mode: str = "L", format: str = "PNG", width: int = 60, height: int = 40, **options: Any) -> bytes:
    """A picture that does not compress, so that a cut always costs pixels."""
    values = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(values).convert(mode).save(stream, format, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "channels", "dtype", "bits"),
    [
        pytest.param(noise("1"), 1, "uint8", 1, id="black and white PNG"),
        pytest.param(noise("L"), 1, "uint8", 8, id="grey PNG"),
        pytest.param(noise("I;16"), 1, "uint16", 16, id="16-bit PNG"),
        pytest.param(noise("LA"), 2, "uint8", 8, id="grey PNG with transparency"),
        pytest.param(noise("P"), 3, "uint8", 8, id="palette PNG holds colours"),
        pytest.param(noise("RGB"), 3, "uint8", 8, id="colour PNG"),
        pytest.param(noise("RGBA"), 4, "uint8", 8, id="colour PNG with transparency"),
        pytest.param(noise("L", "JPEG"), 1, "uint8", 8, id="grey JPEG"),
        pytest.param(noise("RGB", "JPEG"), 3, "uint8", 8, id="colour JPEG"),
        pytest.param(noise("RGB", "JPEG", progressive=True), 3, "uint8", 8, id="progressive JPEG"),
        pytest.param(noise("CMYK", "JPEG"), 4, "uint8", 8, id="CMYK JPEG"),
    ],
)
def test_size_channels_and_depth_are_read_from_the_header(data: bytes, channels: int, dtype: str, bits: int) -> None:
    record = inspect(data)
    assert record.shape == Image.open(io.BytesIO(data)).size == (60, 40)
    assert (record.channels, record.dtype, record.bits_stored) == (channels, dtype, bits)
    assert (record.role, record.readable) == (Role.IMAGE, True)


def test_pixel_density_is_no_spacing() -> None:
    assert inspect(noise(dpi=(300, 300))).spacing_mm is None


def test_metadata_before_the_picture_may_be_larger_than_the_head() -> None:
    record = inspect(noise("RGB", "JPEG", icc_profile=bytes(200_000)))
    assert record.shape == (60, 40)


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
@pytest.mark.parametrize("width", [60, 600])
def test_cut_pixels_are_found_when_every_byte_is_read(format: str, width: int) -> None:
    data = noise("RGB", format, width=width, height=width)
    cut = data[: len(data) // 2]
    assert inspect(cut).problem == "Its pixels end early: the file was cut."
    assert inspect(cut).shape == (width, width)
    assert inspect(cut, Mode.HEADERS).readable
    assert inspect(data).readable


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_bytes_after_the_end_do_no_harm(format: str) -> None:
    assert inspect(noise("RGB", format) + bytes(10_000)).readable


def test_a_header_that_ends_early_is_truncated() -> None:
    assert inspect(noise()[:20]).problem == "Its PNG header ends early or is broken."
    assert inspect(noise("L", "JPEG")[:30]).problem == "Its JPEG header ends early or is broken."


def test_a_bomb_is_refused_by_its_header_without_being_opened() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    record = inspect(bomb)
    assert (record.problem_kind, record.shape) == (ProblemKind.TOO_LARGE, (60_000, 60_000))
    with pytest.raises((UnreadableMember, Image.DecompressionBombError)):
        readers.middle_picture(member_of(bomb))


@pytest.mark.parametrize(
    ("mode", "shape"),
    [("1", (40, 60)), ("L", (40, 60)), ("I;16", (40, 60)), ("LA", (40, 60)), ("P", (40, 60, 3)), ("RGBA", (40, 60, 3))],
)
def test_pictures_are_grey_or_rgb(mode: str, shape: tuple[int, ...]) -> None:
    assert readers.middle_picture(member_of(noise(mode))).pixels.shape == shape


def test_a_photograph_is_turned_as_its_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    assert readers.middle_picture(member_of(noise("RGB", "JPEG", exif=exif))).pixels.shape == (60, 40, 3)
