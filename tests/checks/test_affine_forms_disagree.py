from pathlib import Path

from biodatamine_core.checks import affine_forms_disagree
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import file, found

NIFTI = {"format": "NIfTI", "spacing_mm": (1.0, 1.0, 2.0)}


def test_matrices_that_lie_apart_are_found_with_the_distance(tmp_path: Path) -> None:
    files = [file("a.nii", affine_forms_gap_mm=180.0, **NIFTI), file("b.nii", affine_forms_gap_mm=0.001, **NIFTI)]
    message = "In 1 of 2 NIfTI files qform and sform disagree: they put the same corner apart by 180 mm"
    assert found(affine_forms_disagree, tmp_path, files) == [
        Finding("affine-forms-disagree", Severity.WARNING, Scope.FILE, "", message, 1, 2, 0, ("a.nii",))
    ]


def test_less_than_half_a_voxel_is_rounding(tmp_path: Path) -> None:
    assert found(affine_forms_disagree, tmp_path, [file("a.nii", affine_forms_gap_mm=0.4, **NIFTI)]) == []


def test_file_with_one_matrix_is_not_judged(tmp_path: Path) -> None:
    files = [file("a.nii", affine_forms_gap_mm=9.0, **NIFTI), file("b.nii", **NIFTI), file("c.png")]
    (finding,) = found(affine_forms_disagree, tmp_path, files)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 1)
