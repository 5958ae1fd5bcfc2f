"""Volumes in which several slices lie in one place, and nothing says why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_SERIES, VOLUMES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "duplicate-positions"
EXPLANATION = Explanation(
    title="Several slices in one place",
    why="Stacked by name or number, such a volume is too long and steps back and forth. It usually is two "
    "reconstructions, or one export made twice, under one series.",
    what_to_do="Look at the slices of one place: keep one of each, or split the series by what tells them apart.",
)

# Copies that agree in every byte are the finding of duplicate-file. Counted by groups, which DuckDB keeps on disk where
# they are many; it would hold the distinct values of an aggregate.
_BESIDE_COPIES = f"""(
    SELECT judged.*, duplicate_positions - coalesce(copies, 0) AS repeated
    FROM {READ_SERIES} AS judged LEFT JOIN (
        SELECT series_id, sum(alike - 1)::BIGINT AS copies FROM (
            SELECT series_id, count(*) AS alike FROM files
            SEMI JOIN (FROM series WHERE duplicate_positions > 0) USING (series_id)
            GROUP BY series_id, coalesce(content_hash, file_id) HAVING count(*) > 1
        ) GROUP BY series_id
    ) USING (series_id)
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found = tally(
        connection,
        _BESIDE_COPIES,
        VOLUMES,
        "repeated > 0",
        judged="duplicate_positions IS NOT NULL",
        detail="sum(repeated)",
    )
    if found.count:
        has = "has" if found.count == 1 else "have"
        slices = f"{counted(int(found.detail), 'slice')} where another one lies"
        message = f"{found.count:,} of {counted(found.looked_at, 'volume')} {has} {slices}"
        yield found.finding(CODE, Severity.WARNING, Scope.SERIES, "", message)
