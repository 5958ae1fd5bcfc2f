"""Where among all files the wanted ones stand: counted by stretches, then looked up where some of them lie."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from biodatamine_core.catalog.files import FileFilter


@dataclass(frozen=True, slots=True)
class Places:
    """total: files that are wanted; before: those of them before a place.

    following: the places from there on; earlier: those before it; the nearest first.
    """

    total: int
    before: int
    following: Sequence[int]
    earlier: Sequence[int]


def find(connection: "duckdb.DuckDBPyConnection", wanted: "FileFilter", at: int, length: int) -> Places:
    """The places of a page of files and of one file more, and of as many before them.

    A page that would begin behind the last file is the first page. The connection has `kinds` and `paths`; see
    named.remember_files().
    """
    kinds, left = connection.execute(
        f"SELECT count(DISTINCT kind), list(DISTINCT kind) FILTER ({wanted.of_kinds()}) FROM kinds",
        wanted.kind_values(),
    ).fetchall()[0]
    is_kind = "true" if len(left or ()) == kinds else f"kind IN ({', '.join(map(str, left or ())) or 'NULL'})"
    if wanted.path:
        return _searched(connection, wanted, is_kind, at, length)
    return _counted(connection, wanted, is_kind, at, length)


def _searched(
    connection: "duckdb.DuckDBPyConnection", wanted: "FileFilter", is_kind: str, at: int, length: int
) -> Places:
    """By one look at every path. Kinds are compared of those that match: folders and names repeat themselves more."""
    total, before, following, earlier, first = connection.execute(
        f"""SELECT count(*) FILTER (is_wanted), count(*) FILTER (is_wanted AND place < {at:d}),
                   min(place, {length + 1:d}) FILTER (is_wanted AND place >= {at:d}),
                   max(place, {length:d}) FILTER (is_wanted AND place < {at:d}),
                   min(place, {length + 1:d}) FILTER (is_wanted)
            FROM (SELECT place, {is_kind} AS is_wanted FROM paths WHERE {wanted.of_paths()})""",
        wanted.path_values(),
    ).fetchall()[0]
    if before == total:
        return Places(total, 0, first or (), ())
    return Places(total, before, following, earlier or ())


def _counted(
    connection: "duckdb.DuckDBPyConnection", wanted: "FileFilter", is_kind: str, at: int, length: int
) -> Places:
    """By the counts of each stretch, and a look at those that the page and its neighbours lie in."""
    counts = connection.execute(
        f"""SELECT first_place, first_place + sum(files)::BIGINT,
                   coalesce(sum(files) FILTER ({wanted.of_kinds()}), 0)::BIGINT
            FROM kinds GROUP BY first_place ORDER BY first_place""",
        wanted.kind_values(),
    ).fetchall()
    until = list(accumulate((left for *_, left in counts), initial=0))
    """How many are wanted before each stretch, and in all."""
    total = until[-1]
    if not total:
        return Places(0, 0, (), ())

    def stretch_of(nth: int) -> tuple[int, int]:
        """First and last place, this one exclusive, of the stretch that holds the nth wanted file."""
        first, stop, _ = counts[bisect_right(until, nth) - 1]
        return first, stop

    here = max(0, bisect_right(counts, at, key=lambda stretch: stretch[0]) - 1)
    within = f"place >= {counts[here][0]:d} AND place < {at:d}"
    ((inside,),) = connection.execute(f"SELECT count(*) FROM paths WHERE {is_kind} AND {within}").fetchall()
    before = until[here] + inside
    if before == total:
        at = before = 0
    _, stop = stretch_of(min(before + length, total - 1))
    following = _nearest(connection, f"{is_kind} AND place >= {at:d} AND place < {stop:d}", "place", length + 1)
    earlier: list[int] = []
    if before:
        first, _ = stretch_of(max(before - length, 0))
        earlier = _nearest(connection, f"{is_kind} AND place >= {first:d} AND place < {at:d}", "place DESC", length)
    return Places(total, before, following, earlier)


def _nearest(connection: "duckdb.DuckDBPyConnection", condition: str, order: str, limit: int) -> list[int]:
    found = connection.execute(f"SELECT place FROM paths WHERE {condition} ORDER BY {order} LIMIT {limit:d}")
    return [place for (place,) in found.fetchall()]
