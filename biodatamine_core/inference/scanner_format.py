"""Formats that only one kind of scanner writes."""

from collections.abc import Iterator

from biodatamine_core.records import Clue, SeriesRecord, Strength

_WRITTEN_BY = {
    "PAR/REC": ("MR", "Only MR scanners of Philips write PAR/REC"),
    "ECAT": ("PT", "Only PET scanners of Siemens write ECAT 7"),
}


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """MR for Philips PAR/REC, PT for ECAT. Formats of tools (MINC, MGH, AFNI, NRRD) hold anything and say nothing."""
    if series.format in _WRITTEN_BY:
        modality, because = _WRITTEN_BY[series.format]
        yield Clue(series.series_id, "modality", modality, Strength.STRONG, because, "header")
