"""A DICOM header by a bounded walk over the first bytes of a file; see dicom_walk.

Source: DICOM PS3.10 7.1 (file meta information).
"""

import re
import struct
from functools import partial

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_fallback import DEFLATED, sequence_items
from biodatamine_core.readers.dicom_runs import Values, runs_of
from biodatamine_core.readers.dicom_sniff import has_preamble
from biodatamine_core.readers.dicom_values import BINARY_CODES, Elements, Header
from biodatamine_core.readers.dicom_walk import (
    EXPLICIT,
    LENGTH,
    LONG_VRS,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    WANTED,
    EndsEarly,
    Unsure,
    defined_items,
    key_of,
    measure_explicit,
    measure_implicit,
    walk_explicit,
    walk_implicit,
)
from biodatamine_core.readers.interface import HEAD_BYTES

_PREAMBLE_BYTES = 132
_GROUP_2 = 0x0002
_MEDIA_STORAGE_SOP_INSTANCE_UID = key_of(0x00020003)
_IMPLICIT_CODES = {tag: "<" + BINARY_CODES[vr] for tag, vr in tags.BINARY.items()}
_EXPLICIT_CODES = _IMPLICIT_CODES | {
    tag: "<" + BINARY_CODES[vr] for tag, vr in tags.PRIVATE.items() if vr in BINARY_CODES
}
_CHARACTER_SETS = re.compile(rb"(?:(?:ISO_IR|ISO 2022 IR) \d{1,3}|GB18030|GBK|)(?:\\ISO 2022 IR \d{1,3})*[ \0]?")


def walk(data: bytes, is_whole: bool) -> Header:
    """The header in the first bytes of a file, with or without a preamble. is_whole: they are all of its bytes.

    Raises EndsEarly where more bytes may help, Unsure where pydicom is to be asked.
    """
    at = kind_at = _PREAMBLE_BYTES if has_preamble(data) else 0
    meta: Values = {}
    if data[at : at + 2] == b"\x02\x00":
        at, kind_at = _walk_meta(data, at, meta)
    meta_elements = _elements(meta, True, b"")
    transfer_syntax = meta_elements.text(tags.TRANSFER_SYNTAX_UID)
    if transfer_syntax == DEFLATED:
        raise Unsure("deflated")
    if at + 6 > len(data):
        raise EndsEarly("no dataset")
    if data[at] == 0 and data[at + 1] != 0:
        raise Unsure("big endian")
    is_explicit = data[at + 4 : at + 6].isalpha()
    values: Values = {}
    kind = meta.get(tags.MEDIA_STORAGE_SOP_CLASS_UID), data[kind_at:at], is_explicit
    runs = runs_of(kind, measure_explicit if is_explicit else measure_implicit)
    start = at
    at = runs.followed(data, start, values)
    at, end = (walk_explicit if is_explicit else walk_implicit)(data, at, values, runs)
    runs.walked(data, start, at)
    if end is None and not is_whole:
        raise EndsEarly("the header is longer")
    if end == 0:
        raise Unsure("a delimiter outside a sequence")
    character_set = values.get(tags.SPECIFIC_CHARACTER_SET, b"")
    if not isinstance(character_set, bytes) or not _CHARACTER_SETS.fullmatch(character_set):
        raise Unsure("an odd character set")
    length = None
    if end is not None:
        at += 12 if is_explicit else 8
        if at > len(data):
            raise EndsEarly("the pixel element is cut")
        (length,) = LENGTH(data, at - 4)
    return Header(
        meta=meta_elements,
        data=_elements(values, is_explicit, character_set),
        transfer_syntax_uid=transfer_syntax,
        is_little_endian=True,
        is_explicit=is_explicit,
        pixel_tag=end,
        pixel_length=None if length == UNDEFINED_LENGTH else length,
        pixel_offset=at,
        is_empty=False,
        ended_early=False,
        is_broken=False,
        is_deflated=False,
        is_usual=at <= HEAD_BYTES,
    )


def _elements(values: Values, is_explicit: bool, character_set: bytes) -> Elements:
    codes = _EXPLICIT_CODES if is_explicit else _IMPLICIT_CODES
    return Elements(values, codes, character_set, partial(_items, is_explicit, character_set))


def _walk_meta(data: bytes, at: int, values: Values) -> tuple[int, int]:
    """The elements of group 2 into `values`. Returns where the dataset begins, and where what names the file ends."""
    common_at = at
    try:
        while True:
            key, vr, length = EXPLICIT(data, at)
            if key & 0xFFFF != _GROUP_2:
                return at, common_at
            at += 8
            if vr in LONG_VRS:
                (length,) = LENGTH(data, at)
                at += 4
            elif vr not in SHORT_VRS:
                raise Unsure("file meta information with an unknown VR")
            if length == UNDEFINED_LENGTH:
                raise Unsure("file meta information of undefined length")
            if key in WANTED:
                values[WANTED[key][0]] = data[at : at + length]
            at += length
            if key == _MEDIA_STORAGE_SOP_INSTANCE_UID:
                common_at = at
    except struct.error:
        raise EndsEarly("the file meta information is cut") from None


def _items(is_explicit: bool, character_set: bytes, value: bytes | tuple[Values, ...]) -> tuple[Elements, ...]:
    """The items of a sequence, which are walked over by now where its length is undefined."""
    try:
        items = defined_items(value, is_explicit) if isinstance(value, bytes) else value
    except (Unsure, struct.error):
        return sequence_items(value, is_explicit, True, character_set) if isinstance(value, bytes) else ()
    return tuple(_elements(item, is_explicit, character_set) for item in items)
