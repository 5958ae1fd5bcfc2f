"""Volumes and measured images that do not say how large a pixel is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "missing-spacing"
EXPLANATION = Explanation(
    title="Spacing is missing",
    why="Without the distance between pixels nothing can be measured or resampled: a heart looks twice as large in one "
    "image as in another, and a network learns the scanner instead of the organ.",
    what_to_do="Look for the spacing in a table beside the images or on the dataset's page. Leave these out of "
    "whatever resamples or measures.",
)

_MEASURED = "('CT', 'MR', 'PT', 'NM', 'CR', 'DX', 'MG')"
_IS_VOLUME = "coalesce(dimensions, '') IN ('3D', '4D')"
"""A volume has a spacing along its slices too; of single images only those of measuring modalities state one."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found = tally(
        connection,
        READ_SERIES,
        f"{IMAGES} AND ({_IS_VOLUME} OR (format = 'DICOM' AND modality_tag IN {_MEASURED}))",
        f"spacing_mm IS NULL OR ({_IS_VOLUME} AND len(spacing_mm) < 3)",
        detail="count(spacing_mm)",
    )
    if found.count:
        do = "does" if found.count == 1 else "do"
        message = f"{found.count:,} of {counted(found.looked_at, 'series', 'series')} {do} not say the spacing"
        if found.detail:
            verb = "says" if found.detail == 1 else "say"
            message += f"; {found.detail:,} of them {verb} it within the slices only"
        yield found.finding(CODE, Severity.WARNING, Scope.SERIES, "", message)
