from pathlib import Path

from biodatamine_core.checks import table_not_joined
from biodatamine_core.records import Finding, Role, Scope, Severity
from tests.checks.arrange import file, found

TABLE = {"format": "CSV", "role": Role.SIDECAR}


def test_table_over_a_limit_is_a_note_that_says_which(tmp_path: Path) -> None:
    files = [
        file("a.png"),
        file("long.csv", table_limit="rows", **TABLE),
        file("large.csv", table_limit="bytes", **TABLE),
        file("small.csv", **TABLE),
    ]
    said = "1 of 3 tables was not joined to the images: more than"
    assert found(table_not_joined, tmp_path, files) == [
        Finding("table-not-joined", Severity.NOTE, Scope.FILE, "bytes", f"{said} 32 MB", 1, 3, 0, ("large.csv",)),
        Finding("table-not-joined", Severity.NOTE, Scope.FILE, "rows", f"{said} 200,000 rows", 1, 3, 0, ("long.csv",)),
    ]


def test_a_table_without_images_is_no_finding(tmp_path: Path) -> None:
    assert found(table_not_joined, tmp_path, [file("long.csv", table_limit="rows", **TABLE)]) == []
