"""Archives that hold the same path more than once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation
from biodatamine_core.records import Finding, Scope, Severity
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


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    row = connection.execute(
        """SELECT count(*) FILTER (occurrence > 0), count(*), min(path, 10) FILTER (occurrence > 0) FROM files"""
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    count, files, examples = row
    if count:
        message = f"{count:,} of {counted(files, 'file')} {'has' if count == 1 else 'have'} the path of an earlier one"
        yield Finding(CODE, Severity.NOTE, Scope.FILE, "", message, count, files, examples=tuple(examples))
