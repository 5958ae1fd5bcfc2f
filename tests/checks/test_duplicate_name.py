from pathlib import Path

from biodatamine_core.checks import duplicate_name
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import file, found


def test_path_that_an_archive_holds_twice_is_found(tmp_path: Path) -> None:
    files = [file("a.zip!/x.png"), file("a.zip!/x.png", file_id="second", occurrence=1), file("a.zip!/y.png")]
    message = "1 of 3 files has the path of an earlier one"
    assert found(duplicate_name, tmp_path, files) == [
        Finding("duplicate-name", Severity.NOTE, Scope.FILE, "", message, 1, 3, 0, ("a.zip!/x.png",))
    ]


def test_paths_that_differ_are_quiet(tmp_path: Path) -> None:
    assert found(duplicate_name, tmp_path, [file("a.zip!/x.png"), file("b.zip!/x.png")]) == []
