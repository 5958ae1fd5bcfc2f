"""The coded AnatomicRegionSequence: the strongest evidence of anatomy, where somebody filled it in."""

import re
from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.records import Clue, SeriesRecord, Strength

_CODE = re.compile(r"(?P<scheme>[^:]*):(?P<code>\S+)\s*(?P<meaning>.*)")


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """The region of the code (SNOMED CT or SNOMED RT), or of its meaning where the table does not hold the code."""
    match = _CODE.fullmatch((series.anatomic_region or "").strip())
    if match is None:
        return
    region = vocabulary.coded_region(match["code"])
    if region is not None:
        because = f"AnatomicRegionSequence (0008,2218) is {match['scheme']} {match['code']}: {region.name}"
        yield Clue(series.series_id, "anatomy", str(region), Strength.STRONG, because, "code")
    elif (said := texts.anatomy_said(match["meaning"])) is not None:
        because = f"AnatomicRegionSequence (0008,2218) says {said.quoted}"
        yield Clue(series.series_id, "anatomy", str(said.anatomy), Strength.STRONG, because, "code")
