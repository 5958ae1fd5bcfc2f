"""Series whose header reads well, but whose middle picture cannot be decoded; and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation
from biodatamine_core.records import Finding, ProblemKind, Scope, Severity

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
_TRIED = """
    SELECT series.path, image IS NOT NULL AS is_drawn, thumbnails.problem_kind AS kind, thumbnails.problem AS reason
    FROM thumbnails JOIN series USING (series_id) JOIN files ON files.file_id = series.middle_file_id
    WHERE files.readable
"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    found = connection.execute(
        f"""SELECT kind, count(*), min(path, 10), (SELECT count(*) FROM ({_TRIED})), (SELECT count(*) FROM series)
            FROM ({_TRIED}) WHERE NOT is_drawn GROUP BY kind ORDER BY kind"""
    ).fetchall()
    for kind, count, examples, tried, series in found:
        message = f"The middle picture of {count:,} of {tried:,} series cannot be drawn: {_reasons(connection, kind)}"
        severity = SEVERITIES.get(ProblemKind(kind), Severity.ERROR)
        yield Finding(CODE, severity, Scope.SERIES, kind, message, count, tried, series - tried, tuple(examples))


def _reasons(connection: "duckdb.DuckDBPyConnection", kind: str) -> str:
    """The commonest reasons with their counts: "No decoder reads JPEG XL (2); others (1)"."""
    rows = connection.execute(
        f"""SELECT reason, count(*) AS times FROM ({_TRIED}) WHERE NOT is_drawn AND kind = ?
            GROUP BY reason ORDER BY times DESC, reason""",
        [kind],
    ).fetchall()
    named = [f"{reason.rstrip('.')} ({times:,})" for reason, times in rows[:NAMED_REASONS]]
    rest = sum(times for _, times in rows[NAMED_REASONS:])
    return "; ".join([*named, *([f"others ({rest:,})"] if rest else [])])
