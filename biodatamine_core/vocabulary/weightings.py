"""What texts say of an MR's sequence and of contrast agents: patterns of mr_sequence_words.csv and contrast_words.csv.

A pattern stands for whole words of a text in lower case, without accents. The lowest rank that a text meets answers:
"T2 FLAIR" is FLAIR. Where it meets several values in that rank, or one that is empty ("with and without"), it says
nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from biodatamine_core.vocabulary.remembering import remembered
from biodatamine_core.vocabulary.rows import rows

_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])")
_PHASES_RANK, _WITH_OR_WITHOUT_RANK = 2, 3


@dataclass(frozen=True, slots=True)
class Said:
    """value: of the vocabulary. phrases: the words that say so, and no others."""

    value: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    rank: int
    pattern: re.Pattern[str]
    value: str


@dataclass(frozen=True, slots=True)
class _Table:
    """any_of_them: met by no text that meets no row; most texts meet none, and are searched once."""

    rows: tuple[_Row, ...]
    any_of_them: re.Pattern[str]


def sequence_name(value: str) -> str:
    """What a person reads: "T2*" -> "T2*-weighted"; a value that the table does not hold stays as it is."""
    return _names("mr_sequences").get(value, value)


def contrast_name(value: str) -> str:
    """What a person reads: "portal_venous" -> "portal venous phase"; else as sequence_name."""
    return _names("contrasts").get(value, value)


def sequences() -> tuple[str, ...]:
    """All values of the column `sequence`."""
    return tuple(_names("mr_sequences"))


def contrasts() -> tuple[str, ...]:
    """All values of the column `contrast`."""
    return tuple(_names("contrasts"))


@remembered
def sequence_said(text: str, where: str = "text") -> Said | None:
    """The sequence that a text names; where: what kind of text it is.

    One of: text, sequence-name, acquisition-contrast, image-type, or image-type of a map: of what was made from images.
    """
    found = _found(_folded(text).replace("-", " "), _sequence_words(where))
    if not found:
        return None
    lowest = min(row.rank for row, _ in found)
    return _one((row.value, phrase) for row, phrase in found if row.rank == lowest)


@remembered
def contrast_said(text: str, modality: str) -> Said | None:
    """What a text says of contrast agents in an image of this modality, CT or MR: a phase before "with contrast"."""
    found = _found(_folded(text), _contrast_words(modality))
    if any(not row.value for row, _ in found):
        return None
    phases = [(row.value, phrase) for row, phrase in found if row.rank == _PHASES_RANK]
    stated = [(row.value, phrase) for row, phrase in found if row.rank == _WITH_OR_WITHOUT_RANK]
    if phases and any(value == "none" for value, _ in stated):
        return None
    return _one(phases or stated)


def _one(said: Iterable[tuple[str, str]]) -> Said | None:
    """Where all say the same."""
    pairs = list(said)
    values = {value for value, _ in pairs}
    if len(values) != 1 or "" in values:
        return None
    return Said(values.pop(), tuple(dict.fromkeys(phrase for _, phrase in pairs)))


def _found(text: str, words: _Table) -> list[tuple[_Row, str]]:
    """What is met, but for what lies within a longer phrase: "contrast" in "without contrast"."""
    if not words.any_of_them.search(text):
        return []
    met = [(row, match.span(), match[0].strip()) for row in words.rows if (match := row.pattern.search(text))]
    return [(row, phrase) for row, span, phrase in met if not any(_lies_within(span, other) for _, other, _ in met)]


def _lies_within(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _folded(text: str) -> str:
    """Lower case, without accents; "_" and the seams of "BrainFlair" are spaces."""
    parted = _CAMEL.sub(" ", text).replace("_", " ")
    if not parted.isascii():
        parted = unicodedata.normalize("NFKD", parted.casefold())
        parted = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return " ".join(parted.lower().split())


@cache
def _sequence_words(where: str) -> _Table:
    return _table(row for row in rows("mr_sequence_words") if row["where"] == where)


@cache
def _contrast_words(modality: str) -> _Table:
    return _table(row for row in rows("contrast_words") if row["modality"] in ("", modality))


def _table(said: Iterable[dict[str, str]]) -> _Table:
    listed = list(said)
    words = tuple(_Row(int(row["rank"]), _whole(row["pattern"]), row["value"]) for row in listed)
    return _Table(words, _whole("|".join(f"(?:{row['pattern']})" for row in listed)))


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])")


@cache
def _names(table: str) -> dict[str, str]:
    return {row["value"]: row["name"] for row in rows(table)}
