from pathlib import Path

from biodatamine_core.checks import inverted
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import dicom, found

NEGATIVE, POSITIVE = {"photometric_interpretation": "MONOCHROME1"}, {"photometric_interpretation": "MONOCHROME2"}


def test_negatives_among_positives_are_a_warning(tmp_path: Path) -> None:
    files = [dicom("a.dcm", **NEGATIVE), dicom("b.dcm", **POSITIVE), dicom("c.dcm", photometric_interpretation="RGB")]
    message = "1 of 2 grey DICOM images is MONOCHROME1: low values are bright"
    assert found(inverted, tmp_path, files) == [
        Finding("inverted", Severity.WARNING, Scope.FILE, "MONOCHROME1", message, 1, 2, 0, ("a.dcm",))
    ]


def test_nothing_but_negatives_is_a_note(tmp_path: Path) -> None:
    (finding,) = found(inverted, tmp_path, [dicom("a.dcm", **NEGATIVE), dicom("b.dcm", **NEGATIVE)])
    assert finding.severity is Severity.NOTE


def test_positives_are_quiet(tmp_path: Path) -> None:
    assert found(inverted, tmp_path, [dicom("a.dcm", **POSITIVE)]) == []


def test_image_that_does_not_say_it_is_not_judged(tmp_path: Path) -> None:
    files = [dicom("a.dcm", **NEGATIVE), dicom("b.dcm"), dicom("cut.dcm", readable=False, **NEGATIVE)]
    (finding,) = found(inverted, tmp_path, files)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 2)
