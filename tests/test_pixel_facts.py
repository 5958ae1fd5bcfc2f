"""What a full scan says of pixels: the same for the same picture in any format, and nothing where it did not look."""

import gzip
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from biodatamine_core import readers
from biodatamine_core.readers import stored_pixels
from biodatamine_core.records import FileRecord, Mode, Pseudonym
from biodatamine_core.scan import one_file, pixel_facts
from biodatamine_core.settings import Limits
from tests.builders import dicom_slice, member_of, nifti, picture

RAMP = (np.arange(24 * 32).reshape(24, 32) % 251).astype(np.uint8)


def scanned(data: bytes, path: str = "a", mode: Mode = Mode.FULL) -> FileRecord:
    """The row of one file, as a scan writes it."""
    orders = one_file.Orders(mode, Limits(), Pseudonym(b"secret"))
    row = one_file.inspected(member_of(data, path), "content", orders, lambda: None)
    return replace(row.record, **row.over)


def png(pixels: np.ndarray, format: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format)
    return stream.getvalue()


def seen(record: FileRecord) -> tuple[Any, ...]:
    return record.value_min, record.value_max, record.background_share


def test_range_of_a_ct_is_in_hounsfield_units() -> None:
    pixels = np.full((16, 16), 24, np.int16)
    pixels[0, :4] = 1024, 2024, 3024, 0
    record = scanned(dicom_slice(pixels=pixels, RescaleSlope=1, RescaleIntercept=-1024))
    assert seen(record) == (-1024.0, 2000.0, 252 / 256)


@pytest.mark.parametrize("is_implicit", [True, False])
def test_the_header_is_not_walked_again_where_pixels_end_the_file(
    is_implicit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = dcmread(io.BytesIO(dicom_slice(pixels=RAMP[:5, :5].astype(np.int16))))
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian
    files = []
    for padding in (b"", bytes(4)):  # padding behind the pixels: then they are not where the file ends
        if padding:
            dataset.DataSetTrailingPadding = padding
        stream = io.BytesIO()
        dcmwrite(stream, dataset, implicit_vr=is_implicit, little_endian=True)
        files.append(stream.getvalue())
    walked: list[object] = []
    read_header = stored_pixels.read_header
    monkeypatch.setattr(stored_pixels, "read_header", lambda stream: walked.append(stream) or read_header(stream))
    plain, padded = (scanned(data) for data in files)
    assert plain.pixel_hash is not None
    assert (seen(plain), plain.pixel_hash, len(walked)) == (seen(padded), padded.pixel_hash, 1)


def compressed_dicom(instance: int = 1, **options: Any) -> bytes:
    dataset = dcmread(io.BytesIO(dicom_slice(instance=instance, **options)))
    dataset.compress(RLELossless)
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
def test_a_compressed_image_has_the_facts_and_the_hash_that_it_has_uncompressed(dtype: type) -> None:
    options: dict[str, Any] = {"pixels": RAMP.astype(dtype), "RescaleSlope": 2, "RescaleIntercept": -1024}
    plain, compressed = scanned(dicom_slice(**options)), scanned(compressed_dicom(**options))
    assert (seen(compressed), compressed.pixel_hash) == (seen(plain), plain.pixel_hash)
    assert compressed.value_max == 250 * 2 - 1024


def test_of_compressed_images_every_eighth_is_looked_at() -> None:
    looked_at = [number for number in range(1, 20) if scanned(compressed_dicom(number)).value_max is not None]
    assert looked_at == [1, 9, 17]


def test_compressed_pixels_that_are_damaged_have_no_facts() -> None:
    data = bytearray(compressed_dicom())
    data[-300:] = b"\xff" * 300
    assert scanned(bytes(data)).value_max is None


@pytest.mark.parametrize("compressed", [False, True])
def test_range_of_a_nifti_is_that_of_all_its_voxels(compressed: bool) -> None:
    record = scanned(nifti((8, 9, 10), compressed=compressed))
    assert (record.value_min, record.value_max) == (0.0, 719.0)


def test_image_of_one_value_is_all_background() -> None:
    assert seen(scanned(dicom_slice(pixels=np.full((8, 8), 7, np.uint16)))) == (7.0, 7.0, 1.0)


def test_values_that_are_no_numbers_are_left_out() -> None:
    data = bytearray(nifti((2, 2, 2), dtype=np.float32))
    data[-4:] = np.float32("nan").tobytes()
    assert scanned(bytes(data)).value_max == 6.0


def test_same_pixels_have_one_hash_in_every_format() -> None:
    files = [
        png(RAMP),
        png(RAMP, "BMP"),
        png(np.stack([RAMP] * 3, axis=-1)),
        dicom_slice("DX", pixels=RAMP),
        dicom_slice("DX", pixels=RAMP.astype(np.uint16)),
        dicom_slice("DX", pixels=RAMP, patient_id="another", series="another"),
    ]
    assert len({scanned(data).pixel_hash for data in files} - {None}) == 1


def test_big_endian_pixels_are_the_same_pixels() -> None:
    wide = RAMP.astype(np.uint16) * 100
    swapped = dicom_slice("DX", pixels=wide.byteswap(), transfer_syntax=ExplicitVRBigEndian)
    assert scanned(swapped).pixel_hash == scanned(dicom_slice("DX", pixels=wide)).pixel_hash


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(dicom_slice("DX", pixels=RAMP, PhotometricInterpretation="MONOCHROME1"), id="a negative"),
        pytest.param(dicom_slice("DX", pixels=RAMP, RescaleSlope=2, RescaleIntercept=0), id="another slope"),
        pytest.param(png(RAMP.T.copy()), id="another shape"),
        pytest.param(png(RAMP + 1), id="other values"),
    ],
)
def test_other_pixels_have_another_hash(other: bytes) -> None:
    assert scanned(other).pixel_hash not in (None, scanned(png(RAMP)).pixel_hash)


