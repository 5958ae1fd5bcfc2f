"""Files of zero bytes; under an image's name they are the finding of placeholder-file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation
from biodatamine_core.checks.placeholder_file import IS_EMPTY_IMAGE
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
    is_empty = f"problem_kind IS NOT DISTINCT FROM '{ProblemKind.EMPTY}' AND NOT {IS_EMPTY_IMAGE}"
    row = connection.execute(
        f"""SELECT count(*) FILTER (is_empty), count(*), min(path, 10) FILTER (is_empty)
            FROM (SELECT path, {is_empty} AS is_empty FROM files)"""
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    count, files, examples = row
    if count:
        message = f"{count:,} of {counted(files, 'file')} {'is' if count == 1 else 'are'} empty"
        yield Finding(CODE, Severity.WARNING, Scope.FILE, "", message, count, files, examples=tuple(examples))
