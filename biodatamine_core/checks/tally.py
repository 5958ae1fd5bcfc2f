"""Which of a table's rows a condition holds for, and how many: the set and the numbers that every finding says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biodatamine_core.checks.interface import Found
from biodatamine_core.records import Finding, Scope, Severity

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 10
VOLUMES = "role = 'image' AND dimensions IN ('3D', '4D')"
IMAGES = "role = 'image'"

ALL_FILES = "(SELECT *, true AS is_read FROM files)"
ALL_SERIES = "(SELECT *, true AS is_read FROM series)"
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
    """count of looked_at rows are affected; not_judged more could not be told. detail: what else was asked for.

    rows: SQL of the affected rows, with the same conditions that were counted. values: of the $names in it.
    """

    count: int
    looked_at: int
    not_judged: int
    examples: tuple[str, ...]
    detail: Any
    rows: str
    values: Mapping[str, object]

    @property
    def unseen(self) -> str:
        """The end of a message about pixels, of which a scan looks at a part: nothing is claimed about the others."""
        if not self.not_judged:
            return ""
        return f"; the pixels of {self.not_judged:,} more were not looked at"

    def finding(
        self, code: str, severity: Severity, scope: Scope, subject: str, message: str, *, names_examples: bool = True
    ) -> Found:
        """The numbers as a finding, and the set that they count. names_examples: False where a path is the finding."""
        numbers = (self.count, self.looked_at, self.not_judged, self.examples if names_examples else ())
        file_id = "file_id" if scope is Scope.FILE else "NULL::VARCHAR AS file_id"
        return Found(
            Finding(code, severity, scope, subject, message, *numbers),
            f"SELECT series_id, {file_id} FROM {self.rows}",
            self.values,
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
    """One pass over a table, and one more over what is affected.

    among: READ_FILES, READ_SERIES or another relation with `path`, `is_read` and `series_id` (and `file_id`, where
    files are counted). where, affected, judged: SQL conditions on its rows; what was not read, or whose judged is not
    true, is not judged. detail: an SQL aggregate over the affected rows. values: of the $names in the conditions.
    """
    rows = f"""(
        SELECT *, is_judged AND coalesce({affected}, false) AS is_affected
        FROM (SELECT *, coalesce(is_read AND ({judged}), false) AS is_judged FROM {among} WHERE {where})
    )"""
    values = values or {}
    row = connection.execute(
        f"""SELECT count(*) FILTER (is_affected), count(*) FILTER (is_judged), count(*) FILTER (NOT is_judged),
                   {detail} FILTER (is_affected)
            FROM {rows}""",
        values,
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    count, looked_at, not_judged, found = row
    rows = f"(FROM {rows} WHERE is_affected)"
    # Paths are the widest column of all: they are read only where something was found.
    examples = connection.execute(f"SELECT min(path, {EXAMPLES}) FROM {rows}", values).fetchall()[0][0] if count else ()
    return Tally(count, looked_at, not_judged, tuple(examples), found, rows, values)
