from pathlib import Path

from biodatamine_core.checks import empty_file
from biodatamine_core.records import Finding, ProblemKind, Scope, Severity
from tests.checks.arrange import file, found


def test_file_of_zero_bytes_is_found(tmp_path: Path) -> None:
    files = [file("notes.txt", size_bytes=0, readable=False, problem_kind=ProblemKind.EMPTY), file("b.png")]
    assert found(empty_file, tmp_path, files) == [
        Finding("empty-file", Severity.WARNING, Scope.FILE, "", "1 of 2 files is empty", 1, 2, 0, ("notes.txt",))
    ]


def test_empty_image_is_a_placeholder_and_no_second_finding(tmp_path: Path) -> None:
    empty = file("a.PNG", size_bytes=0, readable=False, problem_kind=ProblemKind.EMPTY)
    assert found(empty_file, tmp_path, [empty]) == []


def test_files_with_bytes_are_not_empty(tmp_path: Path) -> None:
    assert found(empty_file, tmp_path, [file("b.png")]) == []
