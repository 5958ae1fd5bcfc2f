"""Every file of a version, a page at a time: the filter of Files as a value and as SQL, paged by key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from biodatamine_core.catalog.named import remember_named

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

_ASKED = "code = $finding_code AND ($finding_subject IS NULL OR subject = $finding_subject)"
_NAMED = f"""(
    file_id IN (SELECT file_id FROM named WHERE {_ASKED} AND file_id IS NOT NULL)
    OR series_id IN (SELECT series_id FROM named WHERE {_ASKED} AND file_id IS NULL))"""
"""SQL: the files that a finding counts, and those of the series that it counts; see named.remember_named()."""


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
        """SQL over `files`, with the names of values() in it."""
        wanted = [f"list_contains($asked_{name}, {FACETS[name]})" for name in self.parts if name in FACETS]
        wanted += [_NAMED] if self.finding else []
        wanted += ["contains(lower(path), lower($path))"] if self.path else []
        return " AND ".join(wanted) or "true"

    def values(self) -> dict[str, object]:
        """$name -> value, of condition()."""
        values: dict[str, object] = {f"asked_{name}": [*getattr(self, name)] for name in self.parts if name in FACETS}
        if self.finding:
            code, _, subject = self.finding.partition(":")
            values |= {"finding_code": code, "finding_subject": subject or None}
        return values | ({"path": self.path} if self.path else {})


@dataclass(frozen=True, slots=True)
class FilePage:
    """Rows `before + 1` to `before + len(rows)` of `total`, by path; the file ids open the pages beside it."""

    rows: "pd.DataFrame"
    total: int
    before: int = 0
    previous_at: str | None = None
    next_at: str | None = None


def file_page(
    connection: "duckdb.DuckDBPyConnection", wanted: FileFilter, at: str | None = None, length: int = 100
) -> FilePage:
    """The page that begins with the file `at`, or with the first one. An `at` that is not there: the start."""
    remember_named(connection)
    place = connection.execute("SELECT path FROM files WHERE file_id = $at", {"at": at}).fetchone() if at else None
    key = {"key": place[0], "at": at} if place else {}
    earlier = "(path < $key OR (path = $key AND file_id < $at))" if key else "false"
    total, before = connection.execute(
        f"SELECT count(*), count(*) FILTER ({earlier}) FROM files WHERE {wanted.condition()}",
        {**wanted.values(), **key},
    ).fetchall()[0]
    rows = connection.execute(
        f"""WITH listed AS (SELECT file_id FROM files WHERE {wanted.condition()} AND NOT {earlier}
                            ORDER BY path, file_id LIMIT {length + 1:d})
            SELECT file_id, files.path, files.format, files.role, files.size_bytes, files.problem, modality, dimensions,
                   files.shape
            FROM listed JOIN files USING (file_id) LEFT JOIN series USING (series_id) ORDER BY files.path, file_id""",
        {**wanted.values(), **key},
    ).df()
    previous = connection.execute(
        f"""SELECT file_id FROM files WHERE {wanted.condition()} AND {earlier}
            ORDER BY path DESC, file_id DESC LIMIT {length:d}""",
        {**wanted.values(), **key},
    ).fetchall()
    return FilePage(
        rows.head(length),
        total,
        before,
        previous_at=previous[-1][0] if previous else None,
        next_at=str(rows["file_id"].iloc[length]) if len(rows) > length else None,
    )


def file_choices(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> dict[str, dict[str, int]]:
    """Facet -> its values and how many files choosing each would list, commonest first.

    A value's count is under the other parts of the filter; one that they leave nothing of is offered with 0.
    """
    remember_named(connection)
    offered = {}
    for name, value in FACETS.items():
        others = wanted.without(name)
        rows = connection.execute(
            f"""SELECT value, count(*) FILTER (is_kept), count(*) AS of_all
                FROM (SELECT {value} AS value, {others.condition()} AS is_kept FROM files)
                WHERE value IS NOT NULL GROUP BY value ORDER BY of_all DESC, value LIMIT {CHOICES}""",
            others.values(),
        ).fetchall()
        offered[name] = {str(value): int(kept) for value, kept, _ in rows}
    return offered


def file_relaxations(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> list[tuple[str, int]]:
    """(part of the filter, files there would be without it), the most freeing first; what frees none is left out."""
    remember_named(connection)
    counts = []
    for part in wanted.parts:
        rest = wanted.without(part)
        row = connection.execute(f"SELECT count(*) FROM files WHERE {rest.condition()}", rest.values()).fetchall()[0]
        counts.append((part, int(row[0])))
    return sorted(((part, files) for part, files in counts if files), key=lambda pair: -pair[1])


def pictures_at(
    connection: "duckdb.DuckDBPyConnection", paths: Sequence[str], limit: int = 4
) -> list[tuple[bytes, str, str | None]]:
    """(WebP, modality group, anatomy) of the first series that these paths name, or whose files they are."""
    return connection.execute(
        f"""SELECT image, modality_group, coalesce(anatomy, anatomy_zones[1]) FROM series
            JOIN thumbnails USING (series_id)
            WHERE image IS NOT NULL AND (list_contains($paths, path)
                OR series_id IN (SELECT series_id FROM files WHERE list_contains($paths, path)))
            ORDER BY path LIMIT {limit:d}""",
        {"paths": list(paths)},
    ).fetchall()
