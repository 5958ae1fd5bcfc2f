"""Pages of series with their pictures, by key; how many there are of what; who stands beside whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from biodatamine_core.catalog.filters import FACETS, ONLY_ASKED, SeriesFilter
from biodatamine_core.catalog.named import FINDING, is_complete, remember_series
from biodatamine_core.catalog.pictured import Pictured, by_number, pictured

if TYPE_CHECKING:
    import duckdb

CHOICES = 200
"""At most so many values of a facet are offered: the commonest."""


class Order(StrEnum):
    """How series follow each other. Mixed is by series_id, a hash: any page is a fair sample."""

    MIXED = "mixed"
    PATH = "path"
    LARGEST = "largest"


_KEYS = {Order.MIXED: "by_id", Order.PATH: "by_path", Order.LARGEST: "by_size"}
"""The column of `placed` that numbers all series in an order."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, and how many series have it under all the other facets."""

    value: str
    series: int


@dataclass(frozen=True, slots=True)
class Tile:
    """One series of a page. Its picture is None where none could be drawn.

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
class _Found:
    """Series that are wanted: how many, how many before a place, and by their ids' numbers those beside it.

    following: from the place on; earlier: before it; the nearest first.
    """

    total: int
    before: int
    following: Sequence[int]
    earlier: Sequence[int]


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
    found = _find(connection, wanted, order, _place(connection, order, at), length + 1, length)
    placed = by_number(connection, [*found.following, *found.earlier[-1:]])
    return Page(
        tiles=_tiles(connection, pictured(connection, [placed[number] for number in found.following[:length]])),
        total=found.total,
        before=found.before,
        previous_at=placed[found.earlier[-1]].series_id if found.earlier else None,
        next_at=placed[found.following[length]].series_id if len(found.following) > length else None,
    )


def neighbours(
    connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter, series_id: str, order: Order = Order.MIXED
) -> Neighbours:
    """Who stands before and after a series within the filter, and which number it has there."""
    remember_series(connection)
    found = _find(connection, wanted, order, _place(connection, order, series_id), 2, 1)
    placed = by_number(connection, [*found.earlier, *found.following])
    earlier, following = ([placed[number].series_id for number in side] for side in (found.earlier, found.following))
    is_inside = following[:1] == [series_id]
    after = following[1:] if is_inside else following
    return Neighbours(
        earlier[0] if earlier else None,
        after[0] if after else None,
        found.before + 1 if is_inside else None,
        found.total,
    )


def facets(connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter) -> dict[str, list[Choice]]:
    """Facet -> its values in this dataset, commonest first, Other and unknown last; findings worst first.

    A value's count is under the other facets' filter, so it says what choosing it would show.
    """
    remember_series(connection)
    # Series are counted by kind, and each facet counts the kinds, which are far fewer.
    of_places = wanted.of_places()
    left = f"LEFT JOIN (SELECT kind, count(*) AS found FROM placed WHERE {of_places} GROUP BY kind) USING (kind)"
    kept = "coalesce(found, 0)" if wanted.place_values() else "series"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE counted_series AS
            SELECT sorts.*, {kept} AS kept FROM sorts {left if wanted.place_values() else ""}""",
        wanted.place_values(),
    )
    asked = [name for name in wanted.parts if name in ONLY_ASKED]
    return {name: _choices(connection, name, wanted.without(name)) for name in FACETS} | {
        name: _asked_choices(connection, name, wanted.without(name)) for name in asked
    }


def relaxations(connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter) -> list[tuple[str, int]]:
    """(part of the filter, series there would be without it), the most freeing first; those that free none left out."""
    remember_series(connection)
    counts = [(part, _count(connection, wanted.without(part))) for part in wanted.parts]
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


def _place(connection: "duckdb.DuckDBPyConnection", order: Order, at: str | None) -> int:
    """The number of a series in an order; that of the first one where it is not in the dataset."""
    if at is None:
        return 0
    row = connection.execute(f"SELECT {_KEYS[order]} FROM placed WHERE series_id = $at", {"at": at}).fetchone()
    return int(row[0]) if row else 0


def _find(
    connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter, order: Order, place: int, after: int, before: int
) -> _Found:
    """By one look at the numbers of all series. after, before: how many to name on each side of the place at most."""
    key = _KEYS[order]
    total, earlier_count, following, earlier = connection.execute(
        f"""SELECT count(*), count(*) FILTER ({key} < {place:d}),
                   arg_min(by_id, {key}, {after:d}) FILTER ({key} >= {place:d}),
                   arg_max(by_id, {key}, {before:d}) FILTER ({key} < {place:d})
            FROM placed WHERE {wanted.condition()}""",
        wanted.values(),
    ).fetchall()[0]
    return _Found(total, earlier_count, following or (), earlier or ())


def _count(connection: "duckdb.DuckDBPyConnection", wanted: SeriesFilter) -> int:
    ((count,),) = connection.execute(
        f"SELECT count(*) FROM placed WHERE {wanted.condition()}", wanted.values()
    ).fetchall()
    return int(count)


def _tiles(connection: "duckdb.DuckDBPyConnection", shown: Sequence[Pictured]) -> tuple[Tile, ...]:
    ranks = _ranks(connection)
    return tuple(
        Tile(
            series.series_id,
            series.path,
            series.modality_group,
            series.anatomy,
            series.shape,
            series.image,
            series.problem,
            _worst(ranks[finding] for finding in series.findings if finding in ranks),
        )
        for series in shown
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
        f"""SELECT value, coalesce(sum(kept) FILTER (is_chosen), 0)::BIGINT, sum(series) AS of_all
            FROM (SELECT unnest({FACETS[name]}) AS value, {others.of_kinds()} AS is_chosen, series, kept
                  FROM counted_series)
            WHERE value IS NOT NULL GROUP BY value
            ORDER BY lower(value) = 'unknown', value = 'Other', {order} LIMIT {CHOICES}""",
        others.kind_values(),
    ).fetchall()
    return [Choice(value, kept) for value, kept, _ in rows]


def _asked_choices(connection: "duckdb.DuckDBPyConnection", name: str, others: SeriesFilter) -> list[Choice]:
    """The same for a facet that is not of kinds."""
    rows = connection.execute(
        f"""SELECT {name}, count(*) FILTER ({others.condition()}) FROM placed WHERE {name} IS NOT NULL GROUP BY {name}
            ORDER BY lower({name}) = 'unknown', {name} = 'Other', count(*) DESC, {name} LIMIT {CHOICES}""",
        others.values(),
    ).fetchall()
    return [Choice(value, kept) for value, kept in rows]
