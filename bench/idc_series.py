"""Series of a public index as records, their truth, and the split that nothing is tuned across."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.records import Role, SeriesRecord

_COLUMNS = [
    "collection_id",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "StudyDescription",
    "SeriesDescription",
    "BodyPartExamined",
    "Modality",
    "SOPClassUID",
]


def read_series(file: Path, families: str | None = None) -> pd.DataFrame:
    """The columns that the bench knows, of all collections or of the even or odd half of their families.

    Where the file lacks one it is empty: without StudyInstanceUID no study speaks for another.
    """
    known = [name for name in pq.read_schema(file).names if name in _COLUMNS]
    series = pd.read_parquet(file, columns=known).reindex(columns=_COLUMNS).astype(object)
    series = series.where(series.notna(), None)
    if families is None:
        return series
    return series[[half_of(collection) == families for collection in series.collection_id]].reset_index(drop=True)


@cache
def half_of(collection: str) -> str:
    """Collections whose ids begin with the same word were gathered by the same people: they stay together."""
    family = collection.split("_")[0]
    return ("even", "odd")[hashlib.md5(family.encode(), usedforsecurity=False).digest()[0] % 2]


def page_texts(file: Path) -> dict[str, str]:
    """What the pages say, by collection_id: the title and the other cells of its row."""
    pages = pd.read_csv(file, dtype=str, keep_default_na=False).set_index("collection_id")
    return {str(collection): "; ".join(cells) for collection, *cells in pages.itertuples()}


def records(series: pd.DataFrame, hide_modality: bool) -> Iterator[SeriesRecord]:
    """Each row as the scan would have it, but for BodyPartExamined, which is the truth."""
    for number, row in enumerate(series.itertuples(index=False)):
        kind = vocabulary.sop_class(row.SOPClassUID)
        yield SeriesRecord(
            series_id=str(number),
            path="",
            format="DICOM",
            role=Role(kind.role) if kind and not hide_modality else Role.IMAGE,
            file_count=2,
            size_bytes=0,
            middle_file_id="",
            modality_tag=None if hide_modality else row.Modality,
            sop_class_uid=None if hide_modality else row.SOPClassUID,
            study_key=row.StudyInstanceUID,
            study_description=row.StudyDescription,
            series_description=row.SeriesDescription,
        )


@cache
def truth_zones(tag: str | None) -> frozenset[str]:
    """The zones that a BodyPartExamined stands for; empty where it stands for none."""
    if not tag:
        return frozenset()
    said = texts.anatomy_said(tag)
    part = vocabulary.body_part(tag) or (said.anatomy if said else None)
    return frozenset(part.zones if part else ())


def is_right(truth: frozenset[str], zones: tuple[str, ...]) -> bool:
    """Do the two share a zone? A whole body shares every zone but a phantom's."""
    return vocabulary.Anatomy(tuple(truth)).meets(vocabulary.Anatomy(zones))
