"""What a NIfTI header gives away: a label intent, or the echo time that dcm2niix writes for MR."""

import re
from collections.abc import Iterator

from biodatamine_core.records import Clue, Role, SeriesRecord, Strength

# dcm2niix writes "TE=2.9;Time=101010.1" into descrip, and TE for MR only.
_ECHO_TIME = re.compile(r"(?:^|[;\s])TE=\s*\d")


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """SEG for a label map, MR for an echo time. No header field tells CT: a range of values would be no evidence."""
    if series.format != "NIfTI":
        return
    if series.role is Role.SEGMENTATION:
        because = "The NIfTI header says that the values are labels"
        yield Clue(series.series_id, "modality", "SEG", Strength.STRONG, because, "header")
    elif _ECHO_TIME.search(series.header_description or ""):
        because = "The NIfTI header states an echo time (TE), which only MR has"
        yield Clue(series.series_id, "modality", "MR", Strength.STRONG, because, "header")
