"""Members that an archive holds but that were not read: locked, unsafe, or not what the archive says they are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.records import ProblemKind, Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "refused-member"
EXPLANATION = Explanation(
    title="Files that were refused",
    why="They are listed but were not read, so nothing on these pages speaks of them. A wrong size or checksum means "
    "that the archive was damaged on its way.",
    what_to_do="Download a damaged archive again. Unpack a locked one and add the folder. Ask who made an archive with "
    "paths that climb out of it.",
)

MEANINGS = {
    ProblemKind.ENCRYPTED: (Severity.ERROR, "locked with a password"),
    ProblemKind.WRONG_CHECKSUM: (Severity.ERROR, "other bytes than the archive's checksum states"),
    ProblemKind.WRONG_SIZE: (Severity.ERROR, "not as long as the archive states"),
    ProblemKind.TOO_LARGE: (Severity.ERROR, "larger once unpacked than is allowed"),
    ProblemKind.UNSAFE_PATH: (Severity.WARNING, "a path that leads out of the archive"),
    ProblemKind.LINK: (Severity.NOTE, "a link, which is not followed"),
}
"""How bad each refusal is, and how it is told after "3 of 12,482 files were refused: "."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    for kind, (severity, words) in MEANINGS.items():
        found = tally(connection, ALL_FILES, "true", f"problem_kind = '{kind}'")
        if found.count:
            was = "was" if found.count == 1 else "were"
            message = f"{found.count:,} of {counted(found.looked_at, 'file')} {was} refused: {words}"
            yield found.finding(CODE, severity, Scope.FILE, kind, message)
