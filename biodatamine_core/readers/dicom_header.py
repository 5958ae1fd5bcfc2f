"""A DICOM header by a bounded walk over its first bytes: what is not wanted is skipped by its length.

It reads little endian, explicit and implicit VR, as the standard writes them, and raises Unsure for everything else:
then pydicom reads the file. Sources: DICOM PS3.5 7.1 (elements), 7.5 (sequences), PS3.10 7.1 (file meta information).
"""

import re
import struct
from functools import partial

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_fallback import DEFLATED, sequence_items
from biodatamine_core.readers.dicom_runs import Runs, Values, runs_of
from biodatamine_core.readers.dicom_sniff import has_preamble
from biodatamine_core.readers.dicom_values import BINARY_CODES, Elements, Header
from biodatamine_core.readers.interface import HEAD_BYTES

_SHORT = b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
_LONG = b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()
_UNDEFINED_LENGTH = 0xFFFFFFFF
_MOST_LEVELS = 16
"""Of sequences within sequences; honest ones have five."""
_PREAMBLE_BYTES = 132

# Tags, items and VRs as the numbers that they read as in little endian, so that the walk compares numbers only.
_EXPLICIT = struct.Struct("<IHH").unpack_from
_IMPLICIT = struct.Struct("<II").unpack_from
_LENGTH = struct.Struct("<I").unpack_from


def _number(text: bytes) -> int:
    return int.from_bytes(text, "little")


def _key(tag: int) -> int:
    """Group and element as they stand in the file, read as one number."""
    return (tag & 0xFFFF) << 16 | tag >> 16


_SHORT_VRS = frozenset(map(_number, _SHORT))
_LONG_VRS = frozenset(map(_number, _LONG))
_SQ = _number(b"SQ")
_ITEM, _END_OF_ITEM, _END_OF_ITEMS = _key(0xFFFEE000), _key(0xFFFEE00D), _key(0xFFFEE0DD)
_PIXELS = frozenset(map(_key, tags.PIXELS))
_END_OF_ITEMS_BYTES = b"\xfe\xff\xdd\xe0"
_GROUP_2 = 0x0002
_MEDIA_STORAGE_SOP_INSTANCE_UID = _key(0x00020003)


def _accepted_vrs(tag: int) -> frozenset[int]:
    """The VRs that leave no doubt what the value is."""
    if tag in tags.PRIVATE:
        return frozenset({_number(tags.PRIVATE[tag].encode())})
    other_numbers = set(BINARY_CODES) - {tags.BINARY[tag]} if tag in tags.BINARY else set()
    return (_SHORT_VRS | _LONG_VRS) - {_number(vr.encode()) for vr in other_numbers}


_WANTED_INSIDE = {_key(tag): (tag, _accepted_vrs(tag)) for tag in tags.WANTED - tags.PIXELS}
_WANTED_INSIDE[_END_OF_ITEM] = (0, frozenset())
_WANTED = _WANTED_INSIDE | {_key(tag): (tag, frozenset()) for tag in tags.PIXELS}
"""What ends a walk accepts no VR; inside a sequence pixels are an icon's, and skipped."""
_SEQUENCES = frozenset(
    number for name, number in vars(tags).items() if name.endswith("_SEQUENCE") and isinstance(number, int)
)
_IMPLICIT_CODES = {tag: "<" + BINARY_CODES[vr] for tag, vr in tags.BINARY.items()}
_EXPLICIT_CODES = _IMPLICIT_CODES | {
    tag: "<" + BINARY_CODES[vr] for tag, vr in tags.PRIVATE.items() if vr in BINARY_CODES
}
_CHARACTER_SETS = re.compile(rb"(?:(?:ISO_IR|ISO 2022 IR) \d{1,3}|GB18030|GBK|)(?:\\ISO 2022 IR \d{1,3})*[ \0]?")


class Unsure(Exception):
    """The walk cannot tell what pydicom would read: pydicom is to read it. The text is the reason, in a few words."""


