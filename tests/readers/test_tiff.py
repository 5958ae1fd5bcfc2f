"""The TIFF reader against tifffile and Pillow: pictures, stacks, slides."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from biodatamine_core import archives, readers
from biodatamine_core.records import FileRecord, Mode, ProblemKind, Pseudonym, Role, UnreadableMember
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile
from tests.builders import member_of, zip_of

PSEUDONYM = Pseudonym(b"test")
MICRONS = {"resolution": (1 / 0.65, 1 / 0.65), "metadata": {"axes": "ZYX", "spacing": 2.0, "unit": "um"}}


def inspect(data: bytes, mode: Mode = Mode.FULL) -> FileRecord:
    return readers.inspect(member_of(data, "a.tif"), PSEUDONYM, mode)


def drawn(data: bytes) -> np.ndarray:
    return readers.middle_picture(member_of(data, "a.tif")).pixels


def tiff_of(pixels: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, **{"metadata": None, **options})
    return stream.getvalue()


def noise(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, shape).astype(dtype)


def slices(count: int = 12, side: int = 48) -> np.ndarray:
    """A ball, cut: neighbouring slices look alike, the first and the middle one do not."""
    z, y, x = np.mgrid[-1 : 1 : count * 1j, -1 : 1 : side * 1j, -1 : 1 : side * 1j]
    return (200 * (((x - z / 2) ** 2 + y**2 + z**2) < 0.6) + noise(count, side, side) // 10).astype(np.uint8)


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits", "jpeg", "jpeg2000", "zstd", "webp", "jpegxl"])
@pytest.mark.parametrize("tile", [None, (32, 32)], ids=["strips", "tiles"])
def test_colour_pictures_of_every_common_compression_are_drawn(compression: str | None, tile: Any) -> None:
    y, x = np.mgrid[0:64, 0:96]
    pixels = np.stack([x * 2, y * 2, x + y], axis=-1).astype(np.uint8)
    options = {"compressionargs": {"lossless": True}} if compression == "webp" else {}
    data = tiff_of(pixels, compression=compression, tile=tile, photometric="rgb", **options)
    record = inspect(data)
    assert (record.format, record.role, record.readable) == ("TIFF", Role.IMAGE, True)
    assert (record.shape, record.channels, record.dtype) == ((96, 64), 3, "uint8")
    assert np.abs(drawn(data).astype(int) - pixels).mean() < 4


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.uint32, np.float32, np.float64])
@pytest.mark.parametrize("compression", [None, "lzw"])
def test_grey_pictures_keep_their_numbers(dtype: type, compression: str | None) -> None:
    pixels = noise(40, 60, dtype=dtype)
    data = tiff_of(pixels, compression=compression, predictor=compression is not None)
    assert (inspect(data).shape, inspect(data).dtype) == ((60, 40), np.dtype(dtype).name)
    assert (drawn(data) == pixels).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_what_pillow_writes_is_drawn_as_pillow_draws_it(mode: str) -> None:
    stream = io.BytesIO()
    image = Image.fromarray(noise(40, 60, 4), "RGBA").convert("L" if mode in ("I;16", "F") else mode).convert(mode)
    image.save(stream, "TIFF")
    pixels = drawn(stream.getvalue())
    wanted = np.asarray(image.convert("L") if mode == "1" else image if pixels.ndim == 2 else image.convert("RGB"))
    assert (pixels * (255 if mode == "1" else 1) == wanted).all()
    assert inspect(stream.getvalue()).shape == (60, 40)


def test_white_is_zero_is_drawn_inverted() -> None:
    picture = readers.middle_picture(member_of(tiff_of(noise(40, 60), photometric="miniswhite"), "a.tif"))
    assert picture.is_inverted


def test_chroma_that_is_stored_apart_is_left_to_pillow() -> None:
    stream = io.BytesIO()
    Image.new("YCbCr", (64, 48), (120, 60, 200)).save(stream, "TIFF", compression="jpeg")
    assert drawn(stream.getvalue()).shape == (48, 64, 3)


@pytest.mark.parametrize("bigtiff", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize("byteorder", ["<", ">"], ids=["little endian", "big endian"])
def test_every_byte_order_and_size_is_known(bigtiff: bool, byteorder: str) -> None:
    data = tiff_of(noise(40, 60, dtype=np.uint16), bigtiff=bigtiff, byteorder=byteorder)
    assert (inspect(data).format, inspect(data).shape) == ("TIFF", (60, 40))


@pytest.mark.parametrize(
    ("options", "size", "shape", "maker"),
    [
        pytest.param({"imagej": True, "metadata": {"axes": "ZYX"}}, (6,), (60, 40, 6), "ImageJ", id="ImageJ slices"),
        pytest.param({"imagej": True, "metadata": {"axes": "TYX"}}, (6,), (60, 40, 1, 6), "ImageJ", id="ImageJ times"),
        pytest.param({"ome": True, "metadata": {"axes": "ZYX"}}, (6,), (60, 40, 6), "OME", id="OME slices"),
        pytest.param({"ome": True, "metadata": {"axes": "TYX"}}, (6,), (60, 40, 1, 6), "OME", id="OME times"),
        pytest.param({"ome": True, "metadata": {"axes": "TZYX"}}, (2, 6), (60, 40, 6, 2), "OME", id="OME both"),
    ],
)
def test_metadata_says_what_the_pages_are(
    options: dict[str, Any], size: tuple[int, ...], shape: tuple[int, ...], maker: str
) -> None:
    record = inspect(tiff_of(noise(*size, 40, 60), **options))
    assert (record.shape, record.frames, record.header_description) == (shape, None, maker)


def test_channels_of_a_fluorescence_image_are_no_slices() -> None:
    record = inspect(tiff_of(noise(3, 40, 60), ome=True, metadata={"axes": "CYX"}))
    assert (record.shape, record.channels) == ((60, 40), 3)


def test_the_middle_slice_of_a_stack_is_drawn() -> None:
    pixels = noise(9, 40, 60)
    for options in ({"imagej": True, "metadata": {"axes": "ZYX"}}, {"ome": True, "metadata": {"axes": "ZYX"}}, {}):
        assert (drawn(tiff_of(pixels, photometric="minisblack", **options)) == pixels[4]).all()


def test_unnamed_pages_are_slices_where_neighbours_look_alike() -> None:
    record = inspect(tiff_of(slices(), photometric="minisblack"))
    assert (record.shape, record.frames) == ((48, 48, 12), 12)


def test_unnamed_pages_that_do_not_look_alike_are_pictures() -> None:
    record = inspect(tiff_of(noise(12, 48, 48), photometric="minisblack"))
    assert (record.shape, record.frames) == ((48, 48), 12)


def test_headers_alone_do_not_say_what_unnamed_pages_are() -> None:
    record = inspect(tiff_of(slices(), photometric="minisblack"), Mode.HEADERS)
    assert (record.shape, record.frames) == ((48, 48), 12)


def test_images_of_several_sizes_are_counted() -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for side in (40, 30, 50):
            writer.write(noise(side, side), metadata=None)
    assert (inspect(stream.getvalue()).shape, inspect(stream.getvalue()).frames) == ((40, 40), 3)


def test_pixel_size_is_what_a_microscope_states_in_its_own_unit() -> None:
    assert inspect(tiff_of(noise(6, 40, 60), imagej=True, **MICRONS)).spacing_mm == pytest.approx(
        (0.00065, 0.00065, 0.002)
    )
    sizes = {
        "axes": "ZYX",
        "PhysicalSizeX": 0.5,
        "PhysicalSizeY": 0.5,
        "PhysicalSizeZ": 3000.0,
        "PhysicalSizeZUnit": "nm",
    }
    assert inspect(tiff_of(noise(6, 40, 60), ome=True, metadata=sizes)).spacing_mm == pytest.approx(
        (0.0005, 0.0005, 0.003)
    )


def test_printing_density_is_no_spacing() -> None:
    assert inspect(tiff_of(noise(40, 60), resolution=(300, 300), resolutionunit="inch")).spacing_mm is None
    assert inspect(tiff_of(noise(40, 60), resolution=(20_000, 20_000), resolutionunit="centimeter")).spacing_mm == (
        pytest.approx((0.0005, 0.0005))
    )


def slide(description: str = "Aperio Image Library v11|AppMag = 20|MPP = 0.5|User = Jane Doe") -> bytes:
    """Levels of 1024, 512 and 256 pixels as Aperio writes them: pages, a thumbnail second, label and macro last."""
    y, x = np.mgrid[0:1024, 0:1024]
    base = np.stack([x // 4, y // 4, (x + y) // 8], axis=-1).astype(np.uint8)
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        options: dict[str, Any] = {"photometric": "rgb", "metadata": None}
        tiled = {**options, "tile": (256, 256), "compression": "jpeg"}
        writer.write(base, description=description, **tiled)
        writer.write(np.ascontiguousarray(base[::4, ::4]), description="Aperio thumbnail", **options)
        writer.write(np.ascontiguousarray(base[::2, ::2]), description="Aperio level", **tiled)
        writer.write(np.ascontiguousarray(base[::4, ::4]), description="Aperio level", **tiled)
        writer.write(np.zeros((80, 90, 3), np.uint8), description="Aperio\nlabel 90x80", subfiletype=1, **options)
        writer.write(np.zeros((80, 240, 3), np.uint8), description="Aperio\nmacro 240x80", subfiletype=9, **options)
    return stream.getvalue()


def test_a_slide_is_one_picture_with_its_levels_and_its_pixel_size() -> None:
    record = inspect(slide())
    assert (record.format, record.shape, record.channels) == ("SVS", (1024, 1024), 3)
    assert record.header_description == "Aperio, pyramid of 3 levels"
    assert record.spacing_mm == pytest.approx((0.0005, 0.0005))
    assert "Jane" not in repr(record)


def test_a_small_level_of_a_slide_is_drawn_and_never_its_label() -> None:
    pixels = drawn(slide())
    assert pixels.shape[0] in (256, 512)
    assert pixels.mean() > 60


def test_a_pyramid_of_unknown_make_is_a_pyramid() -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for side in (512, 256, 128):
            writer.write(noise(side, side, 3), photometric="rgb", tile=(64, 64), metadata=None)
    record = inspect(stream.getvalue())
    assert (record.shape, record.header_description) == ((512, 512), "pyramid of 3 levels")


def test_a_cut_file_is_truncated_wherever_its_directory_lies() -> None:
    behind = tiff_of(noise(200, 300))  # tifffile writes the directory first
    stream = io.BytesIO()
    Image.fromarray(noise(200, 300)).save(stream, "TIFF", compression="tiff_lzw")  # libtiff writes it last
    for data in (behind, stream.getvalue()):
        assert inspect(data[: len(data) // 2]).problem_kind is ProblemKind.TRUNCATED
        assert inspect(data).readable


def test_a_tile_that_claims_to_be_a_bomb_is_not_decoded() -> None:
    data = bytearray(tiff_of(noise(64, 64, 3), photometric="rgb", compression="jpeg", tile=(64, 64)))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = b"\xff\xfe\xff\xfe"
    with pytest.raises(UnreadableMember, match="A tile claims"):
        readers.middle_picture(member_of(bytes(data), "a.tif"))


def test_a_picture_too_large_to_draw_is_refused_by_its_header() -> None:
    data = tiff_of(np.zeros((4096, 4096), np.uint8), compression="zlib")
    at = data.index(b"\x01\x01\x04\x00\x01\x00\x00\x00" if b"\x01\x01\x04\x00" in data else b"\x01\x01\x03\x00")
    large = data[: at + 8] + (1 << 20).to_bytes(4, "little") + data[at + 12 :]
    with pytest.raises(UnreadableMember, match="too large to draw"):
        readers.middle_picture(member_of(large, "a.tif"))


def test_a_file_that_names_other_files_opens_none_of_them(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tif"
    secret.write_bytes(tiff_of(np.full((40, 60), 7, np.uint8)))
    xml = tifffile.OmeXml()
    xml.addimage(np.uint8, (2, 40, 60), (2, 1, 1, 40, 60, 1), axes="ZYX")
    named = xml.tostring().replace(
        "<TiffData", f'<TiffData><UUID FileName="{secret}">urn:uuid:1</UUID></TiffData><TiffData', 1
    )
    data = tiff_of(noise(40, 60), description=named)
    record = inspect(data)
    assert record.format == "TIFF"
    assert (drawn(data) != 7).any()


def test_a_stack_inside_a_zip_is_read_like_one_outside(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of({"a.tif": tiff_of(slices())}))
    (member,) = archives.walk(LocalFile(path, "a.zip"), Limits())
    with member.open() as stream:
        assert not stream.seekable()
    assert readers.inspect(member, PSEUDONYM, Mode.FULL).shape == (48, 48, 12)
    assert readers.middle_picture(member).pixels.shape == (48, 48)
