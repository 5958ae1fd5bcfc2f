"""DICOM bytes -> the wanted elements, each parsed by itself so that one broken value costs only itself."""

import io
import math
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_sniff import has_preamble
from biodatamine_core.readers.stream import BLOCK_BYTES, HeaderStream, InflatedStream
from biodatamine_core.records import ProblemKind, UnreadableMember

MAX_TEXT = 256
"""Characters of free text that are kept: descriptions, not essays."""

_BINARY_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_PIXEL_TAGS = frozenset({tags.PIXEL_DATA, tags.FLOAT_PIXEL_DATA, tags.DOUBLE_FLOAT_PIXEL_DATA})
_DEFLATED = "1.2.840.10008.1.2.1.99"
_SNIFFED_BYTES = 4096
_UNDEFINED_LENGTH = 0xFFFFFFFF
# What parsing hostile or broken bytes ends with: all of it means "no further element can be read".
_PARSE_ERRORS = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
    EOFError,
    OSError,
    NotImplementedError,
    RecursionError,
    struct.error,
    zlib.error,
)


class Elements:
    """The elements of one dataset by tag number, values as bytes until they are asked for."""

    def __init__(self, raw: Mapping[int, Any], encodings: list[str]) -> None:
        self._raw = raw
        self._encodings = encodings

    def __len__(self) -> int:
        return len(self._raw)

    def has(self, tag: int) -> bool:
        """Whether the element is there with a value that says something."""
        element = self._raw.get(tag)
        if element is None:
            return False
        if isinstance(element.value, bytes):
            value = element.value.strip(b" \0\t\r\n^").lower()
            return bool(value) and value not in tags.PLACEHOLDERS
        return bool(element.value)

    def texts(self, tag: int) -> tuple[str, ...]:
        """The values as printable text, trimmed, at most MAX_TEXT characters each; () where absent or empty."""
        value = self._bytes(tag)
        if not value:
            return ()
        text = _decoded(value, self._encodings).replace("\0", "")
        values = tuple(" ".join(_printable(part).split())[:MAX_TEXT] for part in text.split("\\"))
        return values if any(values) else ()

    def text(self, tag: int) -> str | None:
        """All values as one text, None where there is none."""
        return "\\".join(self.texts(tag))[:MAX_TEXT] or None

    def numbers(self, tag: int, count: int | None = None) -> tuple[float, ...] | None:
        """The values as finite numbers; None where absent, not numbers, or not `count` of them."""
        element, value = self._raw.get(tag), self._bytes(tag)
        if element is None or not value:
            return None
        try:
            code = _BINARY_NUMBERS.get(_vr(element))
            if code is None:
                numbers = tuple(float(part) for part in value.strip(b" \0").split(b"\\"))
            else:
                order = "<" if element.is_little_endian else ">"
                fit = len(value) // struct.calcsize(code)
                numbers = tuple(float(n) for n in struct.unpack_from(f"{order}{fit}{code}", value))
        except ValueError:
            return None
        if not numbers or not all(map(math.isfinite, numbers)) or (count is not None and len(numbers) != count):
            return None
        return numbers

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
        from pydicom.filereader import read_sequence

        element = self._raw.get(tag)
        if element is None or element.value is None:
            return ()
        try:
            sequence = element.value
            if isinstance(sequence, bytes):
                sequence = read_sequence(
                    io.BytesIO(sequence),
                    element.is_implicit_VR,
                    element.is_little_endian,
                    len(sequence),
                    self._encodings,
                )
            return tuple(Elements(dict(item.items()), self._encodings) for item in sequence)
        except _PARSE_ERRORS:
            return ()

    def first(self, tag: int) -> "Elements":
        """The first item of a sequence, an empty one where there is none."""
        items = self.items(tag)
        return items[0] if items else Elements({}, self._encodings)

    def _bytes(self, tag: int) -> bytes:
        element = self._raw.get(tag)
        value = None if element is None else element.value
        return value if isinstance(value, bytes) else b""


