"""Review: which labels come first, what they share with others, and what speaks for them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from biodatamine_core import database, tables
from biodatamine_core.catalog import doubts, review, series_index
from biodatamine_core.catalog.doubts import Doubt
from biodatamine_core.catalog.review import Shared, Side
from biodatamine_core.records import Applies, Clue, Role, SeriesRecord, Strength, Thumbnail
from tests.inference.arrange import series_of

CT = {"modality": "CT", "modality_group": "CT", "modality_confidence": 0.98}
CHEST = {"anatomy": "chest", "anatomy_zones": ("chest",)}
SERIES = {
    "settled": {**CT, **CHEST, "anatomy_confidence": None},
    "sure": {**CT, **CHEST, "anatomy_confidence": 0.97},
    "unsure": {**CT, **CHEST, "anatomy_confidence": 0.6},
    "never measured": {**CT, **CHEST, "modality_confidence": None},
    "unknown": {**CT},
    "contradicted": {**CT, **CHEST, "anatomy_confidence": 0.99},
    "mask": {"role": Role.SEGMENTATION},
    "nifti mask": {"is_mask": True},
}
CLUES = [
    ("contradicted", "anatomy", "head:brain", "body-part"),
    ("contradicted", "anatomy", "chest", "description"),
    ("sure", "anatomy", "chest+abdomen", "description"),
    ("sure", "modality", "OT", "tag"),
    ("unsure", "anatomy", "whole_body", "page"),
    ("unsure", "anatomy", "head", "dataset"),
    ("torn", "anatomy", "lower_extremity:knee", "study"),
    ("torn", "anatomy", "chest", "dataset"),
    ("settled", "anatomy", "chest", "person"),
    ("settled", "anatomy", "head", "description"),
    ("settled", "modality", "CT", "person"),
]
IN_ORDER = ["contradicted", "unknown", "unsure", "sure", "never measured", "settled"]


def version_of(
    folder: Path, rows: Mapping[str, Mapping[str, Any]], *, has_index: bool = True, **shared: Any
) -> duckdb.DuckDBPyConnection:
    """has_index False: one from before series were indexed."""
    series = [series_of(f"a/{name}/1.dcm", series_id=name, **facts, **shared) for name, facts in rows.items()]
    clues = [Clue(name, about, value, Strength.MEDIUM, "", source) for name, about, value, source in CLUES]
    records = {"series": series, "clues": clues, "thumbnails": [Thumbnail("unsure", b"webp", 1, 1)]}
    paths = {name: folder / f"{name}.parquet" for name in tables.RECORDS}
    for name, path in paths.items():
        with tables.Writer(name, path) as writer:
            writer.append(records.get(name, []))
    if has_index:
        with database.connect() as connection:
            series_index.write(connection, paths)
    return database.open_version({name: [path] for name, path in paths.items()})


@pytest.fixture(params=[True, False], ids=["indexed", "not indexed"])
def connection(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.setattr(doubts, "SERIES_AT_ONCE", 3)
    with version_of(tmp_path, SERIES, has_index=request.param) as connection:
        yield connection


def test_the_contradicted_come_first_then_the_unknown_and_the_least_certain(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    page = review.page(connection)
    assert [row.series_id for row in page.rows] == IN_ORDER
    assert [(row.about, row.doubt, row.confidence) for row in page.rows[:3]] == [
        ("anatomy", Doubt.CONTRADICTED, 0.99),
        ("anatomy", Doubt.UNKNOWN, None),
        ("anatomy", Doubt.MEASURED, 0.6),
    ]
    assert page.rows[2].image == b"webp"
    assert (page.total, page.doubts[Doubt.CONTRADICTED], page.doubts[Doubt.SETTLED]) == (6, 1, 1)


def test_what_two_sides_leave_unknown_is_contradicted(tmp_path: Path) -> None:
    with version_of(tmp_path, {"a": {**CT}, "torn": {**CT}}) as connection:
        rows = review.page(connection).rows
    assert [(row.series_id, row.doubt) for row in rows] == [("torn", Doubt.CONTRADICTED), ("a", Doubt.UNKNOWN)]


def test_pages_follow_each_other_by_key(connection: duckdb.DuckDBPyConnection) -> None:
    first = review.page(connection, length=2)
    second = review.page(connection, first.next_at, length=2)
    third = review.page(connection, second.next_at, length=2)
    assert [row.series_id for page in (first, second, third) for row in page.rows] == IN_ORDER
    assert [page.before for page in (first, second, third)] == [0, 2, 4]
    assert (first.previous_at, second.previous_at, third.previous_at, third.next_at) == (None, *IN_ORDER[::2][:2], None)


def test_a_series_that_is_not_here_opens_the_first_page(connection: duckdb.DuckDBPyConnection) -> None:
    assert review.page(connection, "gone", 2) == review.page(connection, None, 2)


def test_what_a_series_shares_is_counted_from_few_to_many_without_its_masks(tmp_path: Path) -> None:
    rows = {**SERIES, "unsure": {**SERIES["unsure"], "series_description": "T1", "series_uid": "1.2"}}
    with version_of(tmp_path, {**rows, "twin": {"series_description": "T1"}}, study_description="CT") as connection:
        series = series_of("a/unsure/1.dcm", series_description="T1", series_uid="1.2", study_description="CT")
        assert review.shared(connection, series) == [
            Shared(Applies.SERIES_UID, "1.2", 1),
            Shared(Applies.SERIES_DESCRIPTION, "T1", 2),
            Shared(Applies.STUDY_DESCRIPTION, "CT", 7),
            Shared(Applies.FOLDER, "a/", 7),
        ]


@pytest.mark.parametrize(
    ("about", "value", "side"),
    [
        pytest.param("modality", "CT", Side.FOR, id="the same"),
        pytest.param("modality", "MR", Side.AGAINST, id="another group"),
        pytest.param("anatomy", "chest:lung", Side.FOR, id="a region of it"),
        pytest.param("anatomy", "whole_body", Side.FOR, id="all of it"),
        pytest.param("anatomy", "head", Side.AGAINST, id="elsewhere"),
    ],
)
def test_a_clue_speaks_for_a_label_or_against_it(about: str, value: str, side: Side) -> None:
    labelled: SeriesRecord = series_of(**CT, **CHEST)
    assert review.side_of(Clue("s1", about, value, Strength.WEAK, "", "path"), labelled) is side


@pytest.mark.parametrize(("about", "value"), [("modality", "CT"), ("anatomy", "chest")])
def test_a_clue_that_did_not_do_for_a_label_speaks_against_none(about: str, value: str) -> None:
    unknown: SeriesRecord = series_of()
    assert review.side_of(Clue("s1", about, value, Strength.WEAK, "", "path"), unknown) is Side.OPEN
