"""Filters, facets and pages of series, against what a plain reading of the same records gives."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biodatamine_core import database, tables
from biodatamine_core.catalog import gallery
from biodatamine_core.catalog.filters import FACETS, SeriesFilter
from biodatamine_core.catalog.gallery import Choice, Neighbours, Order, Tile
from biodatamine_core.records import (
    Dimensions,
    FileRecord,
    Finding,
    ProblemKind,
    Role,
    Scope,
    SeriesRecord,
    Severity,
    Thumbnail,
)


def series(series_id: str, **facts: Any) -> SeriesRecord:
    return SeriesRecord(**{
        "series_id": series_id, "path": f"ct/{series_id}.dcm", "format": "DICOM", "role": Role.IMAGE, "file_count": 1,
        "size_bytes": 100, "middle_file_id": f"file of {series_id}", "dimensions": Dimensions.IMAGE_2D,
        "modality": "CT", "modality_group": "CT", "anatomy_zones": ("chest",), **facts,
    })  # fmt: skip


SERIES = (
    series("a", dimensions=Dimensions.VOLUME, shape=(512, 512, 143), size_bytes=900, split="train"),
    series("b", modality_group="MRI", anatomy_zones=("head",), anatomy="brain", split="train", format="NIfTI"),
    series("c", modality_group="MRI", anatomy_zones=("head", "spine"), split="test", path="mr/Sub-C/"),
    series("d", modality_group="X-ray", label="covid", split="validation", size_bytes=900),
    series("e", modality_group="Unknown", anatomy_zones=(), dimensions=None),
    series("f", modality_group="Other", label='it\'s "quoted"; --', path="x/100%_f.png", format="PNG"),
)
FINDINGS = (
    Finding("missing-slices", Severity.WARNING, Scope.SERIES, "", "1 lacks slices", 1, 6, 0, ("ct/a.dcm",)),
    Finding("duplicate-file", Severity.ERROR, Scope.FILE, "image", "30 repeat", 30, 60, 0, ("ct/a.dcm", "mr/Sub-C/2")),
    Finding("identifying-tags", Severity.NOTE, Scope.FILE, "", "1 has tags", 1, 6, 0, ("ct/d.dcm",)),
    Finding("empty-file", Severity.WARNING, Scope.FILE, "", "1 is empty", 1, 6, 0, ("nowhere.dcm",)),
)
FILES = (
    *(FileRecord(file_id=s.middle_file_id, path=s.path, series_id=s.series_id) for s in SERIES if s.path[-1] != "/"),
    FileRecord(file_id="file of c", path="mr/Sub-C/2", series_id="c"),
    FileRecord(file_id="in no series", path="nowhere.dcm"),
)  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A version as the pages open it: locked, so that a question may write nothing but its own temporary views."""
    folder = tmp_path_factory.mktemp("version")
    thumbnails = [Thumbnail(s.series_id, f"picture of {s.series_id}".encode(), 4, 3) for s in SERIES[:2]]
    thumbnails.append(Thumbnail("c", problem_kind=ProblemKind.TRUNCATED, problem="It ends too early."))
    with opened(folder, SERIES, FILES, FINDINGS, thumbnails) as connection:
        yield connection


def opened(
    folder: Path,
    series: Sequence[SeriesRecord] = (),
    files: Sequence[FileRecord] = (),
    findings: Sequence[Finding] = (),
    thumbnails: Sequence[Thumbnail] = (),
) -> duckdb.DuckDBPyConnection:
    records = {"series": series, "files": files, "findings": findings, "thumbnails": thumbnails, "clues": ()}
    paths = {table: [folder / f"{table}.parquet"] for table in records}
    for table, rows in records.items():
        with tables.Writer(table, paths[table][0]) as writer:
            writer.append(list(rows))
    return database.open_version(paths)


