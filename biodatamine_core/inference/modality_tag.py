"""The DICOM Modality tag."""

from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.records import Clue, SeriesRecord, Strength

_STATED = frozenset({"AFNI", "MINC", "MetaImage", "NRRD", "PAR/REC"})
"""Formats beside DICOM whose headers state a modality."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """The tag, where it holds a code of DICOM's list. OT ("other") says so little that any other clue outweighs it."""
    code = (series.modality_tag or "").strip().upper()
    if vocabulary.is_modality(code):
        strength = Strength.WEAK if code == "OT" else Strength.STRONG
        yield Clue(series.series_id, "modality", code, strength, f"{_whose(series.format)} is {code}", "tag")


def _whose(format: str) -> str:
    if format == "DICOM":
        return "DICOM Modality (0008,0060)"
    return (
        f"The modality in its {format} header or JSON sidecar" if format in _STATED else "Modality in its JSON sidecar"
    )
