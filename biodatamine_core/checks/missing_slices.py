"""Volumes with holes: slices that are missing between their neighbours."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_SERIES, VOLUMES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "missing-slices"
EXPLANATION = Explanation(
    title="Volumes with missing slices",
    why="Stacked without its missing slices, a volume is squeezed at the hole: organs are cut, and every distance "
    "across it is wrong.",
    what_to_do="Fetch the missing files, cut the volume at the hole, or resample it by position.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found = tally(
        connection,
        ALL_SERIES,
        VOLUMES,
        "missing_slices > 0",
        judged="missing_slices IS NOT NULL",
        detail="sum(missing_slices)",
    )
    if found.count:
        lack = "lacks" if found.count == 1 else "lack"
        message = f"{found.count:,} of {counted(found.looked_at, 'volume')} {lack} slices, {int(found.detail):,} in all"
        yield found.finding(CODE, Severity.WARNING, Scope.SERIES, "", message)
