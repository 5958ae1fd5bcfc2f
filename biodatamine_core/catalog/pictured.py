"""Series with their pictures, looked up one by one: by their numbers in the index, never by a look at all of them.

The connection has `placed` and `marked`; see named.remember_series().
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Placed:
    """A series, and the row of thumbnails that is its; None where there is none."""

    series_id: str
    thumbnail: int | None


@dataclass(frozen=True, slots=True)
class Pictured:
    """A row of series as pages draw it. image: None where none could be drawn, then problem says why."""

    series_id: str
    path: str
    modality: str
    modality_group: str
    anatomy: str | None
    dimensions: str | None
    shape: tuple[int, ...]
    findings: tuple[str, ...]
    image: bytes | None
    problem: str | None


def by_number(connection: "duckdb.DuckDBPyConnection", numbers: Sequence[int]) -> dict[int, Placed]:
    """`by_id` -> its series. The numbers stand in the query: then only the row groups that hold them are read."""
    among = ", ".join(map(str, numbers)) or "NULL"
    found = connection.execute(f"SELECT by_id, series_id, thumbnail FROM placed WHERE by_id IN ({among})").fetchall()
    return {number: Placed(series_id, thumbnail) for number, series_id, thumbnail in found}


def by_id(connection: "duckdb.DuckDBPyConnection", series_ids: Iterable[str]) -> list[Placed]:
    """The series with these ids, in no order."""
    names, values = named_parameters(series_ids)
    found = connection.execute(f"SELECT series_id, thumbnail FROM placed WHERE series_id IN ({names})", values)
    return [Placed(series_id, thumbnail) for series_id, thumbnail in found.fetchall()]


def pictured(connection: "duckdb.DuckDBPyConnection", placed: Sequence[Placed]) -> list[Pictured]:
    """These series, in this order."""
    names, values = named_parameters(series.series_id for series in placed)
    drawn = ", ".join(str(series.thumbnail) for series in placed if series.thumbnail is not None) or "NULL"
    # One after the other: both unpack some twenty row groups for a page, and need not do it at once.
    rows = connection.execute(
        f"""SELECT series_id, path, modality, modality_group, coalesce(anatomy, anatomy_zones[1]), dimensions, shape,
                   findings
            FROM marked WHERE series_id IN ({names})""",
        values,
    ).fetchall()
    pictures = connection.execute(
        f"SELECT series_id, image, problem FROM thumbnail_rows WHERE file_row_number IN ({drawn})"
    ).fetchall()
    image_of = {series_id: (image, problem) for series_id, image, problem in pictures}
    found = {
        series_id: Pictured(
            series_id, path, modality, group, anatomy, dimensions, tuple(shape or ()), tuple(findings or ()),
            *image_of.get(series_id, (None, None)),
        )
        for series_id, path, modality, group, anatomy, dimensions, shape, findings in rows
    }  # fmt: skip
    return [found[series.series_id] for series in placed]


def named_parameters(series_ids: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Names of parameters for a list in SQL, and their values."""
    values = {f"id_{number}": series_id for number, series_id in enumerate(series_ids)}
    return ", ".join(f"${name}" for name in values) or "NULL", values
