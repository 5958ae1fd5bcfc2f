"""Questions about one series: its rows, its clues, its findings."""

from dataclasses import fields
from typing import TYPE_CHECKING

from biodatamine_core import tables
from biodatamine_core.errors import NotFound
from biodatamine_core.records import Clue, FileRecord, SeriesRecord, Strength

if TYPE_CHECKING:
    import duckdb


def series(connection: "duckdb.DuckDBPyConnection", series_id: str) -> SeriesRecord:
    """One row of `series`. Raises NotFound."""
    names = [field.name for field in fields(SeriesRecord)]
    rows = connection.execute(f"SELECT {', '.join(names)} FROM series WHERE series_id = ?", [series_id]).fetchall()
    if not rows:
        raise NotFound("This dataset has no such series; a newer version may have grouped its files in another way.")
    record: SeriesRecord = next(iter(tables.from_rows("series", names, rows)))
    return record


def masks(connection: "duckdb.DuckDBPyConnection", image: SeriesRecord) -> list[SeriesRecord]:
    """The series that are masks of this one, by path."""
    names = [field.name for field in fields(SeriesRecord)]
    found = connection.execute(
        f"SELECT {', '.join(names)} FROM series WHERE list_contains(?, series_id) ORDER BY path, series_id",
        [list(image.mask_series_ids or ())],
    )
    return list(tables.from_rows("series", names, found.fetchall()))


def files(connection: "duckdb.DuckDBPyConnection", series_id: str) -> list[FileRecord]:
    """Its rows of `files`, by path."""
    names = [field.name for field in fields(FileRecord)]
    # Files of a series lie near each other: the numbers let the row groups of all others be passed over.
    span = connection.execute(
        "SELECT first_file, last_file FROM series_places WHERE series_id = ? AND first_file IS NOT NULL", [series_id]
    ).fetchone()
    within = f"AND place BETWEEN {span[0]:d} AND {span[1]:d}" if span else ""
    found = connection.execute(
        f"SELECT {', '.join(names)} FROM files WHERE series_id = ? {within} ORDER BY path, occurrence", [series_id]
    )
    return list(tables.from_rows("files", names, found.fetchall()))


def clues(connection: "duckdb.DuckDBPyConnection", series_id: str) -> list[Clue]:
    """Why we think so: modality, sequence, contrast, anatomy, of each the strongest first."""
    names = [field.name for field in fields(Clue)]
    order = [strength.value for strength in Strength]
    found = connection.execute(
        f"SELECT {', '.join(names)} FROM clues WHERE series_id = ?"
        " ORDER BY list_position(['modality', 'sequence', 'contrast', 'anatomy'], about), list_position(?, strength),"
        " source, value",
        [series_id, order],
    )
    return list(tables.from_rows("clues", names, found.fetchall()))
