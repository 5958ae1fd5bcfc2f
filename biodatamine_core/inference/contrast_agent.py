"""Whether a contrast agent was given for a CT or an MR, and in which phase, where text or header says it."""

import re
from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.inference import bids, texts
from biodatamine_core.records import Clue, SeriesRecord, Strength

_NOT_GIVEN = re.compile(r"\W*(no|none|non|not|nil|false|n/?a|w/?o|without|non[ -]?contrast|unenhanced)\b.*", re.I)
_NOT_IN_THE_BLOOD = re.compile(
    r"oral|p\.?o\.?\b|per os|rectal|enema|water|h2o|wasser|agua|barium|gastro\w*|telebrix gastro|air|co2|mannit", re.I
)
_IN_THE_BLOOD = re.compile(r"\biv\b|i\.v\.|intraven", re.I)


def clues(series: SeriesRecord, modality: str) -> Iterator[Clue]:
    """Clues about contrast agents, from the text closest to the series outwards; none of a localizer."""
    is_localizer = any(word.upper() == "LOCALIZER" for word in series.image_type or ())
    if modality not in ("CT", "MR") or is_localizer:
        return
    for name, text, source, strength in _texts(series):
        said = vocabulary.contrast_said(text, modality) if text else None
        if said is not None:
            because = f"{name} says {texts.quoted(said.phrases)}"
            yield Clue(series.series_id, "contrast", said.value, strength, because, source)
    yield from _agent(series)
    # A study's text speaks for all its series, also for those before the agent was given.
    for name, text in (
        ("RequestedProcedureDescription", series.requested_procedure_description),
        ("StudyDescription", series.study_description),
    ):
        said = vocabulary.contrast_said(text, modality) if text else None
        if said is not None and said.value in ("none", "with"):
            because = f"{name} says {texts.quoted(said.phrases)}"
            yield Clue(series.series_id, "contrast", said.value, Strength.WEAK, because, "study")


def _texts(series: SeriesRecord) -> Iterator[tuple[str, str | None, str, Strength]]:
    """(what it is, the text, its source, its strength), the closest first."""
    yield "SeriesDescription", series.series_description, "description", Strength.MEDIUM
    if series.format != "DICOM":
        source = "bids" if bids.parsed(series.path) else "path"
        yield "The file's name", bids.name_said(series.path), source, Strength.MEDIUM
    yield "ProtocolName", series.protocol_name, "description", Strength.MEDIUM


def _agent(series: SeriesRecord) -> Iterator[Clue]:
    """What ContrastBolusAgent says; a drink is no agent that enhances vessels and organs. Source: PS3.3 C.7.6.4."""
    agent = (series.contrast_agent or "").strip()
    if not agent or (_NOT_IN_THE_BLOOD.search(agent) and not _IN_THE_BLOOD.search(agent)):
        return
    tag = "ContrastBolusAgent (0018,0010)"
    if _NOT_GIVEN.fullmatch(agent):
        yield Clue(series.series_id, "contrast", "none", Strength.MEDIUM, f"{tag} says that none was given", "header")
    elif any(letter.isalpha() for letter in agent):
        yield Clue(series.series_id, "contrast", "with", Strength.MEDIUM, f"{tag} names an agent", "header")
