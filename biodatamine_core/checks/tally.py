"""How many of a table's rows a condition holds for: the numbers that every finding says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biodatamine_core.records import Finding, Scope, Severity

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 10
VOLUMES = "role = 'image' AND dimensions IN ('3D', '4D')"
IMAGES = "role = 'image'"

READ_FILES = "(SELECT *, readable AS is_read FROM files)"
# A series of which no file could be read has its finding already: one cause, one finding.
READ_SERIES = """(
    SELECT series.*, unread.series_id IS NULL AS is_read
    FROM series LEFT JOIN (
        SELECT series_id FROM files WHERE series_id IS NOT NULL GROUP BY series_id HAVING NOT bool_or(readable)
    ) AS unread USING (series_id)
)"""
"""What a check counts among, with `is_read`: whether anything of the row could be read."""


@dataclass(frozen=True, slots=True)
class Tally:
    """count of looked_at rows are affected; not_judged more could not be told. detail: what else was asked for."""

    count: int
    looked_at: int
    not_judged: int
    examples: tuple[str, ...]
    detail: Any

    def finding(self, code: str, severity: Severity, scope: Scope, subject: str, message: str) -> Finding:
        return Finding(
            code, severity, scope, subject, message, self.count, self.looked_at, self.not_judged, self.examples
        )


def tally(
    connection: "duckdb.DuckDBPyConnection",
    among: str,
    where: str,
    affected: str,
    judged: str = "true",
    detail: str = "count(*)",
    values: Mapping[str, object] | None = None,
) -> Tally:
    """One pass over a table.

    among: READ_FILES, READ_SERIES or another relation with `path` and `is_read`. where, affected, judged: SQL
    conditions on its rows; what was not read, or whose judged is not true, is not judged. detail: an SQL aggregate
    over the affected rows. values: of the $names in the conditions.
    """
    row = connection.execute(
        f"""SELECT count(*) FILTER (is_affected), count(*) FILTER (is_judged), count(*) FILTER (NOT is_judged),
                   coalesce(min(path, {EXAMPLES}) FILTER (is_affected), []), {detail} FILTER (is_affected)
            FROM (
                SELECT *, is_judged AND coalesce({affected}, false) AS is_affected
                FROM (SELECT *, coalesce(is_read AND ({judged}), false) AS is_judged FROM {among} WHERE {where})
            )""",
        values or {},
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    count, looked_at, not_judged, examples, found = row
    return Tally(count, looked_at, not_judged, tuple(examples), found)
