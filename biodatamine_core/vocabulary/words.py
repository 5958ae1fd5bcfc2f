"""Find the words of words.csv in free text: whole words and phrases, longest first, in twelve languages.

Words of word_patterns.csv are written in too many ways to be listed (a kernel, "B30f"). A word that no table holds is
taken apart where the tables hold all its parts ("lumbarspine", "Halswirbelsäulenthorax").


A word is worth something only where it is used as the table says (column `where`):
anywhere; text: descriptions only; volume: names of volume files only; beside: a whole part of a path, a part that also
names a body part, or the first word of a description ("US ABDOMEN"); alone: a whole part of a path only.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from biodatamine_core.vocabulary.remembering import remembered
from biodatamine_core.vocabulary.rows import rows

_Meaning = tuple[str, str, str]  # about, value, where

# What Unicode does not take apart into a letter and its accent.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(
    r"(?<=[A-Z]{3})(?=to[A-Z]{3})|(?<=[A-Z]{3}to)(?=[A-Z]{3})"  # "HEADtoFEET"
    r"|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})(?![A-Z]to[A-Z]{3})"
)
_NUMBERED = re.compile(r"([a-z]{4,})\d+")  # "chest2" is the chest; "pe1" stays what it is


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the table, found in a text.

    phrase: as the text has it, normalised. about: anatomy, modality, span ("to", between two zones), coverage: what
    a tracer's scan usually covers ("FDG"), where nothing else is said, or object: no image, but its kind is not said
    ("annotations").
    start, end: word positions. is_whole_text: the text holds nothing else but numbers.
    """

    phrase: str
    about: str
    value: str
    where: str
    start: int
    end: int
    is_whole_text: bool


# Anatomy and modality each take their own longest phrases: "chest xray" is both.
_READINGS = (("anatomy", "span", "negation", "nothing"), ("modality", "object", "nothing"), ("coverage", "nothing"))


@remembered
def find_words(text: str) -> tuple[Found, ...]:
    """The table's words in `text`: first those about anatomy, in order, then those about modality.

    Words of one meaning never overlap: the longest phrase takes its words. "nothing" takes words away from any meaning
    ("head first"), and a negation takes the anatomy right behind it.
    """
    words = [part for word in split_words(text) for part in parts_of(word)]
    if not any(map(_may_mean, words)):
        return ()
    return tuple(found for reading in _READINGS for found in _read(words, reading))


def _read(words: list[str], reading: tuple[str, ...]) -> Iterator[Found]:
    spelled = sum(not word.isdigit() for word in words)
    negated_at = -1
    position = 0
    while position < len(words):
        if not _may_mean(words[position]):
            position += 1
            continue
        phrase, meanings = _longest(words, position, reading)
        end = position + (phrase.count(" ") + 1 if phrase else 1)
        is_whole = bool(meanings) and spelled == sum(not word.isdigit() for word in words[position:end])
        for about, value, where in meanings:
            if about == "negation":
                negated_at = end
            elif about != "nothing" and not (about == "anatomy" and position == negated_at):
                yield Found(phrase, about, value, where, position, end, is_whole)
        position = end


def split_words(text: str) -> list[str]:
    """Words in lower case without accents: "AbdPel_Thorax-C/A/P" -> abd pel thorax c a p."""
    words = _WORD.findall(_plain(_CAMEL.sub(" ", text)))
    return [match[1] if (match := _NUMBERED.fullmatch(word)) else word for word in words]


def _longest(words: list[str], position: int, reading: tuple[str, ...]) -> tuple[str, tuple[_Meaning, ...]]:
    """The longest phrase that begins at `position` and means something in this reading; "" and () where none does."""
    phrases, longest = _phrases()
    for length in range(min(longest.get(words[position], 0), len(words) - position), 0, -1):
        phrase = " ".join(words[position : position + length])
        known = phrases.get(phrase)
        if known and (meanings := tuple(meaning for meaning in known if meaning[0] in reading)):
            return phrase, meanings
    meanings = tuple(meaning for meaning in _pattern_meanings(words[position]) if meaning[0] in reading)
    return (words[position], meanings) if meanings else ("", ())


