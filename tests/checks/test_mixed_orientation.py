from pathlib import Path

from biodatamine_core.checks import mixed_orientation
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import file, found, series

RAS = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
LIP = (-2.0, 0.0, 0.1, 0.0, 0.1, 0.0, -1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def test_stacks_in_two_planes_are_told_with_their_shares(tmp_path: Path) -> None:
    volumes = [
        series("a/", orientation="axial"),
        series("b/", orientation="axial"),
        series("c/", orientation="coronal"),
    ]
    message = "3 DICOM volumes in 2 directions: axial 66.7 % (2), coronal 33.3 % (1)"
    assert found(mixed_orientation, tmp_path, series=volumes) == [
        Finding("mixed-orientation", Severity.NOTE, Scope.SERIES, "DICOM", message, 1, 3, 0, ("c/",))
    ]


def test_arrays_with_mirrored_axes_are_found_though_their_plane_agrees(tmp_path: Path) -> None:
    volumes = [series(f"{n}.nii", format="NIfTI", orientation="axial", middle_file_id=f"id of {n}.nii") for n in "ab"]
    files = [file("a.nii", affine_ras=RAS), file("b.nii", affine_ras=LIP)]
    (finding,) = found(mixed_orientation, tmp_path, files, volumes)
    assert finding.message == "2 NIfTI volumes in 2 directions: LIP 50.0 % (1), RAS 50.0 % (1)"


def test_one_direction_is_quiet(tmp_path: Path) -> None:
    assert found(mixed_orientation, tmp_path, series=[series("a/", orientation="axial"), series("b/")]) == []


def test_a_stray_is_a_warning_and_volume_without_direction_is_not_judged(tmp_path: Path) -> None:
    volumes = [series(f"{n}/", orientation="axial") for n in range(30)]
    (finding,) = found(
        mixed_orientation, tmp_path, series=[*volumes, series("x/", orientation="sagittal"), series("y/")]
    )
    assert (finding.severity, finding.count, finding.looked_at, finding.not_judged) == (Severity.WARNING, 1, 31, 1)
