"""What Exif gives away: a camera took the picture, so that it is some kind of photograph."""

import re
from collections.abc import Iterator

from biodatamine_core.records import Clue, Role, SeriesRecord, Strength

_LEAST_COLOURED = 0.1
"""A film or a screen that somebody photographed is nearly grey; skin, mucosa and specimens are not."""
_OF_MICROSCOPES = re.compile(
    r"\b(axiocam|digital sight|dfc ?\d{3}|dmc ?\d{4}|dp[27]\d|leica microsystems)\b", re.IGNORECASE
)
"""Cameras that are made for microscopes, by Zeiss, Nikon, Leica and Olympus."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """XC, a photograph, where a camera took it and it is in colour; SM where that camera is made for microscopes.

    Weak, since words (dermoscopy, fundus) are finer. Nothing where its colours were not looked at: it may be a
    photograph of a film.
    """
    if series.camera is None or series.role is not Role.IMAGE:
        return
    if _OF_MICROSCOPES.search(series.camera):
        because = f"Its Exif data say that a camera of a microscope took it ({series.camera})"
        yield Clue(series.series_id, "modality", "SM", Strength.WEAK, because, "camera")
    elif (series.colour_share or 0.0) >= _LEAST_COLOURED:
        because = f"Its Exif data say that a camera took it ({series.camera})"
        yield Clue(series.series_id, "modality", "XC", Strength.WEAK, because, "camera")
