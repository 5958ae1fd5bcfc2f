"""FreeSurfer volumes (.mgh, .mgz)."""

import math
import struct
from collections.abc import Iterator, Sequence

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import Picture
from biodatamine_core.readers.volume import Grid, Volume
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym

name = "MGH"

_DATA_OFFSET = 284
_TYPES = frozenset({0, 1, 3, 4, 10})  # uint8, int32, float32, int16, uint16
_USED_BYTES = 90
_LONGEST_AXIS = 1 << 20


def sniff(head: bytes, name: str) -> bool:
    """Version 1, four sizes that can be, a known type, and nothing in the reserved bytes; big-endian."""
    if len(head) < _DATA_OFFSET:
        return False
    version, *sizes, kind = struct.unpack_from(">6i", head)
    is_plausible = version == 1 and all(0 < size <= _LONGEST_AXIS for size in sizes) and kind in _TYPES
    is_named = name.lower().endswith((".mgh", ".mgz", ".mgh.gz"))
    return is_plausible and (is_named or not any(head[_USED_BYTES:_DATA_OFFSET]))


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    return volume.inspected(name, lambda: _parse(head), member, mode)


def middle_picture(member: Member) -> Picture:
    return volume.drawn(_parse(member.read(0, _DATA_OFFSET)), member)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    return volume.planes(_parse(member.read(0, _DATA_OFFSET)), member, wanted)


def _parse(head: bytes) -> Volume:
    with decoding("MGH header"):
        from nibabel.arrayproxy import ArrayProxy
        from nibabel.freesurfer.mghformat import MGHHeader

        header = MGHHeader(head[:_DATA_OFFSET], check=False)
        shape, dtype = tuple(int(size) for size in header["dims"]), header.get_data_dtype()
        grid = Grid(
            shape=shape,
            axes=(0, 1, 2, 3),
            dtype=dtype.name,
            spacing_mm=tuple(float(step) for step in header["delta"]),
            affine_ras=tuple(header.get_affine().ravel()) if header["goodRASFlag"] else None,
        )
    return Volume(
        name,
        grid,
        lambda stream: ArrayProxy(stream, (shape, dtype, _DATA_OFFSET), mmap=False),
        data_end=_DATA_OFFSET + math.prod(shape) * dtype.itemsize,
    )
