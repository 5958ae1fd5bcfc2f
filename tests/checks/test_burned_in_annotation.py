from pathlib import Path

import pytest

from biodatamine_core.checks import burned_in_annotation
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import dicom, found

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def test_stated_text_is_a_warning_and_silent_images_are_not_judged(tmp_path: Path) -> None:
    files = [
        dicom("a.dcm", burned_in_annotation="YES"),
        dicom("b.dcm", burned_in_annotation="NO"),
        dicom("c.dcm"),
    ]
    message = "1 of 2 DICOM images says that text is burned into the pixels (BurnedInAnnotation is YES)"
    assert found(burned_in_annotation, tmp_path, files) == [
        Finding("burned-in-annotation", Severity.WARNING, Scope.FILE, "stated", message, 1, 2, 1, ("a.dcm",))
    ]


@pytest.mark.parametrize("facts", [{"modality_tag": "US"}, {"sop_class_uid": SECONDARY_CAPTURE}])
def test_kinds_that_often_carry_text_must_say_that_they_do_not(tmp_path: Path, facts: dict[str, str]) -> None:
    files = [dicom("a.dcm", **facts), dicom("b.dcm", burned_in_annotation="NO", **facts), dicom("c.dcm")]
    (finding,) = found(burned_in_annotation, tmp_path, files)
    assert (finding.severity, finding.count, finding.looked_at, finding.examples) == (Severity.NOTE, 1, 2, ("a.dcm",))
    assert finding.message == (
        "1 of 2 ultrasound images and secondary captures does not say that its pixels are free of text"
    )


def test_clean_images_and_scanner_images_are_quiet(tmp_path: Path) -> None:
    assert found(burned_in_annotation, tmp_path, [dicom("a.dcm", burned_in_annotation="NO"), dicom("b.dcm")]) == []
