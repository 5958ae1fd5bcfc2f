"""Every file of a version, a page at a time: the filter of Files as a value and as SQL, paged by key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from biodatamine_core.catalog import places
from biodatamine_core.catalog.named import remember_files, remember_series
from biodatamine_core.catalog.pictured import by_id, named_parameters, pictured

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

    def of_kinds(self) -> str:
        """SQL over `kinds`, with the names of kind_values() in it: all of the filter but the path."""
        wanted = [f"list_contains($asked_{name}, {FACETS[name]})" for name in self.parts if name in FACETS]
        return " AND ".join([*wanted, *([_NAMED] if self.finding else [])]) or "true"

    def kind_values(self) -> dict[str, object]:
        """$name -> value, of of_kinds()."""
        values: dict[str, object] = {f"asked_{name}": [*getattr(self, name)] for name in self.parts if name in FACETS}
        return values | ({"finding": self.finding} if self.finding else {})

    def of_paths(self) -> str:
        """SQL over `paths`, with the names of path_values() in it: the path, whose two parts meet at its last slash."""
        if not self.path:
            return "true"
        if "/" not in self.path:
            return "(contains(folder, lower($path)) OR contains(name, lower($path)))"
        return """(contains(folder, lower($path))
            OR (ends_with(folder, lower($path_folder)) AND starts_with(name, lower($path_name))))"""

    def path_values(self) -> dict[str, object]:
        """$name -> value, of of_paths()."""
        if "/" not in self.path:
            return {"path": self.path} if self.path else {}
        folder, slash, name = self.path.rpartition("/")
        return {"path": self.path, "path_folder": folder + slash, "path_name": name}


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
    found = places.find(connection, wanted, at, length)
    return FilePage(
        _rows(connection, found.following[:length]),
        found.total,
        found.before,
        previous_at=found.earlier[-1] if found.earlier else None,
        next_at=found.following[length] if len(found.following) > length else None,
    )


def _rows(connection: "duckdb.DuckDBPyConnection", chosen: Sequence[int]) -> "pd.DataFrame":
    """What Files shows of these. The numbers stand in the query: then only the row groups that hold them are read."""
    among = ", ".join(map(str, chosen)) or "NULL"
    rows = connection.execute(
        f"""SELECT file_id, path, format, role, size_bytes, problem, shape, series_id FROM listed
            WHERE place IN ({among}) ORDER BY place"""
    ).df()
    # Joined here, they would be looked for among all series.
    names, values = named_parameters(rows["series_id"].dropna().unique())
    series = connection.execute(
        f"SELECT series_id, modality, dimensions FROM series WHERE series_id IN ({names})", values
    ).df()
    return rows.merge(series, "left", "series_id").drop(columns="series_id")


def file_choices(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> dict[str, dict[str, int]]:
    """Facet -> its values and how many files choosing each would list, commonest first.

    A value's count is under the other parts of the filter; one that they leave nothing of is offered with 0.
    """
    remember_files(connection)
    _count_kinds(connection, wanted)
    return {name: _choices(connection, name, wanted.without(name)) for name in FACETS}


def file_relaxations(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> list[tuple[str, int]]:
    """(part of the filter, files there would be without it), the most freeing first; what frees none is left out."""
    remember_files(connection)
    _count_kinds(connection, wanted)
    counts = []
    for part in wanted.parts:
        others = wanted.without(part)
        left = "kept" if others.path else "files"
        ((files,),) = connection.execute(
            f"SELECT coalesce(sum({left}), 0)::BIGINT FROM counted WHERE {others.of_kinds()}", others.kind_values()
        ).fetchall()
        counts.append((part, files))
    return sorted(((part, files) for part, files in counts if files), key=lambda pair: -pair[1])


def _count_kinds(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> None:
    """Make `counted`: each kind, how many `files` are of it, and how many of these the path leaves (`kept`).

    There are a few dozens of kinds: what is asked of millions of files is asked of those.
    """
    searched = (
        f"LEFT JOIN (SELECT kind, count(*) AS found FROM paths WHERE {wanted.of_paths()} GROUP BY kind) USING (kind)"
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE counted AS
            SELECT * EXCLUDE (first_place, files), sum(files) AS files,
                   {"coalesce(any_value(found), 0)" if wanted.path else "sum(files)"} AS kept
            FROM kinds {searched if wanted.path else ""} GROUP BY ALL""",
        wanted.path_values(),
    )


def _choices(connection: "duckdb.DuckDBPyConnection", name: str, others: FileFilter) -> dict[str, int]:
    rows = connection.execute(
        f"""SELECT {FACETS[name]} AS value, coalesce(sum(kept) FILTER ({others.of_kinds()}), 0)::BIGINT
            FROM counted WHERE value IS NOT NULL GROUP BY value ORDER BY sum(files) DESC, value LIMIT {CHOICES}""",
        others.kind_values(),
    ).fetchall()
    return {str(value): int(files) for value, files in rows}


def pictures_at(
    connection: "duckdb.DuckDBPyConnection", paths: Sequence[str], limit: int = 4
) -> list[tuple[bytes, str, str | None]]:
    """(image, modality group, anatomy) of the first series that these paths name, or whose files they are."""
    remember_series(connection)
    # Both lookups stand alone, and so find their few rows by the footers.
    named = {f"path_{number}": path for number, path in enumerate(paths)}
    among = f"path IN ({', '.join(f'${name}' for name in named) or 'NULL'})"
    series = connection.execute(
        f"""SELECT series_id FROM series WHERE {among}
            UNION SELECT series_id FROM files WHERE {among} AND series_id IS NOT NULL""",
        named,
    ).fetchall()
    placed = by_id(connection, (series_id for (series_id,) in series))
    shown = sorted(pictured(connection, placed), key=lambda series: series.path)
    drawn = [(series.image, series.modality_group, series.anatomy) for series in shown if series.image is not None]
    return drawn[:limit]
