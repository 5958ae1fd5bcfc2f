"""A label map by its values: few whole numbers, in areas. Everything else gives no clue."""

from collections.abc import Iterator

from biodatamine_core.records import Clue, Role, SeriesRecord, Strength
from biodatamine_core.series.masks import LEAST_FLAT, MOST_LEVELS


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """SEG, where an image without a tag holds labels. One-sided: fine structures, atlases, 0 and 255 give no clue."""
    levels, flat = series.level_count, series.flat_share
    if series.format == "DICOM" or series.role is not Role.IMAGE or levels is None or flat is None:
        return
    if (series.channels or 1) > 1 or not 2 <= levels <= MOST_LEVELS or flat < LEAST_FLAT:
        return
    most = series.value_max or 0
    because = f"It holds {levels} different values, whole numbers up to {most:.0f}, in areas, as labels are"
    yield Clue(series.series_id, "modality", "SEG", Strength.MEDIUM, because, "values")
