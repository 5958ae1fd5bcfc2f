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

# Copies that agree in every byte are the finding of duplicate-file.
_BESIDE_COPIES = f"""(
    SELECT judged.*, duplicate_positions - coalesce(copies, 0) AS repeated
    FROM {READ_SERIES} AS judged LEFT JOIN (
        SELECT series_id, count(*) - count(DISTINCT coalesce(content_hash, file_id)) AS copies
        FROM files WHERE series_id IS NOT NULL GROUP BY series_id HAVING count(*) > 1
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
