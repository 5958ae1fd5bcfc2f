"""A mask kept as one file belongs to the DICOM slices on whose grid it lies."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Mode, Pseudonym
from tests.builders import dicom_volume, member_of
from tests.series.arrange import image, stack
from tests.series.test_masks import pairs

SIZE = (512, 512, 6)
SPACING_MM = (0.7, 0.7, 2.0)
TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0]) @ np.diag([*SPACING_MM, 1.0])
"""Of slices at the heights 0, 2, ..., 10 mm, as ITK would write them."""


def slices(prefix: str, **facts: Any) -> list[FileRecord]:
    return stack(np.arange(0.0, 12.0, 2.0), prefix, **{"patient_key": prefix, "series_uid": prefix, **facts})


def mask(path: str, affine: np.ndarray = TO_RAS, size: tuple[int, ...] = SIZE) -> FileRecord:
    return image(path, "NIfTI", size, affine_ras=tuple(affine.ravel().tolist()), spacing_mm=SPACING_MM)


def flipped(affine: np.ndarray, axis: int) -> np.ndarray:
    """The same grid, an axis counted from its other end."""
    turned = affine.copy()
    turned[:3, axis] *= -1
    turned[:3, 3] += affine[:3, axis] * (SIZE[axis] - 1)
    return turned


def moved(mm: float) -> np.ndarray:
    away = TO_RAS.copy()
    away[2, 3] += mm
    return away


@pytest.mark.parametrize(
    "affine",
    [
        pytest.param(TO_RAS, id="as ITK writes it"),
        pytest.param(flipped(TO_RAS, 1), id="rows turned round, as dcm2niix writes it"),
        pytest.param(flipped(flipped(TO_RAS, 1), 2), id="slices turned round too"),
        pytest.param(moved(0.05), id="rounded"),
    ],
)
@pytest.mark.parametrize("path", ["case/seg.nii.gz", "labels/case.nii.gz", "case_mask.nii.gz"])
def test_a_mask_on_the_grid_of_a_folder_of_slices_belongs_to_it(tmp_path: Path, path: str, affine: np.ndarray) -> None:
    assert pairs(tmp_path, [*slices("case/ct/"), mask(path, affine)]) == {"case/ct/": [path]}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(mask("case/seg.nii.gz", moved(1.0)), id="moved by a millimetre"),
        pytest.param(mask("case/seg.nii.gz", size=(512, 512, 5)), id="a slice fewer"),
        pytest.param(mask("case/seg.nii.gz", TO_RAS @ np.diag([1, 1, 1.2, 1])), id="slices further apart"),
        pytest.param(mask("case/image.nii.gz"), id="no mask"),
    ],
)
def test_what_lies_on_another_grid_belongs_to_none(tmp_path: Path, other: FileRecord) -> None:
    assert pairs(tmp_path, [*slices("case/ct/"), other])["case/ct/"] == []


def test_of_patients_on_one_grid_the_one_whose_folder_it_shares_has_the_mask(tmp_path: Path) -> None:
    files = [*slices("a/ct/"), *slices("b/ct/"), mask("b/seg.nii.gz")]
    assert pairs(tmp_path, files) == {"a/ct/": [], "b/ct/": ["b/seg.nii.gz"]}


def test_a_mask_that_fits_two_patients_equally_belongs_to_none(tmp_path: Path) -> None:
    files = [*slices("a/ct/"), *slices("b/ct/"), mask("masks/1.nii.gz")]
    assert pairs(tmp_path, files) == {"a/ct/": [], "b/ct/": []}


def test_a_mask_belongs_to_every_series_of_its_patient_on_its_grid(tmp_path: Path) -> None:
    files = [*slices("a/t1/", patient_key="p"), *slices("a/t2/", patient_key="p"), mask("a/seg.nii.gz")]
    assert pairs(tmp_path, files) == {"a/t1/": ["a/seg.nii.gz"], "a/t2/": ["a/seg.nii.gz"]}


def test_it_holds_for_real_files_whose_pixels_are_no_squares(tmp_path: Path) -> None:
    files = dicom_volume(6, 2.5, spacing_mm=(0.7, 0.9), rows=20, columns=12)
    affine = np.diag([-0.9, -0.7, 2.5, 1.0])  # DICOM states the distance of rows first
    files["mask.nii"] = nib.Nifti1Image(np.ones((12, 20, 6), np.uint8), affine).to_bytes()
    inspected = [readers.inspect(member_of(data, path), Pseudonym(b"test"), Mode.FULL) for path, data in files.items()]
    named = [replace(record, file_id=record.path, size_bytes=1) for record in inspected]
    assert list(pairs(tmp_path, named).values()) == [["mask.nii"]]
