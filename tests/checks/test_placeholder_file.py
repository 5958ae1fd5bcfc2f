from pathlib import Path

from biodatamine_core.checks import empty_file, placeholder_file, unreadable_file
from biodatamine_core.records import Finding, ProblemKind, Scope, Severity
from tests.checks.arrange import file, found

PAGE = {"format": "HTML", "readable": False, "problem_kind": ProblemKind.PLACEHOLDER}
EMPTY = {"size_bytes": 0, "format": "unknown", "readable": False, "problem_kind": ProblemKind.EMPTY}
FILES = [file("a.dcm", **PAGE), file("b.dcm", **PAGE), file("c.nii.gz", **EMPTY), file("d.png"), file("notes.txt")]


def test_pages_and_empty_files_under_an_images_name_are_errors(tmp_path: Path) -> None:
    pages, empty = (
        ("HTML", "2 of 4 files with an image's name are web pages", 2, ("a.dcm", "b.dcm")),
        ("empty", "1 of 4 files with an image's name is empty", 1, ("c.nii.gz",)),
    )
    assert found(placeholder_file, tmp_path, FILES) == [
        Finding("placeholder-file", Severity.ERROR, Scope.FILE, subject, message, count, 4, 0, examples)
        for subject, message, count, examples in (pages, empty)
    ]


def test_placeholder_is_no_second_finding(tmp_path: Path) -> None:
    assert found(unreadable_file, tmp_path, FILES) == []
    assert found(empty_file, tmp_path, FILES) == []


def test_images_and_texts_are_quiet(tmp_path: Path) -> None:
    assert found(placeholder_file, tmp_path, FILES[3:]) == []


def test_files_under_other_names_are_not_among_those_looked_at(tmp_path: Path) -> None:
    (finding,) = found(placeholder_file, tmp_path, [file("a.dcm", **PAGE), file("b.txt", **EMPTY)])
    assert (finding.count, finding.looked_at) == (1, 1)
