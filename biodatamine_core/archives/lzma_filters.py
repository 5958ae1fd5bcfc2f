"""What LZMA streams within archives say of themselves, as Python's lzma wants it, within bounds of memory."""

import lzma
from typing import Any

from biodatamine_core.records import ProblemKind, UnreadableMember

MOST_DICTIONARY_BYTES = 1 << 28  # what one stream may make us allocate
_LARGEST_LZMA2_PROPERTY = 40
_LONGEST_DELTA = 256


def lzma1(properties: bytes) -> dict[str, Any]:
    """One byte for three numbers, four for the dictionary. Source: lzma-specification.txt of the LZMA SDK."""
    if len(properties) < 5 or properties[0] >= 9 * 5 * 5:
        raise _damaged()
    rest, literal_context = divmod(properties[0], 9)
    position, literal_position = divmod(rest, 5)
    if literal_context + literal_position > 4:
        raise _damaged()
    dictionary_bytes = _bounded(int.from_bytes(properties[1:5], "little"))
    return {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary_bytes,
        "lc": literal_context,
        "lp": literal_position,
        "pb": position,
    }


def lzma2(properties: bytes) -> dict[str, Any]:
    """One byte for the dictionary: 2 or 3 times a power of two. Source: .xz file format 1.2.1, section 5.3.1."""
    if len(properties) != 1 or properties[0] > _LARGEST_LZMA2_PROPERTY:
        raise _damaged()
    return {"id": lzma.FILTER_LZMA2, "dict_size": _bounded((2 | properties[0] & 1) << properties[0] // 2 + 11)}


def delta(properties: bytes) -> dict[str, Any]:
    distance = properties[0] + 1 if properties else 1
    return {"id": lzma.FILTER_DELTA, "dist": min(distance, _LONGEST_DELTA)}


def _bounded(dictionary_bytes: int) -> int:
    if dictionary_bytes > MOST_DICTIONARY_BYTES:
        raise UnreadableMember(
            ProblemKind.TOO_LARGE, f"Its LZMA dictionary claims {dictionary_bytes:,} bytes of memory."
        )
    return dictionary_bytes


def _damaged() -> UnreadableMember:
    return UnreadableMember(ProblemKind.CORRUPT, "Its LZMA header is damaged.")
