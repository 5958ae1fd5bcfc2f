from pathlib import Path

from biodatamine_core.checks import identifying_tags
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import dicom, file, found


def test_filled_tags_are_named_with_how_many_files_carry_them(tmp_path: Path) -> None:
    files = [
        dicom("a.dcm", identifying_tags=("PatientName", "PatientID")),
        dicom("b.dcm", identifying_tags=("PatientID",)),
        dicom("c.dcm", identifying_tags=()),
        file("d.png"),
    ]
    assert found(identifying_tags, tmp_path, files) == [
        Finding(
            "identifying-tags",
            Severity.WARNING,
            Scope.FILE,
            "PatientID, PatientName",
            "2 of 3 DICOM files have identifying tags: PatientID (2), PatientName (1)",
            2,
            3,
            0,
            ("a.dcm", "b.dcm"),
        )
    ]


def test_cleared_files_are_quiet(tmp_path: Path) -> None:
    assert found(identifying_tags, tmp_path, [dicom("a.dcm"), dicom("b.dcm", identifying_tags=())]) == []


def test_unreadable_file_is_not_judged_unless_its_tags_were_seen(tmp_path: Path) -> None:
    files = [
        dicom("a.dcm", identifying_tags=("PatientName",)),
        dicom("cut in its pixels.dcm", readable=False, identifying_tags=("PatientName",)),
        dicom("cut in its header.dcm", readable=False),
    ]
    (finding,) = found(identifying_tags, tmp_path, files)
    assert (finding.count, finding.looked_at, finding.not_judged) == (2, 2, 1)
