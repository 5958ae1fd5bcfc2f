"""Modalities that always show the same part of the body: mammography the breast, dermoscopy the skin."""

from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.records import Clue, SeriesRecord, Strength


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """What the Modality tag, or else the SOP class, leaves no choice about."""
    kind = vocabulary.sop_class(series.sop_class_uid)
    code = (series.modality_tag or (kind.modality if kind else None) or "").strip().upper()
    shown = vocabulary.modality_shows(code)
    if shown:
        part = vocabulary.anatomy(shown).name
        because = f"{vocabulary.modality_name(code)} ({code}) shows the {part}"
        yield Clue(series.series_id, "anatomy", shown, Strength.WEAK, because, "tag")
