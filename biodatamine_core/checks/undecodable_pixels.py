"""Series whose header reads well, but whose middle picture cannot be decoded; and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import tally
from biodatamine_core.records import ProblemKind, Scope, Severity

if TYPE_CHECKING:
    import duckdb

CODE = "undecodable-pixels"
EXPLANATION = Explanation(
    title="Pixels that cannot be decoded",
    why="The header reads well, so that the image is counted, but its pixels are damaged or packed in a way that the "
    "usual libraries do not unpack. A training run stops at it, or skips it without a word.",
    what_to_do="Convert what is compressed in a rare way, and fetch damaged files again; the reason is in the message "
    "and, for each series, in the table thumbnails.",
)

NAMED_REASONS = 3
SEVERITIES = {ProblemKind.UNSUPPORTED: Severity.WARNING, ProblemKind.TOO_LARGE: Severity.NOTE}
"""Anything else is damage: an error."""

# A file that is known to be cut or damaged has its finding already: one cause, one finding.
_TRIED = """(
    SELECT series.series_id, series.path,
           coalesce(files.readable AND thumbnails.series_id IS NOT NULL, false) AS is_read,
           thumbnails.series_id IS NOT NULL AND image IS NULL AS is_undrawn, thumbnails.problem_kind AS kind,
           thumbnails.problem AS reason
    FROM series LEFT JOIN thumbnails USING (series_id) LEFT JOIN files ON files.file_id = series.middle_file_id
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    kinds = connection.execute(
        f"SELECT DISTINCT kind FROM {_TRIED} WHERE is_read AND is_undrawn ORDER BY kind"
    ).fetchall()
    for (kind,) in kinds:
        found = tally(connection, _TRIED, "true", "is_undrawn AND kind = $kind", values={"kind": kind})
        message = (
            f"The middle picture of {found.count:,} of {found.looked_at:,} series cannot be drawn: "
            f"{_reasons(connection, kind)}"
        )
        yield found.finding(CODE, SEVERITIES.get(ProblemKind(kind), Severity.ERROR), Scope.SERIES, kind, message)


def _reasons(connection: "duckdb.DuckDBPyConnection", kind: str) -> str:
    """The commonest reasons with their counts: "No decoder reads JPEG XL (2); others (1)"."""
    rows = connection.execute(
        f"""SELECT reason, count(*) AS times FROM {_TRIED} WHERE is_read AND is_undrawn AND kind = ?
            GROUP BY reason ORDER BY times DESC, reason""",
        [kind],
    ).fetchall()
    named = [f"{reason.rstrip('.')} ({times:,})" for reason, times in rows[:NAMED_REASONS]]
    rest = sum(times for _, times in rows[NAMED_REASONS:])
    return "; ".join([*named, *([f"others ({rest:,})"] if rest else [])])
