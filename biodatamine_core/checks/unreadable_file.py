"""Files that no reader could read, or not wholly."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.checks.truncated_pixels import IS_CUT_IMAGE
from biodatamine_core.records import ProblemKind, Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "unreadable-file"
EXPLANATION = Explanation(
    title="Files that could not be read",
    why="A file that ends early or is damaged stops a training run hours after its start, or is skipped without a "
    "word. A file of an unknown format may be an image that nobody counts.",
    what_to_do="Download damaged files again, or leave them out by name. Look at what the unknown ones are before you "
    "trust the counts.",
)

NAMED_ENDINGS = 5


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a kind of problem is told, after "38 of 12,482 files"."""

    severity: Severity
    plural: str
    singular: str


MEANINGS = {
    ProblemKind.TRUNCATED: Meaning(Severity.ERROR, "end too early", "ends too early"),
    ProblemKind.CORRUPT: Meaning(Severity.ERROR, "are damaged", "is damaged"),
    ProblemKind.MISSING_PART: Meaning(
        Severity.ERROR, "are headers without their data file", "is a header without its data file"
    ),
    ProblemKind.UNSUPPORTED: Meaning(
        Severity.WARNING, "are of a kind that cannot be read here", "is of a kind that cannot be read here"
    ),
    ProblemKind.UNKNOWN_FORMAT: Meaning(
        Severity.NOTE, "have a format that no reader knows", "has a format that no reader knows"
    ),
}
"""Empty files, refused members and images cut in their pixels have checks of their own: one cause, one finding."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    for kind, meaning in MEANINGS.items():
        found = tally(connection, ALL_FILES, "true", f"problem_kind = '{kind}' AND NOT {IS_CUT_IMAGE}")
        if found.count:
            verb = meaning.singular if found.count == 1 else meaning.plural
            message = f"{found.count:,} of {counted(found.looked_at, 'file')} {verb}"
            if kind is ProblemKind.UNKNOWN_FORMAT:
                message += f": {_endings(connection)}"
            yield found.finding(CODE, meaning.severity, Scope.FILE, kind, message)


def _endings(connection: "duckdb.DuckDBPyConnection") -> str:
    """ ".xyz (3), without ending (1)". Only what looks like an ending is quoted: a file name may carry a name."""
    found = connection.execute(
        r"""SELECT regexp_extract(lower(path), '[^/]\.([a-z0-9]{1,8})$', 1) AS ending, count(*) AS files
            FROM files WHERE problem_kind = ? GROUP BY ending ORDER BY files DESC, ending""",
        [ProblemKind.UNKNOWN_FORMAT],
    ).fetchall()
    named = [f"{f'.{ending}' if ending else 'without ending'} ({files:,})" for ending, files in found[:NAMED_ENDINGS]]
    rest = sum(files for _, files in found[NAMED_ENDINGS:])
    return ", ".join([*named, *([f"others ({rest:,})"] if rest else [])])