def test_large_file_is_sampled_and_has_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "HELD_BYTES", 1 << 20)
    data = nifti((200, 200, 80), dtype=np.int16)
    record = scanned(gzip.compress(data, 1), "a.nii.gz")
    assert record.readable and record.pixel_hash is None
    assert 0 <= (record.value_min or 0) < 10 and 990 < (record.value_max or 0) <= 999


def test_samples_are_cut_between_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "HELD_BYTES", 1 << 20)
    record = scanned(nifti((100, 100, 60), dtype=np.float64))  # its chunks do not begin where a number does
    assert 0 <= (record.value_min or 0) < 10 and 990 < (record.value_max or 0) <= 999


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(picture(1024, 1024), id="picture that is dear to decode"),
        pytest.param(dicom_slice("US", PhotometricInterpretation="PALETTE COLOR"), id="palette"),
        pytest.param(dicom_slice()[:-50], id="cut"),
        pytest.param(b"a note", id="no image"),
    ],
)
def test_nothing_is_said_of_pixels_that_were_not_looked_at(data: bytes) -> None:
    record = scanned(data)
    assert (*seen(record), record.pixel_hash) == (None, None, None, None)


def test_headers_only_scan_says_nothing_of_pixels() -> None:
    record = scanned(dicom_slice(), mode=Mode.HEADERS)
    assert (*seen(record), record.pixel_hash) == (None, None, None, None)


COLOURS = ("colour_share", "colour_hues", "colour_count", "pure_share", "dark_share", "bright_share")
SECTOR = ("sector_angle_deg", "sector_marks_share")
FILES = [dicom_slice(pixels=RAMP), nifti((4, 5, 6)), png(RAMP), picture(format="JPEG"), picture(mode="RGB")]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_damaged_pixels_never_stop_a_scan(data: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        damaged[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    record = readers.inspect(member_of(bytes(damaged)), Pseudonym(b"secret"), Mode.FULL)
    facts = pixel_facts.pixel_facts(record, bytes(damaged), is_whole=True)
    assert set(facts) <= {"value_min", "value_max", "background_share", "pixel_hash", "fingerprint", *COLOURS, *SECTOR}


def test_range_of_another_volume_format_is_that_of_its_middle_slice() -> None:
    voxels = np.full((4, 5, 3), 40, np.int16)
    voxels[0, :, 1] = -1024
    voxels[1, :, 1] = 1500
    voxels[0, 0, 0] = 9999  # in another slice
    stream = io.BytesIO()
    stream.write(b"NRRD0004\ntype: int16\ndimension: 3\nsizes: 4 5 3\nencoding: raw\nendian: little\n\n")
    stream.write(voxels.tobytes(order="F"))
    record = scanned(stream.getvalue(), "a.nrrd")
    assert (*seen(record), record.pixel_hash) == (-1024.0, 1500.0, None, None)


def test_colours_are_said_of_pictures_grey_ones_have_none() -> None:
    red = np.zeros((20, 20, 3), np.uint8)
    red[:5, :] = 200, 20, 20
    record = scanned(png(red))
    assert (record.colour_share, record.colour_count, record.dark_share) == (0.25, 2, 0.75)
    assert record.colour_hues == (1.0, *[0.0] * 11)
    for grey in (png(RAMP), png(np.stack([RAMP] * 3, axis=-1))):
        assert (scanned(grey).colour_share, scanned(grey).colour_hues) == (0.0, None)


def test_colours_of_a_large_jpeg_are_those_of_it_reduced() -> None:
    pixels = np.zeros((1600, 1600, 3), np.uint8)
    pixels[:, :800] = 30, 30, 220
    record = scanned(png(pixels, "JPEG"))
    assert record.value_min is None and abs((record.colour_share or 0) - 0.5) < 0.02
    assert record.colour_hues is not None and record.colour_hues[8] > 0.98


def test_a_grey_picture_looks_the_same_from_afar_in_any_format_and_size() -> None:
    steep = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[:, None], 64, axis=1)
    looks = {scanned(png(pixels, kind)).fingerprint for pixels in (steep, np.kron(steep, np.ones((3, 3), np.uint8)))
             for kind in ("PNG", "BMP", "TIFF")}  # fmt: skip
    assert looks == {bytes(np.repeat(np.rint(np.arange(8) * 255 / 7).astype(np.uint8), 8))}


def test_only_a_grey_picture_of_some_size_has_a_look() -> None:
    colour = np.dstack([RAMP, RAMP[::-1], RAMP])
    assert [scanned(png(pixels)).fingerprint for pixels in (colour, RAMP[:7])] == [None, None]
