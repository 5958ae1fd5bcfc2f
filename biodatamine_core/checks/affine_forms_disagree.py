"""NIfTI files whose two matrices, qform and sform, put the same voxel in two places."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "affine-forms-disagree"
EXPLANATION = Explanation(
    title="qform and sform disagree",
    why="Some tools read one matrix, some the other. Where they disagree, the same file lies in two places, and left "
    "and right may change sides between two steps of one pipeline.",
    what_to_do="Find out which matrix is right, by the overlay of a mask or by the source, and write it into both.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """Half a voxel is more than rounding. Matrices of different spaces are meant to differ and are not compared."""
    found = tally(
        connection,
        READ_FILES,
        "format = 'NIfTI' AND role IN ('image', 'segmentation')",
        "affine_forms_gap_mm > 0.5 * coalesce(list_min(spacing_mm), 1)",
        judged="affine_forms_gap_mm IS NOT NULL",
        detail="max(affine_forms_gap_mm)",
    )
    if found.count:
        by = "by" if found.count == 1 else "by up to"
        message = (
            f"In {found.count:,} of {counted(found.looked_at, 'NIfTI file')} qform and sform disagree: "
            f"they put the same corner apart {by} {found.detail:,.3g} mm"
        )
        yield found.finding(CODE, Severity.WARNING, Scope.FILE, "", message)
