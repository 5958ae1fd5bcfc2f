"""Images of which every pixel has the same value."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.series.masks import IS_MASK
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "constant-image"
EXPLANATION = Explanation(
    title="Images of one value",
    why="There is nothing in such an image. Normalised by its own spread it becomes a division by zero, and labelled "
    "it teaches that nothing means something.",
    what_to_do="Leave these images out. Slices of one value at the ends of a volume are padding: they can be cut off.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """Masks may be empty. A sample proves that values differ, never that they are all equal."""
    found = tally(
        connection,
        READ_FILES,
        f"{IMAGES} AND NOT {IS_MASK}",
        "value_min = value_max",
        judged="value_min < value_max OR (value_min = value_max AND pixel_hash IS NOT NULL)",
    )
    if found.count:
        verb = "has" if found.count == 1 else "have"
        message = f"{found.count:,} of {counted(found.looked_at, 'image file')} {verb} the same value in every pixel"
        yield found.finding(CODE, Severity.WARNING, Scope.FILE, "", message + found.unseen)