class EndsEarly(Unsure):
    """The bytes end before the header does."""


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
    runs = runs_of(kind, _measure_explicit if is_explicit else _measure_implicit)
    at, end = (_walk_explicit if is_explicit else _walk_implicit)(data, at, values, runs)
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
        (length,) = _LENGTH(data, at - 4)
    return Header(
        meta=meta_elements,
        data=_elements(values, is_explicit, character_set),
        transfer_syntax_uid=transfer_syntax,
        is_little_endian=True,
        is_explicit=is_explicit,
        pixel_tag=end,
        pixel_length=None if length == _UNDEFINED_LENGTH else length,
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
            key, vr, length = _EXPLICIT(data, at)
            if key & 0xFFFF != _GROUP_2:
                return at, common_at
            at += 8
            if vr in _LONG_VRS:
                (length,) = _LENGTH(data, at)
                at += 4
            elif vr not in _SHORT_VRS:
                raise Unsure("file meta information with an unknown VR")
            if length == _UNDEFINED_LENGTH:
                raise Unsure("file meta information of undefined length")
            if key in _WANTED:
                values[_WANTED[key][0]] = data[at : at + length]
            at += length
            if key == _MEDIA_STORAGE_SOP_INSTANCE_UID:
                common_at = at
    except struct.error:
        raise EndsEarly("the file meta information is cut") from None


def _walk_explicit(
    data: bytes, at: int, values: Values, runs: Runs | None = None, level: int = 0
) -> tuple[int, int | None]:
    """Elements of explicit VR from `at` into `values`, up to the pixels, the end of an item, or the end of the data.

    runs: of the file itself; None within a sequence, `level` deep.
    Returns where it stopped, and before which tag; 0 for the end of an item, None for the end of the data.
    """
    wanted, short, long, unpack = _WANTED_INSIDE if runs is None else _WANTED, _SHORT_VRS, _LONG_VRS, _EXPLICIT
    known_runs = runs.by_first if runs is not None else {}
    try:
        while True:
            key, vr, length = unpack(data, at)
            if runs is not None:
                run = known_runs.get(key)
                if run is None or not data.startswith(run[0], at):
                    run = runs.learned(data, at, key)
                if run[0]:
                    values.update(run[1])
                    at += len(run[0])
                    continue
            if vr in short:
                start = at + 8
            elif vr in long:
                (length,) = _LENGTH(data, at + 8)
                start = at + 12
                if length == _UNDEFINED_LENGTH and key not in _PIXELS:
                    if vr != _SQ:
                        raise Unsure("a value of undefined length")
                    items, at = _undefined_items(data, start, True, level + 1)
                    if key in wanted:
                        values[wanted[key][0]] = items
                    continue
            elif key == _END_OF_ITEM:
                return at, 0
            else:
                raise Unsure("an unknown VR")
            if key in wanted:
                tag, accepted = wanted[key]
                if vr not in accepted:
                    if key in _PIXELS and vr in long:
                        return at, tag
                    raise Unsure("a VR that the standard does not give it")
                values[tag] = data[start : start + length]
            at = start + length
    except struct.error:
        if at != len(data):
            raise EndsEarly("it ends within an element") from None
        return at, None


def _measure_explicit(data: bytes, at: int) -> tuple[int, int, int] | None:
    """What Runs asks about an element of explicit VR."""
    if at + 12 > len(data):
        return None
    key, vr, length = _EXPLICIT(data, at)
    start = at + 8
    if vr in _LONG_VRS:
        (length,) = _LENGTH(data, start)
        start += 4
    tag, accepted = _WANTED.get(key, (0, _SHORT_VRS | _LONG_VRS))
    return (start + length, tag, start) if vr in accepted and length != _UNDEFINED_LENGTH else None


def _walk_implicit(
    data: bytes, at: int, values: Values, runs: Runs | None = None, level: int = 0
) -> tuple[int, int | None]:
    """The same for implicit VR."""
    wanted, unpack = _WANTED_INSIDE if runs is None else _WANTED, _IMPLICIT
    known_runs = runs.by_first if runs is not None else {}
    try:
        while True:
            key, length = unpack(data, at)
            if runs is not None:
                run = known_runs.get(key)
                if run is None or not data.startswith(run[0], at):
                    run = runs.learned(data, at, key)
                if run[0]:
                    values.update(run[1])
                    at += len(run[0])
                    continue
            start = at + 8
            if key in wanted:
                tag, accepted = wanted[key]
                if not accepted:
                    return at, tag
                if length != _UNDEFINED_LENGTH:
                    values[tag] = data[start : start + length]
                elif tag not in _SEQUENCES:
                    raise Unsure("a value of undefined length")
            if length == _UNDEFINED_LENGTH:
                items, at = _undefined_items(data, start, False, level + 1)
                if key in wanted:
                    values[wanted[key][0]] = items
                elif data.find(_END_OF_ITEMS_BYTES, start) != at - 8:
                    raise Unsure("nested items whose VR only a dictionary tells")
            else:
                at = start + length
    except struct.error:
        if at != len(data):
            raise EndsEarly("it ends within an element") from None
        return at, None


def _measure_implicit(data: bytes, at: int) -> tuple[int, int, int] | None:
    """What Runs asks about an element of implicit VR."""
    if at + 8 > len(data):
        return None
    key, length = _IMPLICIT(data, at)
    tag, accepted = _WANTED.get(key, (0, _SHORT_VRS))
    return (at + 8 + length, tag, at + 8) if accepted and length != _UNDEFINED_LENGTH else None


def _items(is_explicit: bool, character_set: bytes, value: bytes | tuple[Values, ...]) -> tuple[Elements, ...]:
    """The items of a sequence, which are walked over by now where its length is undefined."""
    try:
        items = _defined_items(value, is_explicit) if isinstance(value, bytes) else value
    except (Unsure, struct.error):
        return sequence_items(value, is_explicit, True, character_set) if isinstance(value, bytes) else ()
    return tuple(_elements(item, is_explicit, character_set) for item in items)


def _defined_items(value: bytes, is_explicit: bool) -> tuple[Values, ...]:
    items: list[Values] = []
    at = 0
    while at < len(value):
        item, at = _item(value, at, is_explicit, 1)
        if item is None:
            raise Unsure("a delimiter in a sequence of known length")
        items.append(item)
    return tuple(items)


def _undefined_items(data: bytes, at: int, is_explicit: bool, level: int) -> tuple[tuple[Values, ...], int]:
    """The items from `at` to the delimiter of their sequence, and where that ends."""
    if level > _MOST_LEVELS:
        raise Unsure("deeply nested")
    items: list[Values] = []
    while True:
        item, at = _item(data, at, is_explicit, level)
        if item is None:
            return tuple(items), at
        items.append(item)


def _item(data: bytes, at: int, is_explicit: bool, level: int) -> tuple[Values | None, int]:
    """The item at `at`, None for the delimiter of the sequence; and where it ends."""
    key, length = _IMPLICIT(data, at)
    at += 8
    if key == _END_OF_ITEMS:
        return None, at
    if key != _ITEM:
        raise Unsure("no item where one is due")
    walk_elements = _walk_explicit if is_explicit else _walk_implicit
    values: Values = {}
    if length == _UNDEFINED_LENGTH:
        at, end = walk_elements(data, at, values, None, level)
        at += 8
        is_delimited = end == 0
    else:
        item = data[at : at + length]
        if len(item) < length:
            raise EndsEarly("it ends within an item")
        _, end = walk_elements(item, 0, values, None, level)
        at += length
        is_delimited = end is None
    if not is_delimited or tags.SPECIFIC_CHARACTER_SET in values:
        raise Unsure("an odd item")
    return values, at
