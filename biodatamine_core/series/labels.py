"""Which folders are classes: `train/NORMAL/`, `train/PNEUMONIA/`. Rather no label than a wrong one."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import vocabulary
from biodatamine_core.series.paths import SPLITS

if TYPE_CHECKING:
    import duckdb

MOST_CLASSES = 200
FEWEST_IN_A_SPLIT, FEWEST_AT_THE_ROOT = 5, 20
"""Images that each class folder holds at least: a validation set may be small, a patient's folder must not pass."""
_AT_THE_ROOT = 0.95
"""Share of all images that lie in the folders of one root; the rest may be a logo."""
_OWN_NAMES = 0.5
"""Stacks repeat their file names, 001.png in each; of the images of classes more than this share have their own."""

# DICOM says what belongs together: its folders are patients and series, not classes.
_CANDIDATES = f"""
WITH images AS (
    SELECT regexp_extract(path, '^(.*)/[^/]*$', 1) AS folder, regexp_extract(path, '[^/]*$', 0) AS file
    FROM read_parquet($files) WHERE role = 'image' AND format != 'DICOM' AND len(shape) >= 2
), folders AS (
    SELECT folder, regexp_extract(folder, '^(.*/)?', 0) AS parent, count(*) AS images FROM images GROUP BY folder
), parents AS (
    SELECT parent, list(folder ORDER BY folder) AS folders, min(images) AS fewest, sum(images)::BIGINT AS images,
           regexp_extract(lower(parent), '([^/]*)/$', 1) IN ({", ".join(f"'{name}'" for name in SPLITS)}) AS is_split
    FROM folders GROUP BY parent HAVING count(*) BETWEEN 2 AND {MOST_CLASSES}
)
SELECT parent, parents.folders, images,
       (SELECT count(DISTINCT file) FROM images WHERE list_contains(parents.folders, folder)) AS names
FROM parents
WHERE (is_split AND fewest >= {FEWEST_IN_A_SPLIT})
   OR (fewest >= {FEWEST_AT_THE_ROOT} AND images >= {_AT_THE_ROOT} * (SELECT count(*) FROM images))
ORDER BY parent
"""

_NO_CLASS = re.compile(
    r"""(sub|ses|run|task|acq)-.*                                       # BIDS
    | anat | func | dwi | fmap | perf | meg | eeg | pet | derivatives
    | (images?|imgs?|masks?|labels?|annotations?|segs?|segmentations?|gts?|data|raw|processed)(tr|ts|val)?
    | png | jpe?g | tiff? | nii | nifti | dicom | bmp
    | (patients?|pat|case|subjects?|stud(y|ies)|series|scans?|slices?|volumes?|parts?|batch|fold|set|frames?|im|img
      |sites?|cent(er|re)|hospital|session|visit|exam)[\W_]*[\dA-Za-z]?\d*""",
    re.VERBOSE | re.IGNORECASE,
)
"""Folder names that say how data is kept, not what it shows."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Sibling folders that may be classes. names: how many different file names they hold among `images`."""

    parent: str
    folders: tuple[str, ...]
    images: int
    names: int

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(folder.rsplit("/", 1)[-1] for folder in self.folders)


def class_folders(connection: "duckdb.DuckDBPyConnection", files_in: Path) -> dict[str, str]:
    """Folder -> label, for the folders whose names are classes; {} in most datasets.

    They are siblings in a folder that is a split or holds everything, each with many images and none with the name of
    a patient, a series, a modality or a format.
    """
    found = connection.execute(_CANDIDATES, {"files": str(files_in)}).fetchall()
    candidates = [_Candidate(parent, tuple(folders), images, names) for parent, folders, images, names in found]
    candidates = [candidate for candidate in candidates if are_classes(candidate.classes)]
    repeated = Counter(tuple(sorted(map(str.lower, candidate.classes))) for candidate in candidates)
    return {
        folder: label
        for candidate in candidates
        if repeated[tuple(sorted(map(str.lower, candidate.classes)))] > 1
        or candidate.names > _OWN_NAMES * candidate.images
        for folder, label in zip(candidate.folders, candidate.classes, strict=True)
    }


def label_of(path: str, classes: Mapping[str, str]) -> str | None:
    """The label of the folder that a file lies in."""
    return classes.get(path.rpartition("/")[0])


def are_classes(names: Sequence[str]) -> bool:
    """Whether sibling folders have names as classes have: words, of no patient, series, modality or split."""
    if len({re.sub(r"\d+", "", name).strip("-_ .").lower() for name in names}) < len(names):
        return False  # part1, part2: numbered, not named
    if all(_is_all(name, "anatomy") for name in names):
        return False
    return all(_may_be_class(name) for name in names)


def _may_be_class(name: str) -> bool:
    if sum(character.isalpha() for character in name) < 2 or re.search(r"\d{3}|[,^@]", name):
        return False
    return not (name.lower() in SPLITS or _NO_CLASS.fullmatch(name) or _is_all(name, "modality"))


def _is_all(name: str, about: str) -> bool:
    """Whether the whole name is a word for a modality, or for a part of the body."""
    return any(word.about == about and word.is_whole_text for word in vocabulary.find_words(name))
