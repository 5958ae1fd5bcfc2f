"""Images that nobody can be named for: no split by patient can be made."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "image-without-patient"
EXPLANATION = Explanation(
    title="Images without a patient",
    why="Several images of one patient must lie in one split; without a patient that can be neither made nor checked, "
    "and a network is tested on people it has seen.",
    what_to_do="Look for a table that maps images to patients. Where there is none, say so beside every score.",
)

FEW = 0.5
"""Up to this share the images without a patient are the exception."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """A few without a patient among many with one are rather a mistake; most without is how the dataset was made."""
    found = tally(connection, READ_SERIES, IMAGES, "patient_key IS NULL")
    if found.count:
        verb = "names" if found.count == 1 else "name"
        message = f"{found.count:,} of {counted(found.looked_at, 'image series', 'image series')} {verb} no patient"
        severity = Severity.WARNING if found.count <= FEW * found.looked_at else Severity.NOTE
        yield found.finding(CODE, severity, Scope.SERIES, "", message)
