"""Every file of a version, a page at a time: the filter of Files as a value and as SQL, paged by key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from biodatamine_core.catalog.named import remember_files

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

FACETS = {
    "format": "format",
    "role": "role",
    "read": "CASE WHEN readable THEN 'read' ELSE 'not read' END",
    "problem": "problem_kind",
}
"""Name of a facet -> SQL: the value that a file has."""

CHOICES = 50
"""At most so many values of a facet are offered: the commonest."""

_LINES = "concat(chr(10), findings, chr(10))"
_NAMED = f"""(contains({_LINES}, concat(chr(10), $finding, chr(10))) OR
    ($finding NOT LIKE '%:%' AND contains({_LINES}, concat(chr(10), $finding, ':'))))"""
"""SQL: the files that a finding counts, and those of the series that it counts. It reads one text a file, which
stands in the table as often as there are files with other findings: a few times."""


@dataclass(frozen=True, slots=True)
class FileFilter:
    """What to list. Values of one facet widen, facets narrow; an empty one asks for nothing.

    finding: `code:subject` of one, or the code for all of that check.
    path: text that the path contains, whatever its case.
    """

    format: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    problem: tuple[str, ...] = ()
    finding: str = ""
    path: str = ""

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Only what narrows: name -> what was asked for."""
        asked = {name: tuple(getattr(self, name)) for name in FACETS}
        texts = {"finding": self.finding, "path": self.path}
        asked |= {name: (text,) for name, text in texts.items() if text}
        return {name: values for name, values in asked.items() if values}

    def without(self, part: str) -> "FileFilter":
        empty: str | tuple[str, ...] = () if part in FACETS else ""
        return replace(self, **{part: empty})  # type: ignore[arg-type]

    def condition(self) -> str:
        """SQL over `listed`, with the names of values() in it."""
        wanted = [f"list_contains($asked_{name}, {FACETS[name]})" for name in self.parts if name in FACETS]
        return " AND ".join([*wanted, *self._texts()]) or "true"

    def _texts(self) -> list[str]:
        wanted = [_NAMED] if self.finding else []
        return wanted + (["contains(lower(path), lower($path))"] if self.path else [])

    def values(self) -> dict[str, object]:
        """$name -> value, of condition()."""
        values: dict[str, object] = {f"asked_{name}": [*getattr(self, name)] for name in self.parts if name in FACETS}
        texts = {"finding": self.finding, "path": self.path}
        return values | {name: text for name, text in texts.items() if text}


@dataclass(frozen=True, slots=True)
class FilePage:
    """Rows `before + 1` to `before + len(rows)` of `total`, by path; the places open the pages beside it."""

    rows: "pd.DataFrame"
    total: int
    before: int = 0
    previous_at: int | None = None
    next_at: int | None = None


def file_page(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter, at: int = 0, length: int = 100) -> FilePage:
    """The page that begins with the file whose place among all files is `at`, or with the next one that is wanted.

    One that begins behind the last file is the first page.
    """
    remember_files(connection)
    total, before = _counted(connection, wanted, at)
    if before == total:
        at = before = 0
    found = _places(connection, wanted, f"place >= {at:d}", "place", length + 1)
    earlier = _places(connection, wanted, f"place < {at:d}", "place DESC", length) if before else []
    return FilePage(
        _rows(connection, found[:length]),
        total,
        before,
        previous_at=earlier[-1] if earlier else None,
        next_at=found[length] if len(found) > length else None,
    )


def _counted(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter, at: int) -> tuple[int, int]:
    """(files that are wanted, those of them before a place)."""
    if not wanted.parts:  # places are numbers without gaps
        (total,) = connection.execute("SELECT count(*) FROM listed").fetchall()[0]
        return total, min(at, total)
    return connection.execute(
        f"SELECT count(*), count(*) FILTER (place < {at:d}) FROM listed WHERE {wanted.condition()}", wanted.values()
    ).fetchall()[0]


