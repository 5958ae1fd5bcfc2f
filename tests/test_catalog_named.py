"""From a finding to all that it counts: files and series, far beyond its ten examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from biodatamine_core import database, tables
from biodatamine_core.catalog import files, gallery
from biodatamine_core.catalog.files import FileFilter
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.records import Affected, FileRecord, Finding, Role, Scope, SeriesRecord, Severity

MANY = 24
"""Series of two files each."""
SEX, AGE, HOLES = "missing-metadata:PatientSex", "missing-metadata:PatientAge", "missing-slices"
FINDINGS = (
    Finding("missing-metadata", Severity.NOTE, Scope.FILE, "PatientSex", "", 20, 48, 0, ("00/a.dcm", "01/a.dcm")),
    Finding("missing-metadata", Severity.NOTE, Scope.FILE, "PatientAge", "", 1, 48, 0, ("23/b.dcm",)),
    Finding("missing-slices", Severity.WARNING, Scope.SERIES, "", "", 12, 24, 0, ("00/", "01/")),
)


def records(names_findings: bool) -> dict[str, list[Any]]:
    """A version; where names_findings is False, one from before findings listed what they count."""
    listed = [f"{number:02}" for number in range(MANY)]
    affected = [
        *(Affected("missing-metadata", "PatientSex", name, f"{name}a") for name in listed[:20]),
        Affected("missing-metadata", "PatientAge", "23", "23b"),
        *(Affected("missing-slices", "", name) for name in listed[:12]),
    ]
    marks = {
        name: tuple(
            finding
            for finding, names in ((AGE, listed[23:]), (SEX, listed[:20]), (HOLES, listed[:12]))
            if name in names
        )
        for name in listed
    }
    series = [
        SeriesRecord(
            name, f"{name}/", "DICOM", Role.IMAGE, 2, 9, f"{name}a", findings=marks[name] if names_findings else None
        )
        for name in listed
    ]
    return {
        "files": [
            FileRecord(f"{name}{letter}", f"{name}/{letter}.dcm", series_id=name) for name in listed for letter in "ab"
        ],
        "series": series,
        "findings": [*FINDINGS],
        "affected": affected if names_findings else [],
    }


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Any]:
    with opened(tmp_path, records(names_findings=True)) as connection:
        yield connection


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Any]:
    """A version without the table affected."""
    rows = records(names_findings=False)
    rows.pop("affected")
    with opened(tmp_path, rows) as connection:
        yield connection


def opened(folder: Path, rows: dict[str, list[Any]]) -> Any:
    paths = {table: [folder / f"{table}.parquet"] for table in ("files", "clues", "thumbnails", *rows)}
    for table, (path,) in paths.items():
        with tables.Writer(table, path) as writer:
            writer.append(rows.get(table, []))
    return database.open_version(paths)


@pytest.mark.parametrize(
    ("finding", "series", "listed"),
    [
        pytest.param(SEX, 20, 20, id="one that counts files"),
        pytest.param(AGE, 1, 1, id="another of the same check"),
        pytest.param("missing-metadata", 21, 21, id="all findings of a check"),
        pytest.param(HOLES, 12, 24, id="one that counts series leads to all of their files"),
        pytest.param("missing-metadata:'; DROP VIEW files", 0, 0, id="a hostile one finds nothing"),
    ],
)
def test_a_finding_leads_to_everything_that_it_counts(connection: Any, finding: str, series: int, listed: int) -> None:
    assert gallery.page(connection, SeriesFilter(finding=(finding,))).total == series
    assert files.file_page(connection, FileFilter(finding=finding)).total == listed
    assert files.file_relaxations(connection, FileFilter(finding=finding, path="no such")) == [("path", listed)] * (
        listed > 0
    )


def test_every_finding_can_be_chosen_with_the_series_that_it_shows(connection: Any) -> None:
    assert [(choice.value, choice.series) for choice in gallery.facets(connection, SeriesFilter())["finding"]] == [
        (HOLES, 12),
        (AGE, 1),
        (SEX, 20),
    ]


def test_all_that_is_counted_is_named(connection: Any, tmp_path: Path) -> None:
    assert gallery.named_of(connection, [SEX]) == (20, 20)
    assert gallery.named_of(connection, ["missing-metadata", HOLES]) == (33, 33)


def test_an_older_version_leads_to_its_examples_and_says_how_many_they_are(older: Any) -> None:
    assert older.execute("SELECT count(*) FROM affected").fetchall() == [(0,)]
    assert gallery.page(older, SeriesFilter(finding=(SEX,))).total == 2
    assert files.file_page(older, FileFilter(finding=SEX)).total == 2
    assert files.file_page(older, FileFilter(finding=HOLES)).total == 4
    assert gallery.named_of(older, [SEX]) == (2, 20)