def ids(page: gallery.Page) -> str:
    return "".join(tile.series_id for tile in page.tiles)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        pytest.param(SeriesFilter(), "abcdef", id="no filter shows all"),
        pytest.param(SeriesFilter(modality=("MRI",)), "bc", id="modality"),
        pytest.param(SeriesFilter(modality=("MRI", "X-ray")), "bcd", id="values of one facet widen"),
        pytest.param(SeriesFilter(modality=("MRI",), split=("train",)), "b", id="facets narrow"),
        pytest.param(SeriesFilter(zone=("spine",)), "c", id="one zone of several"),
        pytest.param(SeriesFilter(zone=("unknown",)), "e", id="zone unknown"),
        pytest.param(SeriesFilter(dimensions=("3D",)), "a", id="dimensions"),
        pytest.param(SeriesFilter(format=("NIfTI", "PNG")), "bf", id="format"),
        pytest.param(SeriesFilter(label=('it\'s "quoted"; --',)), "f", id="a label is a value, never SQL"),
        pytest.param(SeriesFilter(finding=("duplicate-file",)), "ac", id="finding that names files"),
        pytest.param(SeriesFilter(finding=("missing-slices",)), "a", id="finding that names series"),
        pytest.param(SeriesFilter(path="sub-c"), "c", id="path, whatever its case"),
        pytest.param(SeriesFilter(path="0%_"), "f", id="signs of LIKE are letters"),
        pytest.param(SeriesFilter(modality=("Nothing",)), "", id="a value that is nowhere"),
    ],
)
def test_filter_keeps(connection: duckdb.DuckDBPyConnection, wanted: SeriesFilter, shown: str) -> None:
    page = gallery.page(connection, wanted)
    assert (ids(page), page.total) == (shown, len(shown))


@pytest.mark.parametrize(
    ("order", "sequence"), [(Order.MIXED, "abcdef"), (Order.PATH, "abdecf"), (Order.LARGEST, "adbcef")]
)
def test_every_order_pages_forth_and_back_over_the_same_pages(
    connection: duckdb.DuckDBPyConnection, order: Order, sequence: str
) -> None:
    first = gallery.page(connection, SeriesFilter(), order, length=2)
    second = gallery.page(connection, SeriesFilter(), order, first.next_at, length=2)
    third = gallery.page(connection, SeriesFilter(), order, second.next_at, length=2)
    assert [ids(p) for p in (first, second, third)] == [sequence[:2], sequence[2:4], sequence[4:]]
    assert [p.before for p in (first, second, third)] == [0, 2, 4]
    assert (first.previous_at, third.next_at) == (None, None)
    assert gallery.page(connection, SeriesFilter(), order, third.previous_at, length=2) == second
    assert gallery.page(connection, SeriesFilter(), order, second.previous_at, length=2) == first


