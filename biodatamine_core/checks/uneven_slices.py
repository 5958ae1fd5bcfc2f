"""Volumes whose slices lie at uneven distances, though none is missing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_SERIES, VOLUMES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "uneven-slices"
EXPLANATION = Explanation(
    title="Slices at uneven distances",
    why="A volume is stored with one spacing. Where the slices lie unevenly, every tool that stacks them bends the "
    "anatomy without a word.",
    what_to_do="Resample these volumes by the position of each slice, or leave them out.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """Holes that are whole multiples of the gap belong to missing-slices."""
    found = tally(
        connection,
        READ_SERIES,
        VOLUMES,
        "NOT uniform_slice_spacing AND coalesce(missing_slices, 0) = 0",
        judged="uniform_slice_spacing IS NOT NULL",
    )
    if found.count:
        has = "has" if found.count == 1 else "have"
        message = f"{found.count:,} of {counted(found.looked_at, 'volume')} {has} slices at uneven distances"
        yield found.finding(CODE, Severity.WARNING, Scope.SERIES, "", message)
