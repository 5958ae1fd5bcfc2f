"""What the last part of a BIDS file name says: `_T1w` in an `anat` folder is an MR of the brain."""

from dataclasses import dataclass
from functools import cache

from biodatamine_core.vocabulary.rows import rows


@dataclass(frozen=True, slots=True)
class BidsSuffix:
    """modality: a DICOM code. anatomy: a clue's value, None where BIDS does not fix it (microscopy).

    sequence: of mr_sequences.csv, None where the suffix leaves it open.
    """

    modality: str
    anatomy: str | None
    sequence: str | None = None


def bids_suffix(datatype: str, suffix: str) -> BidsSuffix | None:
    """The suffix in a folder of that data type; None where BIDS does not know the pair. Case counts, as in BIDS."""
    return _suffixes().get((datatype, suffix))


@cache
def _suffixes() -> dict[tuple[str, str], BidsSuffix]:
    return {
        (row["datatype"], row["suffix"]): BidsSuffix(row["modality"], row["anatomy"] or None, row["sequence"] or None)
        for row in rows("bids")
    }
