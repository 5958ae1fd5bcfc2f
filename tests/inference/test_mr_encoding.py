"""The rule on how an MR was encoded: an echo time beside an image, and the axes that a NIfTI header names."""

import nibabel as nib
import numpy as np
import pytest

from biodatamine_core import readers
from biodatamine_core.inference import mr_encoding
from biodatamine_core.records import Mode, Pseudonym
from tests.builders import member_of
from tests.inference.arrange import said, series_of

MR = [("modality", "MR")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"format": "NIfTI", "echo_time_ms": 2.9}, MR, id="echo time of a sidecar"),
        pytest.param({"format": "NIfTI", "phase_encoding_axis": "j"}, MR, id="phase encoding"),
        pytest.param({"format": "NIfTI", "echo_time_ms": 0.0}, [], id="an echo time that nobody filled in"),
        pytest.param({"format": "NIfTI", "repetition_time_ms": 2000.0}, [], id="PET has frames that repeat, too"),
        pytest.param({"format": "DICOM", "echo_time_ms": 2.9}, [], id="DICOM, which has a tag"),
    ],
)
def test_what_only_mr_has(facts: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert said(mr_encoding, series_of("a.nii", **facts)) == expected


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize(
    ("axes", "phase"),
    [
        pytest.param((0, 1, 2), "j", id="all three"),
        pytest.param((1, 0, None), "i", id="no slices"),
        pytest.param((None, 1, 2), None, id="no frequency"),
        pytest.param((None, None, 2), None, id="slices alone"),
        pytest.param((None, None, None), None, id="none"),
    ],
)
def test_a_nifti_header_names_the_axis_of_phase_encoding(
    kind: type[nib.Nifti1Image], axes: tuple[int | None, ...], phase: str | None
) -> None:
    image = kind(np.zeros((4, 5, 6), np.int16), np.eye(4))
    image.header.set_dim_info(*axes)
    record = readers.inspect(member_of(bytes(image.to_bytes()), "a.nii"), Pseudonym(b"test"), Mode.FULL)
    assert record.phase_encoding_axis == phase


def test_a_byte_that_names_no_axes_is_none() -> None:
    data = bytearray(nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.eye(4)).to_bytes())
    data[39] = 0xFF
    record = readers.inspect(member_of(bytes(data), "a.nii"), Pseudonym(b"test"), Mode.FULL)
    assert (record.readable, record.phase_encoding_axis) == (True, None)
