"""What a lit sector on black gives away: the picture of an ultrasound probe. Cropped and linear ones give no clue."""

from collections.abc import Iterator

from biodatamine_core.records import Clue, Role, SeriesRecord, Strength

_LEAST_MARKS = 0.002
"""Of the black beside it: a line of text or the scale of depth takes more."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """US for a sector: medium where text or a scale stands beside it, as scanners write it, else weak."""
    angle_deg, marks = series.sector_angle_deg, series.sector_marks_share or 0.0
    if angle_deg is None or series.format == "DICOM" or series.role is not Role.IMAGE:
        return
    is_written_on = marks >= _LEAST_MARKS
    beside = ", with text or a scale beside it" if is_written_on else ""
    because = f"A sector of {angle_deg:.0f} degrees is lit on black{beside}, as an ultrasound probe draws it"
    strength = Strength.MEDIUM if is_written_on else Strength.WEAK
    yield Clue(series.series_id, "modality", "US", strength, because, "shape")
