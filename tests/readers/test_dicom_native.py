"""Plain grey frames read straight from their bytes are what pydicom decodes, and are read without it."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from pydicom import dcmread
from pydicom.uid import ImplicitVRLittleEndian

from biodatamine_core.readers import dicom
from biodatamine_core.records import UnreadableMember
from tests.builders import dicom_slice, member_of


def slice_of(pixels: np.ndarray, bits_stored: int, **options: str) -> bytes:
    return dicom_slice(pixels=pixels, BitsStored=bits_stored, HighBit=bits_stored - 1, **options)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16])
@pytest.mark.parametrize("unused_bits", [0, 3])
@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian])
def test_a_plain_frame_is_what_pydicom_decodes(dtype: type, unused_bits: int, syntax: str | None) -> None:
    info = np.iinfo(dtype)
    pixels = np.random.default_rng(7).integers(info.min, info.max, (9, 7), dtype)
    data = slice_of(pixels, info.bits - unused_bits, **({"transfer_syntax": syntax} if syntax else {}))
    expected = dcmread(io.BytesIO(data)).pixel_array
    np.testing.assert_array_equal(dicom.middle_picture(member_of(data)).pixels, expected)


def plain_files() -> list[Path]:
    """The small grey uncompressed files that ship with pydicom, of one frame or several."""
    chosen = []
    for path in sorted(Path(pydicom.data.__file__).parent.glob("test_files/*.dcm")):
        if path.stat().st_size < 300_000:
            head = dcmread(path, stop_before_pixels=True, force=True)
            is_plain = "TransferSyntaxUID" in head.file_meta and head.file_meta.TransferSyntaxUID in (
                "1.2.840.10008.1.2",
                "1.2.840.10008.1.2.1",
            )
            is_grey = head.get("SamplesPerPixel") == 1 and head.get("PhotometricInterpretation") == "MONOCHROME2"
            if is_plain and is_grey and head.get("Rows") and head.get("RescaleSlope", 1) == 1:
                chosen.append(path)
    return chosen


@pytest.mark.filterwarnings("ignore:.*:UserWarning")  # some of these files are odd on purpose
def test_files_of_pydicom_are_drawn_as_pydicom_decodes_them() -> None:
    compared = 0
    for path in plain_files():
        data, decoded = path.read_bytes(), dcmread(path)
        try:
            picture = dicom.middle_picture(member_of(data))
        except UnreadableMember:
            continue
        frames = decoded.pixel_array.reshape(-1, decoded.Rows, decoded.Columns)
        expected = frames[len(frames) // 2] + float(decoded.get("RescaleIntercept", 0))
        np.testing.assert_array_equal(picture.pixels, expected, err_msg=path.name)
        compared += 1
    assert compared > 5


def test_a_plain_slice_is_drawn_without_pydicom(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom_slice())
    program = (
        "import sys; from biodatamine_core.readers import dicom; from biodatamine_core.records import Member;"
        f"from pathlib import Path; path = Path({str(tmp_path / 'a.dcm')!r});"
        "dicom.middle_picture(Member('a.dcm', lambda: path.open('rb'), path.stat().st_size));"
        "print('pydicom' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


@pytest.mark.parametrize("slope", [1, 0.5, 2.25, 0, -2, 1e20])
def test_numbers_to_be_drawn_small_stand_for_the_same_values(slope: float) -> None:
    pixels = np.random.default_rng(7).integers(0, 4096, (9, 7), np.uint16)
    member = member_of(dicom_slice(pixels=pixels, RescaleSlope=slope, RescaleIntercept=-1024))
    small = dicom.small_picture(member, 240)
    assert small.slope > 0
    values = small.pixels * small.slope + small.intercept
    np.testing.assert_allclose(values, dicom.middle_picture(member).pixels, rtol=1e-6)
