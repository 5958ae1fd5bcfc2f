"""Files of zero bytes; under an image's name they are the finding of placeholder-file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.placeholder_file import IS_EMPTY_IMAGE
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.records import ProblemKind, Scope, Severity
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


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    is_empty = f"problem_kind = '{ProblemKind.EMPTY}' AND NOT {IS_EMPTY_IMAGE}"
    found = tally(connection, ALL_FILES, "true", is_empty)
    if found.count:
        message = f"{found.count:,} of {counted(found.looked_at, 'file')} {'is' if found.count == 1 else 'are'} empty"
        yield found.finding(CODE, Severity.WARNING, Scope.FILE, "", message)
