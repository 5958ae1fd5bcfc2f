"""Images that lack the mask that the others have."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.series.masks import FOLDER
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "image-without-mask"
EXPLANATION = Explanation(
    title="Images without a mask",
    why="A loader that pairs by name stops at an image without a mask, skips it, or takes it for one in which there is "
    "nothing to find.",
    what_to_do="Fetch the missing masks. Where nothing was to be drawn, add an empty mask; else leave the image out.",
)

FEW = 0.5
"""Below this share the images without a mask are the exception."""

# Where masks are expected: in a folder that holds a pair; beside it, where every case has a folder of its own.
_FILES = f"""(
    SELECT *, {FOLDER} AS folder FROM {READ_SERIES}
    WHERE role IN ('image', 'segmentation') AND NOT ends_with(path, '/') AND NOT is_mask
)"""
_EXPECTED = f"""(
    FROM {_FILES}
    WHERE folder IN (FROM with_masks SELECT folder)
       OR regexp_extract(folder, '^(.*/)[^/]*/$', 1) IN (FROM with_masks SELECT above WHERE masks = 1 AND above != '')
)"""
_WITH_MASKS = f"""
CREATE OR REPLACE TEMP TABLE with_masks AS
SELECT folder, if(contains(folder, '*'), '', regexp_extract(folder, '^(.*/)[^/]*/$', 1)) AS above,
       count(DISTINCT mask_series_ids) AS masks
FROM {_FILES} WHERE mask_series_ids IS NOT NULL GROUP BY folder
"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    connection.execute(_WITH_MASKS)
    found = tally(connection, _EXPECTED, "true", "mask_series_ids IS NULL")
    if found.count:
        has = "has" if found.count == 1 else "have"
        images = counted(found.looked_at, "image")
        message = f"{found.count:,} of {images} in folders with masks {has} none"
        severity = Severity.WARNING if found.count < FEW * found.looked_at else Severity.NOTE
        yield found.finding(CODE, severity, Scope.SERIES, "", message)
    connection.execute("DROP TABLE with_masks")
