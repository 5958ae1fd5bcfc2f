"""Files of zero bytes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation
from biodatamine_core.records import Finding, ProblemKind, Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "empty-file"
EXPLANATION = Explanation(
    title="Empty files",
    why="A file of zero bytes is usually a copy that failed, or a placeholder for data that lies elsewhere. A file "
    "list counts it as an image; a training run stops at it.",
    what_to_do="Fetch these files again, or leave them out.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    row = connection.execute(
        f"""SELECT count(*) FILTER (is_empty), count(*), min(path, 10) FILTER (is_empty)
            FROM (SELECT path, problem_kind IS NOT DISTINCT FROM '{ProblemKind.EMPTY}' AS is_empty FROM files)"""
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    count, files, examples = row
    if count:
        message = f"{count:,} of {counted(files, 'file')} {'is' if count == 1 else 'are'} empty"
        yield Finding(CODE, Severity.WARNING, Scope.FILE, "", message, count, files, examples=tuple(examples))
