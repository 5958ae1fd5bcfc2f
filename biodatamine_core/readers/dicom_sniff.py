"""Is it DICOM? By the preamble, or, without one, by elements that follow each other as the standard orders them."""

import struct

_FIRST_GROUPS = (0x0002, 0x0008)
_FIRST_BYTES = frozenset(group.to_bytes(2, order) for group in _FIRST_GROUPS for order in ("little", "big"))
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_ENOUGH = 3


def is_dicom(head: bytes) -> bool:
    """head: the first bytes of the file, or all of it."""
    return has_preamble(head) or any(_elements_fit(head, order) for order in "<>")


def has_preamble(head: bytes) -> bool:
    """Whether 128 bytes and "DICM" come first. Not so where elements begin at once and a text at 128 reads DICM."""
    if head[128:132] != b"DICM":
        return False
    return head[:2] not in _FIRST_BYTES or not any(_elements_fit(head, order) for order in "<>")


def _elements_fit(head: bytes, order: str) -> bool:
    """Whether three elements (or all that there are) start in group 2 or 8, ascend, and have lengths that fit."""
    position, last_tag, count = 0, 0, 0
    while count < _ENOUGH and position + 8 <= len(head):
        group, element = struct.unpack_from(f"{order}HH", head, position)
        tag = group << 16 | element
        if (count == 0 and group not in _FIRST_GROUPS) or (count > 0 and tag <= last_tag):
            return False
        step = _element_bytes(head, position, order)
        if step is None:
            return False
        position, last_tag, count = position + step, tag, count + 1
    return count == _ENOUGH or (count > 0 and position == len(head))


def _element_bytes(head: bytes, position: int, order: str) -> int | None:
    """Bytes of the element at `position`, None where it cannot be one."""
    vr = head[position + 4 : position + 6]
    if vr in _SHORT_VRS:
        return 8 + int(struct.unpack_from(f"{order}H", head, position + 6)[0])
    is_long = vr in _LONG_VRS
    at = position + (8 if is_long else 4)
    if at + 4 > len(head) or (not is_long and order == ">"):
        return None  # implicit VR is little endian only
    (length,) = struct.unpack_from(f"{order}I", head, at)
    header = 12 if is_long else 8
    return header + length if length <= 1 << 20 else None
