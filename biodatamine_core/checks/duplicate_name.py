"""Archives that hold the same path more than once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "duplicate-name"
EXPLANATION = Explanation(
    title="The same path twice in one archive",
    why="Whoever unpacks the archive keeps only one of the files, and which one depends on the program. Here all "
    "of them are read.",
    what_to_do="Compare the files of that path, and ask for an archive without repetitions.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found = tally(connection, ALL_FILES, "true", "occurrence > 0")
    if found.count:
        has = "has" if found.count == 1 else "have"
        message = f"{found.count:,} of {counted(found.looked_at, 'file')} {has} the path of an earlier one"
        yield found.finding(CODE, Severity.NOTE, Scope.FILE, "", message)
