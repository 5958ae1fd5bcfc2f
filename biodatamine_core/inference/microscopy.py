"""What the metadata of a TIFF gives away: slide scanners and microscopes write their own."""

from collections.abc import Iterator

from biodatamine_core.records import Clue, SeriesRecord, Strength

SLIDE_SCANNERS = frozenset({"Aperio", "Hamamatsu", "Leica", "Ventana", "Philips", "PerkinElmer", "Indica"})
MICROSCOPES = frozenset({"OME", "Zeiss LSM", "MetaMorph", "FluoView", "Olympus SIS", "Micro-Manager", "ScanImage"})
"""ImageJ is not among them: it writes every kind of image."""
MICROSCOPIC_MM = 0.02
"""A pixel this small is a microscope's; the finest detectors of X-ray and CT have larger ones."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """SM for what a slide scanner or a microscope wrote, and for a pyramid of levels.

    OME is written for other images too, so that it alone is a medium clue; with pixels of micrometres a strong one.
    """
    if series.format == "DICOM" or series.header_description is None:
        return
    maker, *levels = series.header_description.split(", ")
    is_small = series.spacing_mm is not None and max(series.spacing_mm[:2]) <= MICROSCOPIC_MM
    if maker in SLIDE_SCANNERS:
        yield _microscopy(series, Strength.STRONG, f"The file carries the metadata of a slide scanner ({maker})")
    elif maker in MICROSCOPES:
        strength = Strength.STRONG if is_small else Strength.MEDIUM
        yield _microscopy(series, strength, f"The file carries the metadata of a microscope ({maker})")
    elif maker.startswith("pyramid of ") or any(told.startswith("pyramid of ") for told in levels):
        yield _microscopy(series, Strength.MEDIUM, "The file is a pyramid of levels, as slides are stored")


def _microscopy(series: SeriesRecord, strength: Strength, because: str) -> Clue:
    return Clue(series.series_id, "modality", "SM", strength, because, "header")