@remembered
def _may_mean(word: str) -> bool:
    """Does a phrase begin with this word, or has it a meaning by its pattern? Most words of a text do not."""
    return word in _phrases()[1] or bool(_pattern_meanings(word))


@remembered
def _pattern_meanings(word: str) -> tuple[_Meaning, ...]:
    return tuple(meaning for pattern, meaning in _patterns() if pattern.fullmatch(word))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], _Meaning], ...]:
    return tuple(
        (re.compile(row["pattern"]), (row["about"], row["value"], row["where"])) for row in rows("word_patterns")
    )


@remembered
def parts_of(word: str) -> tuple[str, ...]:
    """The words that a compound is made of: "lumbarspine" -> lumbar, spine. Any other word is its own only part.

    Every part is a word of the tables, and one of them at least an anatomical term of more than three letters. Behind a
    number one word is enough: "5mmchest" -> 5mm, chest.
    """
    if (glued := _GLUED.fullmatch(word)) and glued[2] in _single_words() and not _pattern_meanings(word):
        return (glued[1], glued[2])
    if len(word) < _SHORTEST_COMPOUND or word in _single_words() or not word.isalpha() or _pattern_meanings(word):
        return (word,)
    parts = _split(word, _MOST_PARTS)
    return parts if parts and any(len(part) > 3 and part in _anatomical_words() for part in parts) else (word,)


_GLUED = re.compile(r"([a-z0-9]*\d(?:mm|d)?)([a-z]{5,})")
_SHORTEST_COMPOUND, _SHORTEST_PART, _MOST_PARTS = 7, 3, 4
_JOINTS = ("", "s", "n", "en", "es")
"""What German, Dutch and Swedish put between two parts: Lunge-n-embolie."""


def _split(word: str, most: int) -> tuple[str, ...] | None:
    """The fewest words of the tables that make up `word`, the longest first where there is a choice."""
    if word in _single_words():
        return (word,)
    if most == 1:
        return None
    for end in range(len(word) - 2, 1, -1):
        first = word[:end]
        if first not in _single_words():
            continue
        for joint in _JOINTS if len(first) > 3 else ("",):
            if word.startswith(joint, end) and (rest := _split(word[end + len(joint) :], most - 1)) is not None:
                return (first, *rest)
    return None


@cache
def _single_words() -> frozenset[str]:
    """The words that may stand in a compound: of three letters or more, and the shortest names of modalities."""
    phrases, _ = _phrases()
    parts = {phrase for phrase in phrases if " " not in phrase and len(phrase) >= _SHORTEST_PART}
    return frozenset(parts | {"ct", "mr", "pa", "ap"})


@cache
def _anatomical_words() -> frozenset[str]:
    phrases, _ = _phrases()
    return frozenset(
        word for word in _single_words() if any(meaning[0] == "anatomy" for meaning in phrases.get(word, ()))
    )


@cache
def _phrases() -> tuple[dict[str, tuple[_Meaning, ...]], dict[str, int]]:
    """Phrase -> its meanings, and first word -> words in the longest phrase that begins with it."""
    phrases: dict[str, list[_Meaning]] = defaultdict(list)
    longest: dict[str, int] = defaultdict(int)
    for row in rows("words"):
        spellings = {row["phrase"]}
        if row["language"] in ("de", "sv"):
            spellings.add(row["phrase"].translate(_GERMAN))
        for spelling in spellings:
            words = _WORD.findall(_plain(spelling))
            entry = (row["about"], row["value"], row["where"])
            if entry not in phrases[" ".join(words)]:
                phrases[" ".join(words)].append(entry)
            longest[words[0]] = max(longest[words[0]], len(words))
    return {phrase: tuple(entries) for phrase, entries in phrases.items()}, dict(longest)


def _plain(text: str) -> str:
    """Lower case, without accents: "Schädel" -> "schadel", "Głowa" -> "glowa"."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
