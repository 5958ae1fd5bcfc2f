"""Pages of series with their pictures, by key; how many there are of what; who stands beside whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from biodatamine_core.catalog.filters import COLUMNS, FACETS, ONLY_ASKED, PATH, SERIES, SeriesFilter
from biodatamine_core.catalog.named import FINDING, is_complete, remember_series

if TYPE_CHECKING:
    import duckdb

CHOICES = 200
"""At most so many values of a facet are offered: the commonest."""


class Order(StrEnum):
    """How series follow each other. Mixed is by series_id, a hash: any page is a fair sample."""

    MIXED = "mixed"
    PATH = "path"
    LARGEST = "largest"


_KEYS = {Order.MIXED: "series_id", Order.PATH: "path", Order.LARGEST: "-size_bytes"}
"""SQL: what is compared first; series_id decides between equals."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, and how many series have it under all the other facets."""

    value: str
    series: int


@dataclass(frozen=True, slots=True)
class Tile:
    """One series of a page. Its picture is WebP; None where none could be drawn.

    problem: why there is no picture, as a sentence.
    finding: (severity, code) of the worst finding that names it, the rarest of equals; notes are left out.
    """

    series_id: str
    path: str
    modality_group: str
    anatomy: str | None
    shape: tuple[int, ...]
    image: bytes | None
    problem: str | None = None
    finding: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Tiles `before + 1` to `before + len(tiles)` of `total`; the keys open the pages beside it."""

    tiles: tuple[Tile, ...]
    total: int
    before: int = 0
    previous_at: str | None = None
    next_at: str | None = None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The series before and after one, within a filter. number: 1, 2, ...; None where it is not in the filter."""

    previous: str | None
    next: str | None
    number: int | None
    total: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to stand in an order: a series' key, as SQL conditions and their values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def before(self) -> str:
        return f"({self.key} < $at_key OR ({self.key} = $at_key AND series_id < $at))" if self.values else "false"

    @property
    def from_here(self) -> str:
        return f"({self.key} > $at_key OR ({self.key} = $at_key AND series_id >= $at))" if self.values else "true"

    @property
    def forward(self) -> str:
        return f"{self.key}, series_id"

    @property
    def backward(self) -> str:
        return f"{self.key} DESC, series_id DESC"


def page(
    connection: "duckdb.DuckDBPyConnection",
    wanted: SeriesFilter,
    order: Order = Order.MIXED,
    at: str | None = None,
    length: int = 30,
) -> Page:
    """The page that begins with the series `at`, or with the first one; by key, so that no page costs more.

    An `at` that the filter leaves out begins where it would stand; one that is not in the dataset, at the start.
    """
    remember_series(connection)
    place = _place(connection, order, at)
    values = {**wanted.values(), **place.values}
    total, before = _counts(connection, wanted, place)
    rows = connection.execute(
        f"""SELECT series_id, path, modality_group, anatomy, shape, image, problem, findings
            FROM (SELECT series_id, path, modality_group, coalesce(anatomy, anatomy_zones[1]) AS anatomy, shape,
                         findings, {place.key} AS key
                  FROM {SERIES} WHERE {wanted.condition()} AND {place.from_here}
                  ORDER BY {place.forward} LIMIT {length + 1:d})
            LEFT JOIN thumbnails USING (series_id) ORDER BY key, series_id""",
        values,
    ).fetchall()
    earlier = _ids(connection, wanted, place, place.before, place.backward, length) if before else []
    return Page(
        tiles=_tiles(connection, rows[:length]),
        total=total,
        before=before,
        previous_at=earlier[-1] if earlier else None,
        next_at=rows[length][0] if len(rows) > length else None,
    )


def neighbours(
    connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter, series_id: str, order: Order = Order.MIXED
) -> Neighbours:
    """Who stands before and after a series within the filter, and which number it has there."""
    remember_series(connection)
    place = _place(connection, order, series_id)
    total, before = _counts(connection, wanted, place)
    following = _ids(connection, wanted, place, place.from_here, place.forward, 2)
    earlier = _ids(connection, wanted, place, place.before, place.backward, 1)
    is_inside = following[:1] == [series_id]
    after = following[1:] if is_inside else following
    return Neighbours(
        earlier[0] if earlier else None, after[0] if after else None, before + 1 if is_inside else None, total
    )


