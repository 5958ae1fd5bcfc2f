"""Hounsfield units: the range of values that only CT has, in files that carry no tag."""

from collections.abc import Iterator

from biodatamine_core.records import Clue, Role, SeriesRecord, Strength

_AIR = -900.0
"""Air is -1000; a scan of a patient always holds some around or within."""
_LOWEST = -4089.0
"""Padding goes to -3024, lossy overshoot to -3995 (INFERENCE: measured); phase images of MR begin at -4096 to -4090."""
_SOFT_TISSUE, _METAL = 200.0, 33_000.0
"""What CT reaches at least, with the vessels and bones of any patient; and at most, on the extended scale."""
_USUAL_FLOORS = frozenset({-1000.0, -1023.0, -1024.0, -2000.0, -2047.0, -2048.0, -3023.0, -3024.0})
_SYMMETRIC = 0.1
"""Phase, velocity and real parts of MR lie evenly about zero: their ends differ by less than this share."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """CT for values from air to bone. One-sided: other values are no evidence of anything, clamped CT looks like MR.

    Strong where the range begins at a usual floor of scanners and viewers, else medium.
    """
    low, high = series.value_min, series.value_max
    if series.format == "DICOM" or series.role is not Role.IMAGE or low is None or high is None:
        return
    if (series.channels or 1) > 1 or not (_LOWEST <= low <= _AIR and _SOFT_TISSUE <= high <= _METAL):
        return
    is_usual = low in _USUAL_FLOORS
    if not is_usual and abs(low + high) <= _SYMMETRIC * high:
        return
    strength = Strength.STRONG if is_usual else Strength.MEDIUM
    because = f"Its values run from {low:,.0f} to {high:,.0f}, as Hounsfield units do from air to bone"
    yield Clue(series.series_id, "modality", "CT", strength, because, "values")
