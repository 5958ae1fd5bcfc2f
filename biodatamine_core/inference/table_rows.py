"""What a table beside the images says of them, in columns called modality, body part, view and the like."""

import posixpath
from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.records import Clue, SeriesRecord, Strength
from biodatamine_core.vocabulary import Found

_MODALITY = ("modality", "imaging modality", "image modality")
_VIEW = ("view", "view position", "projection")
_VIEWS = {"ap": "DX", "pa": "DX", "cc": "MG", "mlo": "MG"}
"""Directions that only radiography names (DICOM PS3.3 C.8.11.5, PS3.16 CID 4014): the first word of a view."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """One clue a column that holds something the vocabulary knows; of the value only those words are quoted."""
    if not series.table_says:
        return
    table = posixpath.basename(series.table_path or "")
    for told in series.table_says.split("; "):
        column, _, value = told.partition(": ")
        if column in _MODALITY + _VIEW:
            if texts.is_derived(series):
                continue
            found = _modality(value) if column in _MODALITY else _view(value)
            about = "modality"
        else:
            found, about = _anatomy(value), "anatomy"
        if found is not None:
            because = f'The table {table} says {found[1]} in its column "{column}"'
            yield Clue(series.series_id, about, found[0], Strength.MEDIUM, because, "table")


def _modality(value: str) -> tuple[str, str] | None:
    """(modality, the words that say so)"""
    code = value.strip().upper()
    if vocabulary.is_modality(code):
        return code, texts.quoted((code,))
    said = texts.modality_of([word for word in vocabulary.find_words(value) if _counts(word)])
    return (said.modality, said.quoted) if said else None


def _view(value: str) -> tuple[str, str] | None:
    word = next(iter(vocabulary.split_words(value)), "")
    return (_VIEWS[word], texts.quoted((word,))) if word in _VIEWS else None


def _anatomy(value: str) -> tuple[str, str] | None:
    part = vocabulary.body_part(value)
    if part is not None:
        return str(part), texts.quoted((value.strip(),))
    said = texts.anatomy_of([word for word in vocabulary.find_words(value) if _counts(word)])
    return (str(said.anatomy), said.quoted) if said else None


def _counts(word: Found) -> bool:
    """The column says what it is about, so that a short word counts where it is all that is said."""
    return word.where in ("anywhere", "text", "volume") or word.is_whole_text
