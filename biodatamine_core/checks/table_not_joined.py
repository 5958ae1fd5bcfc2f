"""Tables beside images that are too large to be joined to them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.readers.table_facts import MOST_BYTES, MOST_ROWS
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "table-not-joined"
EXPLANATION = Explanation(
    title="Tables that were not joined",
    why="A table beside images often names their patient, sex, age or body part. What a table says that is over the "
    "limit is missing here, so that a patient may seem to be unknown who is not.",
    what_to_do="Split the table, for example into one for each split, or keep only the columns on files, patients and "
    "what the images show; then scan again.",
)

LIMITS = {"bytes": f"{MOST_BYTES >> 20} MB", "rows": f"{MOST_ROWS:,} rows"}


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    among = f"(SELECT *, EXISTS (FROM files WHERE role = 'image') AS has_images FROM {ALL_FILES})"
    for limit, said in LIMITS.items():
        found = tally(
            connection,
            among,
            "format IN ('CSV', 'TSV') AND has_images",
            "table_limit = $limit",
            values={"limit": limit},
        )
        if found.count:
            was = "was" if found.count == 1 else "were"
            tables = counted(found.looked_at, "table")
            message = f"{found.count:,} of {tables} {was} not joined to the images: more than {said}"
            yield found.finding(CODE, Severity.NOTE, Scope.FILE, limit, message)
