"""What a training needs to know of a version: spacing, matrix, sex, age, years, vendors, splits and labels.

Every answer says its base: of how many it is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from biodatamine_core import wording
from biodatamine_core.catalog import IMAGE_FILE

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Bin:
    """One part of a spread: what it is called, how many lie in it."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How many of what, in order. known of whole: for how many there is a value at all; note: beside the base."""

    bins: tuple[Bin, ...]
    known: int
    whole: int
    note: str = ""


SPACING_EDGES_MM = (0.6, 1.0, 1.5, 2.5, 4.0, 6.0)
"""Slice spacing: isotropic research volumes, thin clinical slices, the usual 3 and 5 mm, and beyond."""
MOST_YEARS = 12
"""More years than this are told in spans of equal length."""
_PATIENTS = f"""(
    SELECT patient_key, any_value(patient_sex) AS sex, median(patient_age_years) AS age FROM files
    WHERE patient_key IS NOT NULL AND {IMAGE_FILE} GROUP BY patient_key)"""


def slice_spacing(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Volumes by the gap between neighbouring slices; note: the median."""
    volumes = "FROM series WHERE role = 'image' AND dimensions IN ('3D', '4D')"
    names = [f"≤ {SPACING_EDGES_MM[0]:g}"]
    names += [f"{low:g}–{high:g}" for low, high in pairwise(SPACING_EDGES_MM)]
    names += [f"> {SPACING_EDGES_MM[-1]:g}"]
    # A spacing of 1.0000001 mm is one of 1 mm.
    gap = "nullif(round(abs(coalesce(slice_spacing_mm, spacing_mm[3])), 3), 0)"
    whole, known, median = connection.execute(f"SELECT count(*), count({gap}), median({gap}) {volumes}").fetchall()[0]
    number = " + ".join(f"({gap} > {edge})::INT" for edge in SPACING_EDGES_MM)
    found = connection.execute(
        f"SELECT {number} AS bin, count(*) {volumes} AND {gap} IS NOT NULL GROUP BY bin"
    ).fetchall()
    note = f"median {median:.2g} mm" if known else ""
    return Spread(_filled(names, dict(found)), known, whole, note)


def ages(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Patients by decade of age at their (middle) image; the last bin is 80 and more."""
    whole, known = connection.execute(f"SELECT count(*), count(age) FROM {_PATIENTS}").fetchall()[0]
    decade = "least(greatest(age, 0) // 10, 8)::INT"
    found = connection.execute(f"SELECT {decade}, count(*) FROM {_PATIENTS} WHERE age IS NOT NULL GROUP BY 1")
    names = [*(str(years) for years in range(0, 80, 10)), "80+"]
    return Spread(_filled(names, dict(found.fetchall())), known, whole)


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
    names = [str(year) if span == 1 else f"{year}–{min(year + span - 1, last) % 100:02}" for year in starts]
    return Spread(_filled(names, dict(found)), known, whole)


def sexes(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Patients by sex as the header states it."""
    name = "CASE upper(sex) WHEN 'F' THEN 'Female' WHEN 'M' THEN 'Male' ELSE 'Stated otherwise' END"
    whole = connection.execute(f"SELECT count(*) FROM {_PATIENTS}").fetchall()[0][0]
    return _ranked(connection, f"SELECT {name} FROM {_PATIENTS} WHERE sex IS NOT NULL", whole)


def vendors(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by maker of the scanner. One maker's spellings are one: "SIEMENS" and "Siemens Healthineers"."""
    whole = connection.execute("SELECT count(*) FROM series").fetchall()[0][0]
    cases = " ".join(f"WHEN regexp_matches(stated, '\\b{word}\\b') THEN '{name}'" for word, name in _VENDORS.items())
    named = f"CASE {cases} ELSE manufacturer END"
    source = "SELECT manufacturer, lower(manufacturer) AS stated FROM series WHERE manufacturer IS NOT NULL"
    return _ranked(connection, f"SELECT {named} FROM ({source})", whole)


_VENDORS = {
    "siemens": "Siemens",
    "ge medical": "GE",
    "ge healthcare": "GE",
    "philips": "Philips",
    "toshiba": "Canon / Toshiba",
    "canon": "Canon / Toshiba",
    "hitachi": "Hitachi",
    "fujifilm": "Fujifilm",
    "hologic": "Hologic",
}
"""Whole words by which makers sign in Manufacturer (0008,0070), and what people call them."""


def matrices(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by columns × rows."""
    whole = connection.execute("SELECT count(*) FROM series").fetchall()[0][0]
    return _ranked(connection, "SELECT shape[1] || ' × ' || shape[2] FROM series WHERE len(shape) >= 2", whole)


def splits(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by split: train, validation, test."""
    whole = connection.execute("SELECT count(*) FROM series").fetchall()[0][0]
    return _ranked(connection, "SELECT split FROM series WHERE split IS NOT NULL", whole)


def labels(connection: "duckdb.DuckDBPyConnection") -> Spread:
    """Series by class, as their folders name it."""
    whole = connection.execute("SELECT count(*) FROM series").fetchall()[0][0]
    return _ranked(connection, "SELECT label FROM series WHERE label IS NOT NULL", whole)


def _ranked(connection: "duckdb.DuckDBPyConnection", values: str, whole: int) -> Spread:
    """Bins by their count, largest first. values: SQL of one column, without nulls."""
    found = connection.execute(
        f"SELECT name, count(*) AS n FROM ({values}) AS valued(name) GROUP BY name ORDER BY n DESC, name"
    ).fetchall()
    return Spread(tuple(Bin(str(name), int(n)) for name, n in found), sum(n for _, n in found), whole)


def _filled(names: Sequence[str], counts: dict[int, int]) -> tuple[Bin, ...]:
    return tuple(Bin(name, int(counts.get(number, 0))) for number, name in enumerate(names))


def base(spread: Spread, noun: str, plural: str | None = None) -> str:
    """What stands beside a panel's title: "868 of 1,042 patients", or "3,216 series" where all are known."""
    if spread.known == spread.whole:
        return wording.counted(spread.whole, noun, plural)
    return f"{wording.count(spread.known)} of {wording.counted(spread.whole, noun, plural)}"
