"""Masks that belong to no image of the dataset."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "mask-without-image"
EXPLANATION = Explanation(
    title="Masks without an image",
    why="A mask whose image is not there trains nothing. Where only its name is misspelt, the image is taken for one "
    "in which there is nothing to find.",
    what_to_do="Fetch the missing images, or name each mask as its image is named. Leave the rest out.",
)

_MASKS = f"""(
    SELECT *, series_id IN (SELECT unnest(mask_series_ids) FROM series) AS has_image FROM {READ_SERIES} WHERE is_mask
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found = tally(connection, _MASKS, "true", "NOT has_image")
    if found.count:
        belong = "belongs" if found.count == 1 else "belong"
        message = f"{found.count:,} of {counted(found.looked_at, 'mask')} {belong} to no image of this dataset"
        yield found.finding(CODE, Severity.NOTE, Scope.SERIES, "", message)
