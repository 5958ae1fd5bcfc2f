"""The wanted elements of a DICOM dataset as values: text, numbers, items; each parsed by itself when asked for."""

import math
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from biodatamine_core.readers import dicom_tags as tags

MAX_TEXT = 256
"""Characters of free text that are kept: descriptions, not essays."""

BINARY_CODES = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
"""struct's code of the value representations that hold numbers in binary."""
_CACHED_BYTES = 128
_CACHED_VALUES = 4096
"""The files of a series repeat most of their values: what they parse to is kept."""
_ESCAPE = b"\x1b"
# Python's codecs for the character sets without escape sequences that are met most (PS3.3 C.12.1.1.2).
_PLAIN_CHARACTER_SETS = {b"": "latin-1", b"ISO_IR 6": "latin-1", b"ISO_IR 100": "latin-1", b"ISO_IR 192": "utf-8"}


class Elements:
    """The elements of one dataset by tag number, values as bytes until they are asked for.

    values: bytes, or what is known of a sequence. codes: struct's code of the values that are binary numbers.
    character_set: SpecificCharacterSet as the file holds it. parse_items: the items in the value of a sequence.
    """

    __slots__ = ("_character_set", "_codes", "_parse_items", "_values")

    def __init__(
        self,
        values: Mapping[int, bytes | tuple[Any, ...]],
        codes: Mapping[int, str],
        character_set: bytes,
        parse_items: "Callable[[bytes | tuple[Any, ...]], tuple[Elements, ...]]",
    ) -> None:
        self._values = values
        self._codes = codes
        self._character_set = character_set.strip(b"\0 ")
        self._parse_items = parse_items

    def __bool__(self) -> bool:
        return bool(self._values)

    def present(self, tags: frozenset[int]) -> list[int]:
        """Which of these elements there are, in the order of their tags, whatever they hold."""
        return sorted(tags & self._values.keys())

    def raw(self, tags: tuple[int, ...]) -> tuple[bytes | tuple[Any, ...] | None, ...]:
        """The values of these elements as they are kept, None where there is none."""
        return tuple(map(self._values.get, tags))

    def has(self, tag: int) -> bool:
        """Whether the element is there with a value that says something."""
        value = self._values.get(tag)
        if not isinstance(value, bytes):
            return bool(value)
        return _cached_says_something(value) if len(value) <= _CACHED_BYTES else _says_something(value)

    def texts(self, tag: int) -> tuple[str, ...]:
        """The values as printable text, trimmed, at most MAX_TEXT characters each; () where absent or empty."""
        value = self._values.get(tag)
        if not value or not isinstance(value, bytes):
            return ()
        texts = _cached_texts(value) if len(value) <= _CACHED_BYTES else None
        return _texts(_decoded(value, self._character_set)) if texts is None else texts

    def text(self, tag: int) -> str | None:
        """All values as one text, None where there is none."""
        value = self._values.get(tag)
        if not value:
            return None
        text = _cached_text(value) if isinstance(value, bytes) and len(value) <= _CACHED_BYTES else None
        return _joined(self.texts(tag)) if text is None else text or None

    def numbers(self, tag: int, count: int | None = None) -> tuple[float, ...] | None:
        """The values as finite numbers; None where absent, not numbers, or not `count` of them."""
        value = self._values.get(tag)
        if not value or not isinstance(value, bytes):
            return None
        parse = _cached_numbers if len(value) <= _CACHED_BYTES else _numbers
        numbers = parse(value, self._codes.get(tag))
        return None if numbers is None or (count is not None and len(numbers) != count) else numbers

    def number(self, tag: int) -> float | None:
        """The first value as a number."""
        numbers = self.numbers(tag)
        return numbers[0] if numbers else None

    def integer(self, tag: int) -> int | None:
        """The first value as a whole number; None for 1.5, and for what does not fit 64 bits."""
        number = self.number(tag)
        return int(number) if number is not None and number.is_integer() and abs(number) < 2**63 else None

    def items(self, tag: int) -> "tuple[Elements, ...]":
        """The items of a sequence; () where it is absent or cannot be parsed."""
        value = self._values.get(tag)
        return self._parse_items(value) if value else ()

    def first(self, tag: int) -> "Elements":
        """The first item of a sequence, an empty one where there is none."""
        items = self.items(tag) if tag in self._values else ()
        return items[0] if items else NOTHING


def no_items(value: bytes | tuple[Any, ...]) -> tuple[Elements, ...]:
    """Of bytes that hold none."""
    return ()


NOTHING = Elements({}, {}, b"", no_items)


class Header(NamedTuple):
    """What was read before the pixels.

    pixel_tag: the element that the header ends before, None where the file has no pixels.
    pixel_length: its announced bytes, None where they are encapsulated (undefined length).
    pixel_offset: where they begin, in bytes from the start of the file; for a deflated file, of its inflated dataset.
    is_empty: there is no element after the file meta information.
    is_usual: it is short, and the same bytes always mean the same in it.
    ended_early, is_broken: the header ends within an element; an element cannot be parsed.
    """

    meta: Elements
    data: Elements
    transfer_syntax_uid: str | None
    is_little_endian: bool
    is_explicit: bool
    pixel_tag: int | None
    pixel_length: int | None
    pixel_offset: int
    is_empty: bool
    ended_early: bool
    is_broken: bool
    is_deflated: bool
    is_usual: bool = False


def _says_something(value: bytes) -> bool:
    stripped = value.strip(b" \0\t\r\n^").lower()
    return bool(stripped) and stripped not in tags.PLACEHOLDERS


_cached_says_something = lru_cache(_CACHED_VALUES)(_says_something)


def _plain_texts(value: bytes) -> tuple[str, ...] | None:
    """The texts of plain ASCII; None where they depend on the character set."""
    return _texts(value.decode("ascii")) if value.isascii() and _ESCAPE not in value else None


_cached_texts = lru_cache(_CACHED_VALUES)(_plain_texts)


@lru_cache(_CACHED_VALUES)
def _cached_text(value: bytes) -> str | None:
    """The same as one text, "" where there is none."""
    texts = _plain_texts(value)
    return None if texts is None else _joined(texts) or ""


def _joined(texts: tuple[str, ...]) -> str | None:
    return (texts[0] if len(texts) == 1 else "\\".join(texts)[:MAX_TEXT]) if texts else None


def _texts(text: str) -> tuple[str, ...]:
    parts = text.replace("\0", "").split("\\")
    values = tuple(" ".join(_printable(part).split())[:MAX_TEXT] for part in parts)
    return values if any(values) else ()


def _numbers(value: bytes, code: str | None) -> tuple[float, ...] | None:
    """code: of struct, with its byte order; None for numbers written as text."""
    try:
        if code is None:
            numbers = tuple(map(float, value.strip(b" \0").split(b"\\")))
        else:
            fit = len(value) // struct.calcsize(code)
            numbers = tuple(map(float, struct.unpack_from(f"{code[0]}{fit}{code[1]}", value)))
    except ValueError:
        return None
    return numbers if numbers and all(map(math.isfinite, numbers)) else None


_cached_numbers = lru_cache(_CACHED_VALUES)(_numbers)


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _decoded(value: bytes, character_set: bytes) -> str:
    if _ESCAPE not in value:
        if value.isascii():
            return value.decode("ascii")
        codec = _PLAIN_CHARACTER_SETS.get(character_set)
        try:
            if codec is not None:
                return value.decode(codec)
        except UnicodeDecodeError:
            pass  # pydicom knows how much of it can be saved
    from biodatamine_core.readers.dicom_fallback import decoded_text

    return decoded_text(value, character_set)
