"""Images that are blank but for a few pixels."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.series.masks import IS_MASK
from biodatamine_core.wording import counted, percent

if TYPE_CHECKING:
    import duckdb

CODE = "blank-image"
EXPLANATION = Explanation(
    title="Nearly blank images",
    why="An image with nothing but background is an aborted exposure, an export that failed or a slice outside the "
    "body. With a label on it, it teaches nothing that is true.",
    what_to_do="Look at the examples. Leave out what shows nothing; check that blank images do not go with one class.",
)

BLANK_SHARE = 0.999
"""From this share of equal pixels on hardly anything is left to see: 262 pixels of 512 × 512."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """Masks may be empty; what is wholly of one value is the finding of constant-image."""
    found = tally(
        connection,
        READ_FILES,
        f"{IMAGES} AND NOT {IS_MASK}",
        f"background_share >= {BLANK_SHARE} AND value_min < value_max",
        judged="background_share IS NOT NULL",
    )
    if found.count:
        verb = "is" if found.count == 1 else "are"
        share = percent(BLANK_SHARE, 1)
        images = counted(found.looked_at, "image file")
        message = f"{found.count:,} of {images} {verb} blank: at least {share} of the pixels have one value"
        yield found.finding(CODE, Severity.WARNING, Scope.FILE, "", message + found.unseen)