def facets(connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter) -> dict[str, list[Choice]]:
    """Facet -> its values in this dataset, commonest first, Other and unknown last; findings worst first.

    A value's count is under the other facets' filter, so it says what choosing it would show.
    """
    remember_series(connection)
    offered = [name for name in FACETS if name not in ONLY_ASKED or name in wanted.parts]
    # Series are read once and counted by kind; each facet counts the kinds, which are far fewer.
    columns = dict.fromkeys(column for name in offered for column in COLUMNS[name])
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE series_kinds AS
            SELECT {", ".join(columns)}, {PATH if wanted.path else "true"} AS is_kept, count(*) AS series FROM {SERIES}
            GROUP BY ALL""",
        {"asked_path": wanted.path} if wanted.path else {},
    )
    return {name: _choices(connection, name, wanted.without(name).without("path")) for name in offered}


def relaxations(connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter) -> list[tuple[str, int]]:
    """(part of the filter, series there would be without it), the most freeing first; those that free none left out."""
    remember_series(connection)
    counts = [(part, _counts(connection, wanted.without(part), _Place(""))[0]) for part in wanted.parts]
    return sorted(((part, count) for part, count in counts if count), key=lambda pair: -pair[1])


def named_of(connection: "duckdb.DuckDBPyConnection", findings: Sequence[str]) -> tuple[int, int]:
    """(files or series that these findings name, how many they count): an older version names up to ten a finding."""
    row = connection.execute(
        f"""SELECT coalesce(sum(len(examples)), 0)::BIGINT, coalesce(sum(count), 0)::BIGINT FROM findings
            WHERE list_has_any([code, {FINDING}], $findings)""",
        {"findings": list(findings)},
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    named, counted = row
    return (counted if is_complete(connection) else named), counted


def _place(connection: "duckdb.DuckDBPyConnection", order: Order, at: str | None) -> _Place:
    key = _KEYS[order]
    if at is None:
        return _Place(key)
    row = connection.execute(f"SELECT {key} FROM series WHERE series_id = $at", {"at": at}).fetchone()
    return _Place(key, {"at_key": row[0], "at": at}) if row else _Place(key)


def _counts(connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter, place: _Place) -> tuple[int, int]:
    """(series in the filter, those of them before the place)."""
    row = connection.execute(
        f"SELECT count(*), count(*) FILTER ({place.before}) FROM {SERIES} WHERE {wanted.condition()}",
        {**wanted.values(), **place.values},
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    return row[0], row[1]


def _ids(
    connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter, place: _Place, side: str, order: str, limit: int
) -> list[str]:
    """The series on one side of a place, the nearest first."""
    rows = connection.execute(
        f"SELECT series_id FROM {SERIES} WHERE {wanted.condition()} AND {side} ORDER BY {order} LIMIT {limit:d}",
        {**wanted.values(), **place.values},
    ).fetchall()
    return [series_id for (series_id,) in rows]


def _tiles(connection: "duckdb.DuckDBPyConnection", rows: Sequence[tuple[Any, ...]]) -> tuple[Tile, ...]:
    ranks = _ranks(connection)
    return tuple(
        Tile(
            series_id,
            path,
            group,
            anatomy,
            tuple(shape or ()),
            image,
            problem,
            _worst(ranks[finding] for finding in findings or () if finding in ranks),
        )
        for series_id, path, group, anatomy, shape, image, problem, findings in rows
    )


def _ranks(connection: "duckdb.DuckDBPyConnection") -> dict[str, tuple[str, int, str]]:
    """Finding -> (its severity, how many it counts, its code); "error" sorts before "warning", as it should."""
    rows = connection.execute(
        f"SELECT {FINDING}, severity, count, code FROM findings WHERE severity <> 'note'"
    ).fetchall()
    return {finding: (severity, count, code) for finding, severity, count, code in rows}


def _worst(ranks: Iterable[tuple[str, int, str]]) -> tuple[str, str] | None:
    """(severity, code); of two warnings the rarer: what nearly every series has says nothing about one."""
    severity, _, code = min(ranks, default=("", 0, ""))
    return (severity, code) if code else None


def _choices(connection: "duckdb.DuckDBPyConnection", name: str, others: SeriesFilter) -> list[Choice]:
    order = "of_all DESC, value"
    if name == "finding":
        order = f"""(SELECT min(list_position(['error', 'warning', 'note'], severity)) FROM findings
                     WHERE {FINDING} = value), value"""
    rows = connection.execute(
        f"""SELECT value, coalesce(sum(series) FILTER (is_chosen), 0)::BIGINT, sum(series) AS of_all
            FROM (SELECT unnest({FACETS[name]}) AS value, is_kept AND {others.condition()} AS is_chosen, series
                  FROM series_kinds)
            WHERE value IS NOT NULL GROUP BY value
            ORDER BY lower(value) = 'unknown', value = 'Other', {order} LIMIT {CHOICES}""",
        others.values(),
    ).fetchall()
    return [Choice(value, kept) for value, kept, _ in rows]
