"""What a training needs to know of a version: spacing, matrix, sex, age, years, vendors, splits and labels.

Every answer says its base: of how many it is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biodatamine_core import wording
from biodatamine_core.catalog import bins
from biodatamine_core.catalog.named import EACH_SERIES, counted_series, has_series_index

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Bin:
    """One part of a spread: what it is called, how many lie in it.

    values: what Images' filter asks for to show them, where that is not its name.
    """

    name: str
    count: int
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """How many of what, in order. known of whole: for how many there is a value at all; note: beside the base."""

    bins: tuple[Bin, ...]
    known: int
    whole: int
    note: str = ""


MOST_YEARS = 12
"""More years than this are told in spans of equal length."""
# Of series, which know too what a table beside the images says; ten million files would say the same.
_PATIENTS = """(
    SELECT patient_key, any_value(patient_sex) AS sex, median(patient_age_years) AS age FROM series
    WHERE patient_key IS NOT NULL GROUP BY patient_key)"""


def slice_spacing(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Volumes by the gap between neighbouring slices; note: the median."""
    gap, volumes = bins.GAP_MM, "FROM series WHERE role = 'image' AND dimensions IN ('3D', '4D')"
    whole, known, median = connection.execute(f"SELECT count(*), count({gap}), median({gap}) {volumes}").fetchall()[0]
    name, rows = ("spacing", "series_places") if has_series_index(connection) else (bins.SPACING, "series")
    counts = dict(connection.execute(f"SELECT {name}, count(*) FROM {rows} GROUP BY 1").fetchall())
    note = f"median {median:.2g} mm" if known else ""
    return Spread(tuple(Bin(name, counts.get(name, 0)) for name in bins.SPACING_NAMES), known, whole, note)


def ages(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Patients by decade of age at their (middle) series; the last bin is 80 and more."""
    decade = f"CASE WHEN age IS NOT NULL THEN {bins.decade('age')} END"
    counts = dict(connection.execute(f"SELECT {decade}, count(*) FROM {_PATIENTS} GROUP BY 1").fetchall())
    unknown = counts.pop(None, 0)
    known = sum(counts.values())
    return Spread(_filled(bins.DECADE_NAMES, counts), known, known + unknown)


def years(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by year of acquisition, without gaps; long ranges in spans of equal length."""
    whole, known, first, last = connection.execute(
        "SELECT count(*), count(acquisition_year), min(acquisition_year), max(acquisition_year) FROM series"
    ).fetchall()[0]
    if not known:
        return Spread((), 0, whole)
    span = -(-(last - first + 1) // MOST_YEARS)
    found = connection.execute(
        f"""SELECT (acquisition_year - {first:d}) // {span:d} AS bin, count(*) FROM series
            WHERE acquisition_year IS NOT NULL GROUP BY bin"""
    ).fetchall()
    starts = range(first, last + 1, span)
    years_of = [tuple(str(year) for year in range(start, start + span)) for start in starts]
    names = [str(year) if span == 1 else f"{year}–{min(year + span - 1, last) % 100:02}" for year in starts]
    return Spread(_filled(names, dict(found), years_of if span > 1 else None), known, whole)


def sexes(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Patients by sex as the header states it."""
    return _ranked(
        connection, f"CASE WHEN sex IS NOT NULL THEN {bins.sex('sex')} END", f"(SELECT *, 1 AS series FROM {_PATIENTS})"
    )


def vendors(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by maker of the scanner. One maker's spellings are one: "SIEMENS" and "Siemens Healthineers"."""
    return _ranked(connection, bins.VENDOR, counted_series(connection))


def matrices(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by columns × rows."""
    if has_series_index(connection):
        return _ranked(connection, "matrix", "(SELECT matrix, 1 AS series FROM series_places)")
    return _ranked(connection, bins.MATRIX, EACH_SERIES)


def splits(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by split: train, validation, test."""
    return _ranked(connection, "split", counted_series(connection))


def labels(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by class, as their folders name it."""
    return _ranked(connection, "label", counted_series(connection))


def _ranked(connection: "duckdb.DuckDBPyConnection", value: str, counted: str) -> Spread:
    """Bins by their count, largest first. counted: SQL of rows, how many `series` each stands for, and their value."""
    found = connection.execute(
        f"""SELECT {value} AS name, sum(series)::BIGINT AS n FROM {counted} AS counted
            GROUP BY name ORDER BY n DESC, name"""
    ).fetchall()
    known = [(str(name), n) for name, n in found if name is not None]
    return Spread(tuple(Bin(name, n) for name, n in known), sum(n for _, n in known), sum(n for _, n in found))


def _filled(
    names: Sequence[str], counts: dict[int, int], values: Sequence[tuple[str, ...]] | None = None
) -> tuple[Bin, ...]:
    asked = values or [()] * len(names)
    return tuple(Bin(name, int(counts.get(n, 0)), asked[n]) for n, name in enumerate(names))


def base(spread: Spread, noun: str, plural: str | None = None) -> str:
    """What stands beside a panel's title: "868 of 1,042 patients", or "3,216 series" where all are known."""
    if spread.known == spread.whole:
        return wording.counted(spread.whole, noun, plural)
    return f"{wording.count(spread.known)} of {wording.counted(spread.whole, noun, plural)}"
