from pathlib import Path
from typing import Any

import pytest

from biodatamine_core.checks import missing_metadata
from biodatamine_core.records import Finding, ProblemKind, Role, Scope, Severity
from tests.checks.arrange import dicom, file, found


def test_rate_of_a_missing_tag_is_told_with_its_base(tmp_path: Path) -> None:
    files = [dicom("a.dcm", body_part_examined=None), dicom("b.dcm"), dicom("c.dcm")]
    assert found(missing_metadata, tmp_path, files) == [
        Finding(
            "missing-metadata",
            Severity.NOTE,
            Scope.FILE,
            "BodyPartExamined",
            "BodyPartExamined is missing in 33.3 % of 3 DICOM images that should state it",
            1,
            3,
            0,
            ("a.dcm",),
        )
    ]


@pytest.mark.parametrize(
    ("missing", "tag", "severity"),
    [
        ({"image_position_mm": None}, "ImagePositionPatient", Severity.WARNING),
        ({"rescale_intercept": None}, "RescaleIntercept", Severity.WARNING),
        ({"patient_sex": None}, "PatientSex", Severity.NOTE),
        ({"patient_age_years": None}, "PatientAge", Severity.NOTE),
        ({"manufacturer": None}, "Manufacturer", Severity.NOTE),
        ({"modality_tag": None}, "Modality", Severity.WARNING),
    ],
)
def test_every_wanted_tag_is_missed(tmp_path: Path, missing: dict[str, Any], tag: str, severity: Severity) -> None:
    (finding,) = found(missing_metadata, tmp_path, [dicom("a.dcm", **missing)])
    assert (finding.subject, finding.severity, finding.count) == (tag, severity, 1)


def test_tag_is_expected_only_where_it_makes_sense(tmp_path: Path) -> None:
    ultrasound = dicom("a.dcm", modality_tag="US", spacing_mm=None, image_position_mm=None, rescale_intercept=None)
    assert found(missing_metadata, tmp_path, [ultrasound, file("photo.png")]) == []


def test_coded_region_stands_in_for_the_body_part(tmp_path: Path) -> None:
    coded = dicom("a.dcm", body_part_examined=None, anatomic_region="SCT:51185008 Chest")
    assert found(missing_metadata, tmp_path, [coded]) == []


def test_nifti_without_affine_is_found(tmp_path: Path) -> None:
    (finding,) = found(missing_metadata, tmp_path, [file("a.nii", format="NIfTI")])
    assert finding.message == "NIfTI affine is missing in 100.0 % of 1 NIfTI file that should state it"


def test_spacing_and_patient_have_checks_of_their_own(tmp_path: Path) -> None:
    assert found(missing_metadata, tmp_path, [dicom("a.dcm", spacing_mm=None, patient_key=None)]) == []


def test_unreadable_file_is_not_also_a_file_without_metadata(tmp_path: Path) -> None:
    cut = dicom("cut.dcm", readable=False, problem_kind=ProblemKind.TRUNCATED, spacing_mm=None, patient_sex=None)
    assert found(missing_metadata, tmp_path, [cut]) == []
    (finding,) = found(missing_metadata, tmp_path, [cut, dicom("a.dcm", patient_sex=None)])
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 1)


def test_objects_that_are_no_images_are_not_asked(tmp_path: Path) -> None:
    assert found(missing_metadata, tmp_path, [file("sr.dcm", format="DICOM", role=Role.OBJECT)]) == []
