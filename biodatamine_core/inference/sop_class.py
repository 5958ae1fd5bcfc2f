"""The DICOM SOP class: what kind of object the file is, whatever its Modality tag says."""

from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.records import Clue, SeriesRecord, Strength


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """The modality that the SOP class implies. A secondary capture beside a modality's tag is said, as OT.

    Source: DICOM PS3.4 B.5; Secondary Capture may carry any modality (PS3.3 A.8).
    """
    kind = vocabulary.sop_class(series.sop_class_uid)
    if kind is None:
        return
    if kind.modality:
        because = f'The SOP class is "{kind.name}"'
        yield Clue(series.series_id, "modality", kind.modality, Strength.MEDIUM, because, "sop-class")
    elif "Secondary Capture" in kind.name and series.modality_tag:
        because = f'The SOP class is "{kind.name}": a screenshot or a scanned film, not what a scanner stores'
        yield Clue(series.series_id, "modality", "OT", Strength.WEAK, because, "sop-class")
