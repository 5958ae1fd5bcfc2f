"""Masks that do not lie on the grid of their image."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.series.mask_grids import PLACE_MM
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "mask-geometry-mismatch"
EXPLANATION = Explanation(
    title="Masks that do not fit their image",
    why="A mask of another size stops the training. One that is shifted or spaced otherwise does worse: it trains on "
    "the wrong pixels without a word.",
    what_to_do="Resample the mask onto its image, nearest neighbour, and look at it as an overlay before you trust it.",
)

SPACING_SHARE = 0.01
"""Spacings within 1 % are equal: headers are rounded."""

# A DICOM segmentation says where each of its frames lies, and leaves out the empty ones: it needs no grid.
_COMPARED = f"""(
    SELECT mask.series_id, mask.path, mask.is_read AND image.is_read AS is_read,
           mask.shape AS mask_shape, image.shape AS image_shape,
           mask.spacing_mm AS mask_mm, image.spacing_mm AS image_mm,
           mask_file.affine_ras AS mask_affine, image_file.affine_ras AS image_affine
    FROM (
        SELECT mask_id, min(series_id) AS image_id
        FROM (SELECT series_id, unnest(mask_series_ids) AS mask_id FROM series WHERE NOT ends_with(path, '/'))
        GROUP BY mask_id
    )
    JOIN {READ_SERIES} AS mask ON mask.series_id = mask_id AND mask.format != 'DICOM'
    JOIN {READ_SERIES} AS image ON image.series_id = image_id
    LEFT JOIN files AS mask_file ON mask_file.file_id = mask.middle_file_id
    LEFT JOIN files AS image_file ON image_file.file_id = image.middle_file_id
)"""
_OTHER_SHAPE = "mask_shape[1:3] IS DISTINCT FROM image_shape[1:3]"
_OTHER_SPACING = f"""coalesce(list_bool_or(list_transform(list_zip(mask_mm[1:3], image_mm[1:3]),
    lambda pair: abs(pair[1] - pair[2]) > {SPACING_SHARE} * pair[2])), false)"""
_OTHER_PLACE = f"""coalesce(list_bool_or(list_transform(list_zip(mask_affine, image_affine),
    lambda pair: abs(pair[1] - pair[2]) > {PLACE_MM})), false)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """What differs first is what is said: shape, else spacing, else place."""
    found = tally(
        connection,
        _COMPARED,
        "true",
        f"{_OTHER_SHAPE} OR {_OTHER_SPACING} OR {_OTHER_PLACE}",
        judged="mask_shape IS NOT NULL AND image_shape IS NOT NULL",
        detail=f"list(CASE WHEN {_OTHER_SHAPE} THEN 0 WHEN {_OTHER_SPACING} THEN 1 ELSE 2 END)",
    )
    if found.count:
        differs = [
            f"other {name} ({found.detail.count(number):,})"
            for number, name in enumerate(("shape", "spacing", "place"))
            if number in found.detail
        ]
        verb = "does" if found.count == 1 else "do"
        pairs = counted(found.looked_at, "mask")
        message = f"{found.count:,} of {pairs} {verb} not lie on the grid of the image: {', '.join(differs)}"
        yield found.finding(CODE, Severity.ERROR, Scope.SERIES, "", message)
