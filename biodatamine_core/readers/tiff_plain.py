"""The facts of a plain TIFF, one page without a maker's metadata, from its directory alone. Source: TIFF 6.0, 2 and 8.

What has more to it (several pages, tiles, descriptions, odd numbers) is tifffile's.
"""

import struct
from typing import Any, NamedTuple

from biodatamine_core.readers.interface import HEAD_BYTES, problem
from biodatamine_core.readers.tiff_layout import plane_spacing_mm
from biodatamine_core.records import Member, ProblemKind

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_OFFSETS, _SAMPLES, _BYTE_COUNTS, _X_DENSITY, _Y_DENSITY, _PLANAR, _DENSITY_UNIT = 273, 277, 279, 282, 283, 284, 296
_SUBFILE, _FILL_ORDER, _FORMAT = 254, 266, 339
_ORIENTATION, _ROWS_OF_STRIP, _PREDICTOR, _PALETTE_VALUES, _EXTRA_SAMPLES = 274, 278, 317, 320, 338
_SEVERAL = frozenset({_BITS, _OFFSETS, _BYTE_COUNTS, _FORMAT, _PALETTE_VALUES, _X_DENSITY, _Y_DENSITY})
"""Tags with more than one value, a fraction being two."""
_ONE_OF = {
    _SUBFILE: (0,), _FILL_ORDER: (1,), _PLANAR: (1,), _ORIENTATION: range(1, 9), _PREDICTOR: (1, 2, 3),
    _EXTRA_SAMPLES: (0, 1, 2), _COMPRESSION: (1, 5, 8, 32773, 32946),  # none, LZW, deflate, PackBits, deflate
    _WIDTH: range(1, 1 << 31), _LENGTH: range(1, 1 << 31), _ROWS_OF_STRIP: range(1, 1 << 32), _SAMPLES: range(1, 5),
    _PHOTOMETRIC: (0, 1, 2, 3), _DENSITY_UNIT: (1, 2, 3),
}  # fmt: skip
"""What a plain file says in tags of one value."""
_TYPES = {3: "H", 4: "I", 5: "II"}  # short, long, rational
_PALETTE = 3
_DTYPES = {
    (1, 1): "bool", (8, 1): "uint8", (16, 1): "uint16", (32, 1): "uint32", (8, 2): "int8", (16, 2): "int16",
    (32, 2): "int32", (32, 3): "float32", (64, 3): "float64",
}  # fmt: skip
"""By bits and sample format."""
_MOST_VALUES = 1024
_MOST_TAGS = 32


class _Bytes(NamedTuple):
    """The first bytes of a file, which are all that is looked at."""

    head: bytes
    order: str

    def numbers(self, code: str, count: int, at: int) -> tuple[int, ...]:
        return struct.unpack_from(f"{self.order}{count * len(code)}{code[0]}", self.head, at)


def facts(member: Member, head: bytes) -> dict[str, Any] | None:
    """The columns of a FileRecord as tiff.inspect gives them; None where tifffile is to look."""
    size_bytes = len(head) if len(head) < HEAD_BYTES else member.size_bytes
    if size_bytes is None:
        return None
    try:
        tags = _tags(head)
    except struct.error:  # it lies behind the first bytes, or nowhere
        return None
    if tags is None or not _is_plain(tags):
        return None
    return _facts(tags, size_bytes)


def _tags(head: bytes) -> dict[int, tuple[int, ...]] | None:
    """The values of the only directory; None where there is another, or more in it than plain files have."""
    if head[:4] not in (b"II*\0", b"MM\0*"):
        return None
    file = _Bytes(head, "<" if head[:1] == b"I" else ">")
    (at,) = file.numbers("I", 1, 4)
    (count,) = file.numbers("H", 1, at)
    if at < 8 or count > _MOST_TAGS or file.numbers("I", 1, at + 2 + 12 * count) != (0,):
        return None
    tags: dict[int, tuple[int, ...]] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, type_ = file.numbers("H", 2, entry)
        (length,) = file.numbers("I", 1, entry + 4)
        is_known = tag in _SEVERAL or (tag in _ONE_OF and length == 1)
        if not is_known or tag in tags or type_ not in _TYPES or not 1 <= length <= _MOST_VALUES:
            return None
        code = _TYPES[type_]
        is_inline = struct.calcsize(f"={code}") * length <= 4
        tags[tag] = file.numbers(code, length, entry + 8 if is_inline else file.numbers("I", 1, entry + 8)[0])
    return tags


def _is_plain(tags: dict[int, tuple[int, ...]]) -> bool:
    """Whether nothing in it can be taken in two ways."""
    if not {_WIDTH, _LENGTH, _PHOTOMETRIC, _OFFSETS, _BYTE_COUNTS} <= tags.keys():
        return False
    samples = tags.get(_SAMPLES, (1,))[0]
    bits, formats = tags.get(_BITS, (1,) * samples), tags.get(_FORMAT, (1,) * samples)
    densities = [tags[tag] for tag in (_X_DENSITY, _Y_DENSITY) if tag in tags]
    return (
        all(values[0] in _ONE_OF[tag] for tag, values in tags.items() if tag in _ONE_OF)
        and all(len(density) == 2 and all(density) for density in densities)
        and (tags[_PHOTOMETRIC][0], samples) in ((0, 1), (1, 1), (_PALETTE, 1), (1, 2), (2, 3), (2, 4))
        and len(bits) == len(formats) == samples
        and len(set(bits)) == len(set(formats)) == 1
        and len(tags[_OFFSETS]) == len(tags[_BYTE_COUNTS])
        and all(tags[_OFFSETS])
        and all(tags[_BYTE_COUNTS])
        and _has_all_bytes(tags, samples)
    )


def _has_all_bytes(tags: dict[int, tuple[int, ...]], samples: int) -> bool:
    """Whether the strips are as long together as what they hold, where it is not compressed."""
    row_bytes = (tags[_WIDTH][0] * samples * tags.get(_BITS, (1,))[0] + 7) // 8
    return tags.get(_COMPRESSION, (1,))[0] != 1 or sum(tags[_BYTE_COUNTS]) == row_bytes * tags[_LENGTH][0]


def _facts(tags: dict[int, tuple[int, ...]], size_bytes: int) -> dict[str, Any] | None:
    bits = tags.get(_BITS, (1,))[0]
    dtype = _DTYPES.get((bits, tags.get(_FORMAT, (1,))[0]))
    if dtype is None:
        return None
    densities = [(above, below) for above, below in (tags.get(tag, (0, 1)) for tag in (_X_DENSITY, _Y_DENSITY))]
    strips = zip(tags[_OFFSETS], tags[_BYTE_COUNTS], strict=True)
    is_cut = any(offset + length > size_bytes for offset, length in strips)
    return {
        "shape": (tags[_WIDTH][0], tags[_LENGTH][0]),
        "dtype": dtype,
        "channels": 3 if tags[_PHOTOMETRIC] == (_PALETTE,) else tags.get(_SAMPLES, (1,))[0],
        "bits_stored": bits,
        "spacing_mm": plane_spacing_mm(densities, tags.get(_DENSITY_UNIT, (0,))[0]),
        "readable": True,
    } | (problem(ProblemKind.TRUNCATED, "Its pixels end early: 1 of 1 pages are cut.") if is_cut else {})
