"""The DICOM tag BodyPartExamined: one vote, not truth. It is often the scanner's default."""

from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.records import Clue, SeriesRecord, Strength


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """A term of DICOM PS3.16 Annex L, or the words of whatever was typed instead."""
    term = (series.body_part_examined or "").strip()
    if not term:
        return
    part = vocabulary.body_part(term)
    whose = "DICOM BodyPartExamined (0018,0015)" if series.format == "DICOM" else "BodyPartExamined in its JSON sidecar"
    if part is not None:
        because = f"{whose} is {term.upper()}"
        yield Clue(series.series_id, "anatomy", str(part), Strength.MEDIUM, because, "body-part")
    elif (said := texts.anatomy_said(term)) is not None:
        because = f"{whose} says {said.quoted}"
        yield Clue(series.series_id, "anatomy", str(said.anatomy), Strength.MEDIUM, because, "body-part")
