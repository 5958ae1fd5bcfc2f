"""PNGs inflated for Pillow: the same pictures, or the file as it is."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from biodatamine_core import readers
from biodatamine_core.readers import png_stored
from tests.builders import member_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def noise(mode: str, width: int = 300, height: int = 200, **options: Any) -> bytes:
    values = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    values[:, : width // 2] //= 50  # where filters and matches of every kind are worth their while
    stream = io.BytesIO()
    Image.fromarray(values).convert(mode).save(stream, "PNG", **options)
    return stream.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def grey(rows: bytes, interlace: int = 0, behind: bytes = b"") -> bytes:
    """A grey PNG of 4 by 3 pixels that packs these rows."""
    header = struct.pack(">IIBBBBB", 4, 3, 8, 0, 0, 0, interlace)
    pixels = chunk(b"IDAT", zlib.compress(rows) + behind)
    return SIGNATURE + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


ROWS = bytes([0, 1, 2, 3, 4] * 3)


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("width", [1, 7, 300])
def test_an_inflated_png_is_the_same_picture(mode: str, width: int) -> None:
    data = noise(mode, width=width)
    packed = member_of(data)
    member = png_stored.inflated(packed)
    assert member is not packed
    with member.open() as stream, Image.open(io.BytesIO(data)) as expected, Image.open(stream) as image:
        assert (image.mode, image.size) == (expected.mode, expected.size)
        assert (np.asarray(image) == np.asarray(expected)).all()


def test_checksums_of_an_inflated_png_are_right() -> None:
    data = png_stored.inflated(member_of(noise("RGB"))).open().read()
    at = len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        assert zlib.crc32(data[at + 4 : at + 8 + length]) == struct.unpack_from(">I", data, at + 8 + length)[0]
        at += 12 + length


def test_what_stands_beside_the_pixels_stays() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", "test")
    data = noise("RGB", exif=exif, pnginfo=text, dpi=(300, 300))
    with Image.open(png_stored.inflated(member_of(data)).open()) as image:
        assert (image.info["Software"], image.getexif()[0x0112]) == ("test", 6)
    assert readers.small_picture(member_of(data, "a.png"), 300).pixels.shape == (300, 200, 3)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data[: len(data) // 2], id="cut"),
        pytest.param(lambda data: data[:20], id="cut in its header"),
        pytest.param(lambda data: data[:33], id="without pixels"),
        pytest.param(lambda data: data[:5000] + b"\xff" * 50 + data[5050:], id="damaged"),
        pytest.param(lambda data: b"\xff\xd8\xff" + data, id="no PNG"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: grey(ROWS[:-1]), id="a pixel too few"),
        pytest.param(lambda data: grey(ROWS + b"\0"), id="a pixel too many"),
        pytest.param(lambda data: grey(ROWS, behind=b"more"), id="more behind the pixels"),
        pytest.param(lambda data: grey(ROWS, interlace=1), id="interlaced"),
    ],
)
def test_an_odd_file_is_left_as_it_is(change: Callable[[bytes], bytes]) -> None:
    member = member_of(change(noise("RGB")))
    assert png_stored.inflated(member) is member


def test_a_bomb_is_inflated_no_further_than_its_header_says() -> None:
    bomb = member_of(grey(bytes(100_000_000)))
    assert png_stored.inflated(bomb) is bomb


def test_a_large_picture_is_left_to_be_inflated_bit_by_bit() -> None:
    header = struct.pack(">IIBBBBB", 9_000, 9_000, 8, 0, 0, 0, 0)
    member = member_of(SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    assert png_stored.inflated(member) is member
