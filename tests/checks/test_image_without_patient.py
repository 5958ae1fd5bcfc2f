from pathlib import Path

from biodatamine_core.checks import image_without_patient
from biodatamine_core.records import Finding, Role, Scope, Severity
from tests.checks.arrange import found, series, unread


def test_images_without_patient_among_others_are_a_warning(tmp_path: Path) -> None:
    message = "1 of 2 image series names no patient"
    assert found(
        image_without_patient, tmp_path, series=[series("a/", patient_key="p"), series("b/", patient_key=None)]
    ) == [Finding("image-without-patient", Severity.WARNING, Scope.SERIES, "", message, 1, 2, 0, ("b/",))]


def test_dataset_that_names_no_patient_at_all_is_a_note(tmp_path: Path) -> None:
    (finding,) = found(
        image_without_patient, tmp_path, series=[series(path, patient_key=None) for path in ("a.png", "b.png")]
    )
    assert (finding.severity, finding.message) == (Severity.NOTE, "2 of 2 image series name no patient")


def test_images_of_patients_and_masks_are_quiet(tmp_path: Path) -> None:
    listed = [series("a/", patient_key="p"), series("mask.nii", role=Role.SEGMENTATION, patient_key=None)]
    assert found(image_without_patient, tmp_path, series=listed) == []


def test_series_that_could_not_be_read_is_not_judged(tmp_path: Path) -> None:
    cut = series("cut/", patient_key=None)
    (finding,) = found(image_without_patient, tmp_path, [unread(cut)], [cut, series("a/", patient_key=None)])
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 1)