def test_previous_from_a_page_that_begins_off_the_grid_reaches_the_very_first(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    page = gallery.page(connection, SeriesFilter(), Order.MIXED, at="b", length=3)
    assert (ids(page), page.before, page.previous_at) == ("bcd", 1, "a")


def test_a_page_opens_where_a_series_would_stand_that_the_filter_leaves_out(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert ids(gallery.page(connection, SeriesFilter(split=("train", "test")), at="b")) == "bc"
    assert ids(gallery.page(connection, SeriesFilter(modality=("MRI", "Other")), at="d")) == "f"
    assert ids(gallery.page(connection, SeriesFilter(), at="never scanned")) == "abcdef"


def test_tile_says_what_it_shows_and_the_worst_that_was_found(connection: duckdb.DuckDBPyConnection) -> None:
    tiles = {tile.series_id: tile for tile in gallery.page(connection, SeriesFilter()).tiles}
    assert tiles["a"] == Tile(
        "a", "ct/a.dcm", "CT", "chest", (512, 512, 143), b"picture of a", None, ("error", "duplicate-file")
    )
    assert (tiles["b"].anatomy, tiles["b"].finding) == ("brain", None)
    assert (tiles["c"].image, tiles["c"].problem) == (None, "It ends too early.")
    assert (tiles["e"].anatomy, tiles["e"].image, tiles["e"].problem) == (None, None, None)
    assert tiles["d"].finding is None, "a note is worth knowing, but not worth a tag on a picture"


def test_facets_count_what_choosing_a_value_would_show(connection: duckdb.DuckDBPyConnection) -> None:
    for wanted in (SeriesFilter(), SeriesFilter(modality=("MRI",), split=("train",)), SeriesFilter(path="ct/")):
        counted = gallery.facets(connection, wanted)
        assert set(counted) == set(FACETS)
        for facet, choices in counted.items():
            for choice in choices:
                chosen = SeriesFilter(**{**wanted.parts, "path": wanted.path, facet: (choice.value,)})
                assert gallery.page(connection, chosen).total == choice.series, (facet, choice)


def test_facets_keep_their_order_whatever_is_filtered(connection: duckdb.DuckDBPyConnection) -> None:
    facets = gallery.facets(connection, SeriesFilter(split=("test",)))
    assert facets["modality"][:2] == [Choice("MRI", 1), Choice("CT", 0)]
    assert [choice.value for choice in facets["modality"]] == ["MRI", "CT", "X-ray", "Other", "Unknown"]
    assert [choice.value for choice in facets["zone"]] == ["chest", "head", "spine", "unknown"]
    assert [choice.value for choice in facets["finding"]] == [
        "duplicate-file:image",
        "missing-slices",
        "identifying-tags",
    ]


def test_empty_result_names_the_filters_that_free_series(connection: duckdb.DuckDBPyConnection) -> None:
    wanted = SeriesFilter(modality=("MRI",), zone=("head",), split=("validation",))
    assert gallery.page(connection, wanted) == gallery.Page((), 0)
    assert gallery.relaxations(connection, wanted) == [("split", 2)]
    twice = SeriesFilter(modality=("Nothing",), path="no such path")
    assert gallery.relaxations(connection, twice) == []


def test_neighbours_stay_inside_the_filter(connection: duckdb.DuckDBPyConnection) -> None:
    trained = SeriesFilter(split=("train", "test"))
    assert gallery.neighbours(connection, trained, "b") == Neighbours("a", "c", 2, 3)
    assert gallery.neighbours(connection, trained, "a") == Neighbours(None, "b", 1, 3)
    assert gallery.neighbours(connection, trained, "c", Order.PATH) == Neighbours("b", None, 3, 3)
    assert gallery.neighbours(connection, trained, "d") == Neighbours("c", None, None, 3)


def test_a_finding_that_names_a_part_of_what_it_counts_says_so(connection: duckdb.DuckDBPyConnection) -> None:
    assert gallery.named_of(connection, ["missing-slices"]) == (1, 1)
    assert gallery.named_of(connection, ["duplicate-file", "missing-slices"]) == (3, 31)
    assert gallery.named_of(connection, []) == (0, 0)


def test_a_dataset_without_series_has_no_page_and_no_facet(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        assert gallery.page(connection, SeriesFilter()) == gallery.Page((), 0)
        assert gallery.facets(connection, SeriesFilter()) == {facet: [] for facet in FACETS}


def test_no_page_skips_rows_by_counting_them(connection: duckdb.DuckDBPyConnection) -> None:
    """A page costs the same wherever it stands: its place is a key, and only its own series meet the pictures."""
    asked: list[str] = []

    class Listening:
        def execute(self, sql: str, *values: Any) -> Any:
            asked.append(sql)
            return connection.execute(sql, *values)

    gallery.page(Listening(), SeriesFilter(), Order.PATH, at="d", length=2)  # type: ignore[arg-type]
    assert not [sql for sql in asked if "OFFSET" in sql.upper()]
    with_pictures = [sql for sql in asked if "thumbnail" in sql and " image" in sql]
    assert len(with_pictures) == 1, "one question for all pictures of a page"
    assert "file_row_number IN (" in with_pictures[0], "pictures are looked up by their rows"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    paths=st.lists(st.sampled_from(["b", "a", "a/b", "ä", "A", "a b", ""]), min_size=1, max_size=9),
    length=st.integers(1, 4),
    order=st.sampled_from(Order),
)
def test_pages_show_every_series_once(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str], length: int, order: Order
) -> None:
    records = [series(f"{n}", path=path, size_bytes=len(path)) for n, path in enumerate(paths)]
    with opened(tmp_path_factory.mktemp("pages"), records) as connection:
        seen: list[str] = []
        at: str | None = None
        for _ in range(len(paths) + 1):
            page = gallery.page(connection, SeriesFilter(), order, at, length)
            assert page.before == len(seen)
            seen += [tile.series_id for tile in page.tiles]
            at = page.next_at
            if at is None:
                break
    assert sorted(seen) == sorted(record.series_id for record in records)