@dataclass(frozen=True, slots=True)
class Header:
    """What was read before the pixels.

    pixel_tag: the element that the header ends before, None where the file has no pixels.
    pixel_length: its announced bytes, None where they are encapsulated (undefined length).
    pixel_offset: where they begin, in bytes from the start of the file; for a deflated file, of its inflated dataset.
    is_empty: there is no element after the file meta information.
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


def read_header(stream: HeaderStream) -> Header:
    """The wanted elements up to the pixel data. Raises UnreadableMember from the stream; nothing else.

    stream: at the start of the file, with or without a preamble.
    """
    meta = _read_meta(stream)
    transfer_syntax = Elements(meta, []).text(tags.TRANSFER_SYNTAX_UID)
    is_deflated = transfer_syntax == _DEFLATED
    if is_deflated:
        stream = HeaderStream(cast(BinaryIO, InflatedStream(stream)))
    first = stream.read(6)
    stream.seek(-len(first), 1)
    # The bytes decide, not the transfer syntax: groups below 0x0100 come first, and the two do disagree in the wild.
    is_little_endian = not (len(first) > 1 and first[0] == 0 and first[1] != 0)
    data, is_broken = _read_elements(stream, _PIXEL_TAGS.__contains__, is_little_endian)
    pixel_tag, pixel_length = _pixel_element(stream, is_little_endian, first[4:6].isalpha())
    encodings = _encodings(data.get(tags.SPECIFIC_CHARACTER_SET))
    return Header(
        meta=Elements(meta, encodings),
        data=Elements(data, encodings),
        transfer_syntax_uid=transfer_syntax,
        is_little_endian=is_little_endian,
        is_explicit=first[4:6].isalpha(),
        pixel_tag=pixel_tag,
        pixel_length=pixel_length,
        pixel_offset=stream.tell(),
        is_empty=not first,
        ended_early=stream.ended_early,
        is_broken=is_broken,
        is_deflated=is_deflated,
    )


def inflated_dataset(stream: HeaderStream, limit_bytes: int) -> bytes:
    """The dataset of a deflated file without its file meta information. Raises UnreadableMember past the limit."""
    _read_meta(stream)
    source = InflatedStream(stream)
    data = bytearray()
    while chunk := source.read(BLOCK_BYTES):
        data += chunk
        if len(data) > limit_bytes:
            raise UnreadableMember(ProblemKind.TOO_LARGE, f"It inflates to more than {limit_bytes:,} bytes.")
    return bytes(data)


def _read_meta(stream: HeaderStream) -> dict[int, Any]:
    """Skip the preamble where there is one, and read the file meta information (group 2)."""
    start = stream.read(_SNIFFED_BYTES)
    stream.seek(132 if has_preamble(start) else 0)
    stream.ended_early = False  # a small file is not a cut one
    meta, _ = _read_elements(stream, lambda tag: tag >> 16 != 2, is_little_endian=True)
    return meta


def _read_elements(stream: HeaderStream, stops_at: Any, is_little_endian: bool) -> tuple[dict[int, Any], bool]:
    """Elements until `stops_at(tag)` or the end; and whether parsing had to be given up."""
    from pydicom.filereader import data_element_generator

    start = stream.read(6)
    stream.seek(-len(start), 1)
    elements: dict[int, Any] = {}
    try:
        for element in data_element_generator(
            cast(BinaryIO, stream),
            is_implicit_VR=not start[4:6].isalpha(),
            is_little_endian=is_little_endian,
            stop_when=lambda tag, vr, length: stops_at(int(tag)),
            specific_tags=list(tags.WANTED),
        ):
            elements[int(element.tag)] = element
    except _PARSE_ERRORS:
        return elements, True
    return elements, False


def _pixel_element(stream: HeaderStream, is_little_endian: bool, is_explicit: bool) -> tuple[int | None, int | None]:
    """The pixel element's tag and announced bytes; the stream is then at its value."""
    order = "<" if is_little_endian else ">"
    start = stream.read(8)
    if len(start) < 8:
        return None, None
    group, element = struct.unpack(f"{order}HH", start[:4])
    tag = group << 16 | element
    if tag not in _PIXEL_TAGS:
        return None, None
    length_bytes = stream.read(4) if is_explicit else start[4:]
    if len(length_bytes) < 4:
        return tag, 0
    (length,) = struct.unpack(f"{order}I", length_bytes)
    return tag, None if length == _UNDEFINED_LENGTH else length


def _vr(element: Any) -> str:
    """The element's value representation, the standard's where the file states none or one that cannot be."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    tag = int(element.tag)
    known = dictionary_VR(tag) if dictionary_has_tag(tag) else None
    if known is not None and (
        element.VR in (None, "UN") or (known in _BINARY_NUMBERS) != (element.VR in _BINARY_NUMBERS)
    ):
        return known
    return str(element.VR)


def _encodings(element: Any) -> list[str]:
    """Python codecs for SpecificCharacterSet; the default repertoire where it is absent or unknown."""
    from pydicom.charset import convert_encodings

    value = element.value if element is not None and isinstance(element.value, bytes) else b""
    names = [part.strip() for part in value.decode("ascii", "replace").strip("\0 ").split("\\")]
    try:
        return list(convert_encodings(names)) or ["iso8859"]
    except (LookupError, ValueError):
        return ["iso8859"]


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _decoded(value: bytes, encodings: Iterable[str]) -> str:
    from pydicom.charset import decode_bytes
    from pydicom.valuerep import TEXT_VR_DELIMS

    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    try:
        return str(decode_bytes(value, list(encodings), TEXT_VR_DELIMS | {ord("\\")}))
    except (LookupError, ValueError):
        return value.decode("latin-1")
