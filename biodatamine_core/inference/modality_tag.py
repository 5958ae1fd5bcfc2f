"""The DICOM Modality tag."""

from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.records import Clue, SeriesRecord, Strength


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """The tag, where it holds a code of DICOM's list. OT ("other") says so little that any other clue outweighs it."""
    code = (series.modality_tag or "").strip().upper()
    if vocabulary.is_modality(code):
        strength = Strength.WEAK if code == "OT" else Strength.STRONG
        whose = "DICOM Modality (0008,0060)" if series.format == "DICOM" else "Modality in its JSON sidecar"
        yield Clue(series.series_id, "modality", code, strength, f"{whose} is {code}", "tag")
