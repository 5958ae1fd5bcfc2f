"""Images stored as a negative: low values are bright."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "inverted"
EXPLANATION = Explanation(
    title="Inverted grey values",
    why="In a MONOCHROME1 image bone is dark and air is bright. A loader that takes the stored values as they are "
    "feeds negatives to the network; mixed with positives they look like another disease.",
    what_to_do="Invert these images while loading, or read them with a tool that applies PhotometricInterpretation.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """Mixed with positives it can hurt; where all are negatives it is only worth knowing."""
    found = tally(
        connection,
        READ_FILES,
        f"{IMAGES} AND format = 'DICOM' AND coalesce(photometric_interpretation, 'MONOCHROME') LIKE 'MONOCHROME%'",
        "photometric_interpretation = 'MONOCHROME1'",
        judged="photometric_interpretation IS NOT NULL",
    )
    if found.count:
        verb = "is" if found.count == 1 else "are"
        images = counted(found.looked_at, "grey DICOM image")
        message = f"{found.count:,} of {images} {verb} MONOCHROME1: low values are bright"
        severity = Severity.NOTE if found.count == found.looked_at else Severity.WARNING
        yield found.finding(CODE, severity, Scope.FILE, "MONOCHROME1", message)