def _places(
    connection: "duckdb.DuckDBPyConnection", wanted: FileFilter, side: str, order: str, limit: int
) -> list[int]:
    """Of the files on one side of a place, the nearest first."""
    rows = connection.execute(
        f"SELECT place FROM listed WHERE {wanted.condition()} AND {side} ORDER BY {order} LIMIT {limit:d}",
        wanted.values(),
    ).fetchall()
    return [place for (place,) in rows]


def _rows(connection: "duckdb.DuckDBPyConnection", places: Sequence[int]) -> "pd.DataFrame":
    """What Files shows of these. The numbers stand in the query: then only the row groups that hold them are read."""
    chosen = ", ".join(str(place) for place in places) or "NULL"
    return connection.execute(
        f"""WITH page AS MATERIALIZED (SELECT * FROM listed WHERE place IN ({chosen}))
            SELECT file_id, page.path, page.format, page.role, page.size_bytes, page.problem, modality, dimensions,
                   page.shape
            FROM page LEFT JOIN series USING (series_id) ORDER BY place"""
    ).df()


def file_choices(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> dict[str, dict[str, int]]:
    """Facet -> its values and how many files choosing each would list, commonest first.

    A value's count is under the other parts of the filter; one that they leave nothing of is offered with 0.
    """
    remember_files(connection)
    texts = FileFilter(finding=wanted.finding, path=wanted.path)
    kinds = ", ".join(f"{value} AS {name}" for name, value in FACETS.items())
    # Files are counted once, by kind: there are a few dozens of kinds, and each facet counts those.
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE kinds AS
            SELECT {kinds}, {texts.condition()} AS is_kept, count(*) AS files FROM listed GROUP BY ALL""",
        texts.values(),
    )
    return {name: _choices(connection, name, wanted.without(name)) for name in FACETS}


def _choices(connection: "duckdb.DuckDBPyConnection", name: str, others: FileFilter) -> dict[str, int]:
    asked = [part for part in others.parts if part in FACETS]
    kept = " AND ".join(["is_kept", *(f"list_contains($asked_{part}, {part})" for part in asked)])
    rows = connection.execute(
        f"""SELECT {name}, coalesce(sum(files) FILTER ({kept}), 0)::BIGINT FROM kinds
            WHERE {name} IS NOT NULL GROUP BY {name} ORDER BY sum(files) DESC, {name} LIMIT {CHOICES}""",
        {f"asked_{part}": others.parts[part] for part in asked},
    ).fetchall()
    return {str(value): int(files) for value, files in rows}


def file_relaxations(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> list[tuple[str, int]]:
    """(part of the filter, files there would be without it), the most freeing first; what frees none is left out."""
    remember_files(connection)
    counts = [(part, _counted(connection, wanted.without(part), 0)[0]) for part in wanted.parts]
    return sorted(((part, files) for part, files in counts if files), key=lambda pair: -pair[1])


def pictures_at(
    connection: "duckdb.DuckDBPyConnection", paths: Sequence[str], limit: int = 4
) -> list[tuple[bytes, str, str | None]]:
    """(WebP, modality group, anatomy) of the first series that these paths name, or whose files they are."""
    # Both lookups stand alone, and so find their few rows by the footers; joined, they would read every picture.
    named = {f"path_{number}": path for number, path in enumerate(paths)}
    among = f"path IN ({', '.join(f'${name}' for name in named) or 'NULL'})"
    series = connection.execute(
        f"""SELECT series_id FROM series WHERE {among}
            UNION SELECT series_id FROM files WHERE {among} AND series_id IS NOT NULL""",
        named,
    ).fetchall()
    ids = {f"id_{number}": series_id for number, (series_id,) in enumerate(series)}
    return connection.execute(
        f"""WITH shown AS MATERIALIZED (
                SELECT series_id, path, modality_group, coalesce(anatomy, anatomy_zones[1]) AS anatomy FROM series
                WHERE series_id IN ({", ".join(f"${name}" for name in ids) or "NULL"}))
            SELECT image, modality_group, anatomy FROM shown JOIN thumbnails USING (series_id)
            WHERE image IS NOT NULL ORDER BY path LIMIT {limit:d}""",
        ids,
    ).fetchall()
