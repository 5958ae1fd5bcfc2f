"""BIDS names: sub-01/anat/sub-01_T1w.nii.gz says MR, brain."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from biodatamine_core import vocabulary
from biodatamine_core.records import Clue, SeriesRecord, Strength

# sub-<label>/[ses-<label>/]<datatype>/sub-<label>_..._<suffix>.<extension>
_BIDS_PATH = re.compile(
    r"(?:^|/)(?P<subject>sub-[A-Za-z0-9]+)/(?:ses-[A-Za-z0-9]+/)?(?P<datatype>[a-z]+)/"
    r"(?P=subject)_(?:[^/]*_)?(?P<suffix>[A-Za-z0-9]+)\.[^/]+$"
)

_ENDINGS = re.compile(r"(?:\.[A-Za-z]\w{0,5}){1,2}$")
_LABELS = re.compile(r"(?:sub|ses|run|task|dir)-[A-Za-z0-9]+_?")


@dataclass(frozen=True, slots=True)
class BidsName:
    datatype: str
    suffix: str


def parsed(path: str) -> BidsName | None:
    """What a path says by its folder and its end; None where folder, subject and suffix are no valid BIDS."""
    match = _BIDS_PATH.search(path)
    return BidsName(match["datatype"], match["suffix"]) if match else None


def name_said(path: str) -> str:
    """A file's name without its ending and without the labels that BIDS gives people, visits and runs."""
    return _LABELS.sub("", _ENDINGS.sub("", path.rstrip("/").rsplit("/", 1)[-1]))


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """What the suffix says, only where folder, subject and suffix are valid BIDS.

    Source: Brain Imaging Data Structure 1.10; the brain is what it is for, so a path word that names another part wins.
    """
    name = parsed(series.path)
    if name is None:
        return
    suffix = vocabulary.bids_suffix(name.datatype, name.suffix)
    if suffix is None:
        return
    because = f"A BIDS name that ends in _{name.suffix}, in a folder {name.datatype}"
    yield Clue(series.series_id, "modality", suffix.modality, Strength.MEDIUM, because, "bids")
    if suffix.anatomy:
        yield Clue(series.series_id, "anatomy", suffix.anatomy, Strength.MEDIUM, because, "bids")
