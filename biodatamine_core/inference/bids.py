"""BIDS names: sub-01/anat/sub-01_T1w.nii.gz says MR, brain."""

import re
from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.records import Clue, SeriesRecord, Strength

# sub-<label>/[ses-<label>/]<datatype>/sub-<label>_..._<suffix>.<extension>
_BIDS_PATH = re.compile(
    r"(?:^|/)(?P<subject>sub-[A-Za-z0-9]+)/(?:ses-[A-Za-z0-9]+/)?(?P<datatype>[a-z]+)/"
    r"(?P=subject)_(?:[^/]*_)?(?P<suffix>[A-Za-z0-9]+)\.[^/]+$"
)


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """What the suffix says, only where folder, subject and suffix are valid BIDS.

    Source: Brain Imaging Data Structure 1.10; the brain is what it is for, so a path word that names another part wins.
    """
    match = _BIDS_PATH.search(series.path)
    if match is None:
        return
    suffix = vocabulary.bids_suffix(match["datatype"], match["suffix"])
    if suffix is None:
        return
    because = f"A BIDS name that ends in _{match['suffix']}, in a folder {match['datatype']}"
    yield Clue(series.series_id, "modality", suffix.modality, Strength.MEDIUM, because, "bids")
    if suffix.anatomy:
        yield Clue(series.series_id, "anatomy", suffix.anatomy, Strength.MEDIUM, because, "bids")
