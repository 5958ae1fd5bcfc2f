from pathlib import Path

import pytest

from biodatamine_core.checks import identifying_paths
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import file, found


@pytest.mark.parametrize(
    ("path", "pattern", "severity"),
    [
        pytest.param("ct/DOE^JANE.dcm", "a personal name", Severity.WARNING, id="DICOM name"),
        pytest.param("ct/Doe, Jane/1.dcm", "a personal name", Severity.WARNING, id="name with comma"),
        pytest.param("ct/Mrs_Doe/1.dcm", "a name with a title", Severity.WARNING, id="title"),
        pytest.param("ct/mrn_0012345/1.dcm", "a record number", Severity.WARNING, id="record number"),
        pytest.param("ct/MRN0012345.dcm", "a record number", Severity.WARNING, id="record number without a break"),
        pytest.param("ct/078-05-1120.dcm", "a social security number", Severity.WARNING, id="social security"),
        pytest.param("from jane.doe@example.org/1.dcm", "an e-mail address", Severity.WARNING, id="e-mail"),
        pytest.param("ct/19520317_1.dcm", "a date", Severity.NOTE, id="date of digits"),
        pytest.param("ct/p1_1952-03-17.nii.gz", "a date", Severity.NOTE, id="date with dashes"),
        pytest.param("ct/17.03.1952/1.dcm", "a date", Severity.NOTE, id="date with dots"),
    ],
)
def test_pattern_is_named_and_its_match_never_quoted(
    tmp_path: Path, path: str, pattern: str, severity: Severity
) -> None:
    message = f"1 of 3 paths seems to hold {pattern}"
    assert found(identifying_paths, tmp_path, [file("d.zip!/" + path), file("d.zip!/a.png"), file("d.zip!/b.png")]) == [
        Finding("identifying-paths", severity, Scope.FILE, pattern, message, 1, 3, 0, ())
    ]


@pytest.mark.parametrize(
    "path",
    [
        "1.2.840.113619.2.55.20120501.11/IM0001.dcm",
        "patient0001/slice_012.png",
        "00001234567_005.png",
        "images/person1000_bacteria_2931.jpeg",
        "sub-01/anat/sub-01_T1w.nii.gz",
        "train/NORMAL/IM-0115-0001.jpeg",
        "MRI_T2_FLAIR_3Tesla/1.dcm",
    ],
)
def test_usual_names_are_quiet(tmp_path: Path, path: str) -> None:
    assert found(identifying_paths, tmp_path, [file(path), file("a.png")]) == []


def test_date_of_a_release_is_nobodys(tmp_path: Path) -> None:
    files = [file(f"release-2019-05-01/{name}.png") for name in "abc"]
    assert found(identifying_paths, tmp_path, [*files, file("README.txt")]) == []


def test_name_of_the_archive_itself_is_not_looked_at(tmp_path: Path) -> None:
    assert found(identifying_paths, tmp_path, [file("Doe, Jane.zip!/1.dcm"), file("Doe, Jane.zip!/2.dcm")]) == []
