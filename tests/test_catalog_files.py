"""The table of every file: filtered, paged by key, nothing lost between two pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from biodatamine_core import database, tables
from biodatamine_core.catalog import files
from biodatamine_core.catalog.files import FileFilter
from biodatamine_core.records import FileRecord, Finding, ProblemKind, Role, Scope, SeriesRecord, Severity, Thumbnail

FILES = [
    *(FileRecord(f"d{n}", f"ct/{n}.dcm", role=Role.IMAGE, format="DICOM", readable=True, series_id="s") for n in "123"),
    FileRecord("p", "a.png", role=Role.IMAGE, format="PNG", readable=True),
    FileRecord("q", "same.png", role=Role.IMAGE, format="PNG", readable=True),
    FileRecord("r", "same.png", occurrence=1, role=Role.IMAGE, format="PNG", readable=True),
    FileRecord("x", "Strange.bin", problem_kind=ProblemKind.UNKNOWN_FORMAT, problem="No reader knows it."),
    FileRecord("e", "empty.dcm", problem_kind=ProblemKind.EMPTY, problem="It is empty."),
]
BY_PATH = ["x", "p", "d1", "d2", "d3", "e", "q", "r"]
FINDINGS = [
    Finding("empty-file", Severity.WARNING, Scope.FILE, "", "1 of 8 files is empty", 1, 8, examples=("empty.dcm",)),
    Finding("missing-slices", Severity.WARNING, Scope.SERIES, "", "1 of 1 volume lacks slices", 1, 1, examples=("ct",)),
]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Any]:
    series = [SeriesRecord("s", "ct", "DICOM", Role.IMAGE, 3, 9, "d1", modality="CT", modality_group="CT")]
    rows = {"files": FILES, "series": series, "findings": FINDINGS, "thumbnails": [Thumbnail("s", b"webp", 1, 1)]}
    paths = {name: [tmp_path / f"{name}.parquet"] for name in tables.RECORDS}
    for name, (path,) in paths.items():
        with tables.Writer(name, path) as writer:
            writer.append(rows.get(name, []))
    with database.open_version(paths) as opened:
        yield opened


def test_pages_forth_and_back_hold_every_file_once(connection: Any) -> None:
    first = files.file_page(connection, FileFilter(), length=3)
    second = files.file_page(connection, FileFilter(), first.next_at, length=3)
    third = files.file_page(connection, FileFilter(), second.next_at, length=3)
    listed = [list(page.rows["file_id"]) for page in (first, second, third)]
    assert listed == [BY_PATH[:3], BY_PATH[3:6], BY_PATH[6:]]
    assert [(page.before, page.total) for page in (first, second, third)] == [(0, 8), (3, 8), (6, 8)]
    assert (first.previous_at, third.next_at) == (None, None)
    assert list(files.file_page(connection, FileFilter(), third.previous_at, length=3).rows["file_id"]) == BY_PATH[3:6]


def test_a_page_behind_the_last_file_is_the_first(connection: Any) -> None:
    assert files.file_page(connection, FileFilter(), 1_000, length=2).before == 0


@pytest.mark.parametrize(
    ("wanted", "listed"),
    [
        pytest.param(FileFilter(format=("PNG",)), ["p", "q", "r"], id="format"),
        pytest.param(FileFilter(read=("not read",)), ["x", "e"], id="not read"),
        pytest.param(FileFilter(problem=("empty",)), ["e"], id="problem"),
        pytest.param(FileFilter(problem=("empty", "unknown-format")), ["x", "e"], id="either problem"),
        pytest.param(FileFilter(role=("image",), format=("DICOM",)), ["d1", "d2", "d3"], id="both facets"),
        pytest.param(FileFilter(path="STRANGE"), ["x"], id="path, whatever its case"),
        pytest.param(FileFilter(path="%"), [], id="a path with a wildcard's character means that character"),
        pytest.param(FileFilter(finding="empty-file"), ["e"], id="a finding that names a file"),
        pytest.param(FileFilter(finding="missing-slices"), ["d1", "d2", "d3"], id="a finding that names a series"),
        pytest.param(FileFilter(finding="'; DROP VIEW files"), [], id="a hostile finding finds nothing"),
    ],
)
def test_a_filter_lists_what_it_says(connection: Any, wanted: FileFilter, listed: list[str]) -> None:
    page = files.file_page(connection, wanted)
    assert list(page.rows["file_id"]) == listed and page.total == len(listed)


def test_a_choice_counts_what_choosing_it_would_list(connection: Any) -> None:
    offered = files.file_choices(connection, FileFilter(format=("PNG",)))
    assert offered["format"] == {"DICOM": 3, "PNG": 3, "unknown": 2}
    assert offered["read"] == {"read": 3, "not read": 0}


def test_an_empty_list_knows_which_part_empties_it(connection: Any) -> None:
    wanted = FileFilter(format=("PNG",), problem=("empty",))
    assert files.file_page(connection, wanted).total == 0
    assert files.file_relaxations(connection, wanted) == [("problem", 3), ("format", 1)]


def test_examples_are_shown_by_the_pictures_of_their_series(connection: Any) -> None:
    assert files.pictures_at(connection, ["ct/2.dcm", "empty.dcm"]) == [(b"webp", "CT", None)]
    assert files.pictures_at(connection, ["ct"]) == [(b"webp", "CT", None)]
