from pathlib import Path

from biodatamine_core.checks import patient_in_several_splits as check
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import found, series


def test_patient_in_training_and_in_test_is_an_error(tmp_path: Path) -> None:
    listed = [
        series("train/1/", split="train", patient_key="p"),
        series("test/2/", split="test", patient_key="p"),
        series("train/3/", split="train", patient_key="q"),
    ]
    message = "1 of 2 patients has images in more than one split: test, train; 2 series in all"
    assert found(check, tmp_path, series=listed) == [
        Finding(check.CODE, Severity.ERROR, Scope.SERIES, "test, train", message, 2, 3, 0, ("test/2/", "train/1/"))
    ]


def test_bids_subject_is_the_same_in_every_split(tmp_path: Path) -> None:
    listed = [
        series(f"ds/{split}/sub-01/anat/sub-01_T1w.nii", format="NIfTI", split=split, patient_key=f"key in {split}")
        for split in ("train", "test")
    ]
    (finding,) = found(check, tmp_path, series=listed)
    assert finding.message.startswith("1 of 1 patient has images in more than one split")


def test_patients_of_one_split_are_quiet_and_so_are_two_datasets_with_the_same_subject(tmp_path: Path) -> None:
    listed = [
        series("train/1/", split="train", patient_key="p"),
        series("test/2/", split="test", patient_key="q"),
        series("a/train/sub-01/x.nii", format="NIfTI", split="train", patient_key="r"),
        series("b/test/sub-01/x.nii", format="NIfTI", split="test", patient_key="s"),
        series("elsewhere/", patient_key="p"),
    ]
    assert found(check, tmp_path, series=listed) == []


def test_images_of_a_split_without_a_patient_are_not_judged(tmp_path: Path) -> None:
    listed = [
        series("train/1/", split="train", patient_key="p"),
        series("test/2/", split="test", patient_key="p"),
        series("test/3.png", split="test", patient_key=None),
    ]
    (finding,) = found(check, tmp_path, series=listed)
    assert (finding.count, finding.looked_at, finding.not_judged) == (2, 2, 1)
