"""DICOM headers that the walk is not sure of, read by pydicom: odd, damaged, big endian, deflated."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, cast

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_sniff import has_preamble
from biodatamine_core.readers.dicom_values import BINARY_CODES, Elements, Header, no_items
from biodatamine_core.readers.stream import BLOCK_BYTES, HeaderStream, InflatedStream, silenced
from biodatamine_core.records import ProblemKind, UnreadableMember

DEFLATED = "1.2.840.10008.1.2.1.99"
"""Deflated Explicit VR Little Endian."""
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


def read_header(stream: HeaderStream) -> Header:
    """The wanted elements up to the pixel data. Raises UnreadableMember from the stream; nothing else.

    stream: at the start of the file, with or without a preamble.
    """
    with silenced():
        return _read_header(stream)


def _read_header(stream: HeaderStream) -> Header:
    meta = _elements(_read_meta(stream), b"")
    transfer_syntax = meta.text(tags.TRANSFER_SYNTAX_UID)
    is_deflated = transfer_syntax == DEFLATED
    if is_deflated:
        stream = HeaderStream(cast(BinaryIO, InflatedStream(stream)))
    first = stream.read(6)
    stream.seek(-len(first), 1)
    # The bytes decide, not the transfer syntax: groups below 0x0100 come first, and the two do disagree in the wild.
    is_little_endian = not (len(first) > 1 and first[0] == 0 and first[1] != 0)
    raw, is_broken = _read_elements(stream, tags.PIXELS.__contains__, is_little_endian)
    pixel_tag, pixel_length = _pixel_element(stream, is_little_endian, first[4:6].isalpha())
    character_set = getattr(raw.get(tags.SPECIFIC_CHARACTER_SET), "value", None)
    return Header(
        meta=meta,
        data=_elements(raw, character_set if isinstance(character_set, bytes) else b""),
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


def _read_meta(stream: HeaderStream) -> dict[int, Any]:
    """Skip the preamble where there is one, and read the file meta information (group 2)."""
    start = stream.read(_SNIFFED_BYTES)
    stream.seek(132 if has_preamble(start) else 0)
    stream.ended_early = False  # a small file is not a cut one
    meta, _ = _read_elements(stream, lambda tag: tag >> 16 != 2, is_little_endian=True)
    return meta


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


def sequence_items(
    value: bytes, is_explicit: bool, is_little_endian: bool, character_set: bytes
) -> tuple[Elements, ...]:
    """The items in the value of a sequence of known length; () where they cannot be parsed."""
    from pydicom.filereader import read_sequence

    try:
        with silenced():
            encodings = _encodings(character_set)
            items = read_sequence(io.BytesIO(value), not is_explicit, is_little_endian, len(value), encodings)
            return tuple(_elements(dict(item.items()), character_set) for item in items)
    except _PARSE_ERRORS:
        return ()


def decoded_text(value: bytes, character_set: bytes) -> str:
    """Text in whatever SpecificCharacterSet says; as Latin-1 where that cannot be."""
    from pydicom.charset import decode_bytes
    from pydicom.valuerep import TEXT_VR_DELIMS

    try:
        with silenced():
            return str(decode_bytes(value, _encodings(character_set), TEXT_VR_DELIMS | {ord("\\")}))
    except (LookupError, ValueError):
        return value.decode("latin-1")


def _read_elements(
    stream: HeaderStream, stops_at: Callable[[int], bool], is_little_endian: bool
) -> tuple[dict[int, Any], bool]:
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


def _elements(raw: dict[int, Any], character_set: bytes) -> Elements:
    """pydicom's elements as values; of a sequence that it has parsed already, its items."""
    values: dict[int, bytes | tuple[Elements, ...]] = {}
    codes: dict[int, str] = {}
    parse: Callable[..., tuple[Elements, ...]] = no_items
    for tag in tags.WANTED.intersection(raw):
        element = raw[tag]
        value = element.value
        if isinstance(value, bytes):
            values[tag] = value
            parse = partial(
                sequence_items,
                is_explicit=not element.is_implicit_VR,
                is_little_endian=element.is_little_endian,
                character_set=character_set,
            )
            if code := BINARY_CODES.get(_vr(element)):
                codes[tag] = ("<" if element.is_little_endian else ">") + code
        elif value:
            values[tag] = tuple(_elements(dict(item.items()), character_set) for item in value)
    return Elements(values, codes, character_set, lambda value: value if isinstance(value, tuple) else parse(value))


def _pixel_element(stream: HeaderStream, is_little_endian: bool, is_explicit: bool) -> tuple[int | None, int | None]:
    """The pixel element's tag and announced bytes; the stream is then at its value."""
    order = "<" if is_little_endian else ">"
    start = stream.read(8)
    if len(start) < 8:
        return None, None
    group, element = struct.unpack(f"{order}HH", start[:4])
    tag = group << 16 | element
    if tag not in tags.PIXELS:
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
    if known is not None and (element.VR in (None, "UN") or (known in BINARY_CODES) != (element.VR in BINARY_CODES)):
        return known
    return str(element.VR)


def _encodings(character_set: bytes) -> list[str]:
    """Python codecs for SpecificCharacterSet; the default repertoire where it is absent or unknown."""
    from pydicom.charset import convert_encodings

    names = [part.strip() for part in character_set.decode("ascii", "replace").strip("\0 ").split("\\")]
    try:
        return list(convert_encodings(names)) or ["iso8859"]
    except (LookupError, ValueError):
        return ["iso8859"]
