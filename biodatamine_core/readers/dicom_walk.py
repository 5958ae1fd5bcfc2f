"""The elements of a DICOM dataset by a bounded walk: what is not wanted is skipped by its length.

It reads little endian, explicit and implicit VR, as the standard writes them, and raises Unsure for everything else:
then pydicom reads the file. Sources: DICOM PS3.5 7.1 (elements), 7.5 (sequences).
"""

import struct

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_runs import Runs, Values
from biodatamine_core.readers.dicom_values import BINARY_CODES

_SHORT = b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
_LONG = b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()
UNDEFINED_LENGTH = 0xFFFFFFFF
_MOST_LEVELS = 16
"""Of sequences within sequences; honest ones have five."""

# Tags, items and VRs as the numbers that they read as in little endian, so that the walk compares numbers only.
EXPLICIT = struct.Struct("<IHH").unpack_from
_IMPLICIT = struct.Struct("<II").unpack_from
LENGTH = struct.Struct("<I").unpack_from


def _number(text: bytes) -> int:
    return int.from_bytes(text, "little")


def key_of(tag: int) -> int:
    """Group and element as they stand in the file, read as one number."""
    return (tag & 0xFFFF) << 16 | tag >> 16


SHORT_VRS = frozenset(map(_number, _SHORT))
LONG_VRS = frozenset(map(_number, _LONG))
_ANY_VR = SHORT_VRS | LONG_VRS
_SQ = _number(b"SQ")
_ITEM, _END_OF_ITEM, _END_OF_ITEMS = key_of(0xFFFEE000), key_of(0xFFFEE00D), key_of(0xFFFEE0DD)
_PIXELS = frozenset(map(key_of, tags.PIXELS))
_END_OF_ITEMS_BYTES = b"\xfe\xff\xdd\xe0"


def _accepted_vrs(tag: int) -> frozenset[int]:
    """The VRs that leave no doubt what the value is."""
    if tag in tags.PRIVATE:
        return frozenset({_number(tags.PRIVATE[tag].encode())})
    other_numbers = set(BINARY_CODES) - {tags.BINARY[tag]} if tag in tags.BINARY else set()
    return _ANY_VR - {_number(vr.encode()) for vr in other_numbers}


_WANTED_INSIDE = {key_of(tag): (tag, _accepted_vrs(tag)) for tag in tags.WANTED - tags.PIXELS}
_WANTED_INSIDE[_END_OF_ITEM] = (0, frozenset())
WANTED = _WANTED_INSIDE | {key_of(tag): (tag, frozenset()) for tag in tags.PIXELS}
"""What ends a walk accepts no VR; inside a sequence pixels are an icon's, and skipped."""
_SEQUENCES = frozenset(
    number for name, number in vars(tags).items() if name.endswith("_SEQUENCE") and isinstance(number, int)
)


class Unsure(Exception):
    """The walk cannot tell what pydicom would read: pydicom is to read it. The text is the reason, in a few words."""


class EndsEarly(Unsure):
    """The bytes end before the header does."""


def walk_explicit(
    data: bytes, at: int, values: Values, runs: Runs | None = None, level: int = 0
) -> tuple[int, int | None]:
    """Elements of explicit VR from `at` into `values`, up to the pixels, the end of an item, or the end of the data.

    runs: of the file itself; None within a sequence, `level` deep.
    Returns where it stopped, and before which tag; 0 for the end of an item, None for the end of the data.
    """
    wanted, short, long, unpack = _WANTED_INSIDE if runs is None else WANTED, SHORT_VRS, LONG_VRS, EXPLICIT
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
                (length,) = LENGTH(data, at + 8)
                start = at + 12
                if length == UNDEFINED_LENGTH and key not in _PIXELS:
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


def measure_explicit(data: bytes, at: int) -> tuple[int, int, int, int] | None:
    """What Runs asks about an element of explicit VR."""
    if at + 12 > len(data):
        return None
    key, vr, length = EXPLICIT(data, at)
    start, length_at = at + 8, at + 6
    if vr in LONG_VRS:
        (length,) = LENGTH(data, start)
        start, length_at = at + 12, at + 8
    tag, accepted = WANTED.get(key, (0, _ANY_VR))
    return (start + length, tag, start, length_at) if vr in accepted and length != UNDEFINED_LENGTH else None


def walk_implicit(
    data: bytes, at: int, values: Values, runs: Runs | None = None, level: int = 0
) -> tuple[int, int | None]:
    """The same for implicit VR."""
    wanted, unpack = _WANTED_INSIDE if runs is None else WANTED, _IMPLICIT
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
                if length != UNDEFINED_LENGTH:
                    values[tag] = data[start : start + length]
                elif tag not in _SEQUENCES:
                    raise Unsure("a value of undefined length")
            if length == UNDEFINED_LENGTH:
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


def measure_implicit(data: bytes, at: int) -> tuple[int, int, int, int] | None:
    """What Runs asks about an element of implicit VR."""
    if at + 8 > len(data):
        return None
    key, length = _IMPLICIT(data, at)
    tag, accepted = WANTED.get(key, (0, _ANY_VR))
    return (at + 8 + length, tag, at + 8, at + 4) if accepted and length != UNDEFINED_LENGTH else None


def defined_items(value: bytes, is_explicit: bool) -> tuple[Values, ...]:
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
    walk_elements = walk_explicit if is_explicit else walk_implicit
    values: Values = {}
    if length == UNDEFINED_LENGTH:
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
