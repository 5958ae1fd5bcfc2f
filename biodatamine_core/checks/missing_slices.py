"""Volumes with holes: slices that are missing between their neighbours."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation
from biodatamine_core.records import Finding, Scope, Severity
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


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    row = connection.execute(
        """SELECT count(*) FILTER (missing_slices > 0), count(missing_slices),
                  count(*) FILTER (missing_slices IS NULL), coalesce(sum(missing_slices), 0)::BIGINT,
                  min(path, 10) FILTER (missing_slices > 0)
           FROM series WHERE role = 'image' AND dimensions IN ('3D', '4D')"""
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    count, looked_at, not_judged, slices, examples = row
    if count:
        subject = examples[0] if count == 1 else ""
        lack = "lacks" if count == 1 else "lack"
        message = f"{count:,} of {counted(looked_at, 'volume')} {lack} slices, {slices:,} in all"
        yield Finding(
            CODE, Severity.WARNING, Scope.SERIES, subject, message, count, looked_at, not_judged, tuple(examples)
        )
