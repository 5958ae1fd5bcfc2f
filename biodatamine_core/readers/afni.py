"""AFNI headers (.HEAD); the voxels lie in the .BRIK beside them, often packed as .BRIK.gz."""

import io
import math
import re
from collections.abc import Iterator, Sequence

from biodatamine_core.readers import volume
from biodatamine_core.readers.beside import same_stem
from biodatamine_core.readers.interface import HEAD_BYTES, Picture
from biodatamine_core.readers.volume import Grid, Volume, decoding
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, UnreadableMember

name = "AFNI"

_ATTRIBUTE = re.compile(rb"\s*type\s*=\s*(string|integer|float)-attribute\s+name\s*=\s*\w+\s+count\s*=\s*\d")
_MOST_HEADER_BYTES = 16 << 20
"""Most of a long header is its history."""


def sniff(head: bytes, name: str) -> bool:
    return _ATTRIBUTE.match(head) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    return volume.inspected(name, lambda: _parse(member, head), member, mode)


def middle_picture(member: Member) -> Picture:
    return volume.drawn(_parse(member, member.read(0, HEAD_BYTES)), member)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    return volume.planes(_parse(member, member.read(0, HEAD_BYTES)), member, wanted)


def _parse(member: Member, head: bytes) -> Volume:
    if len(head) == HEAD_BYTES:
        head = member.read(0, _MOST_HEADER_BYTES + 1)
    if len(head) > _MOST_HEADER_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"Its header is longer than {_MOST_HEADER_BYTES:,} bytes.")
    with decoding("AFNI header"):
        from nibabel.brikhead import AFNIArrayProxy, AFNIHeader

        header = AFNIHeader.from_fileobj(io.StringIO(head.decode("latin-1")))
        shape, dtype = tuple(int(size) for size in header.get_data_shape()), header.get_data_dtype()
        grid = Grid(
            shape=shape,
            axes=tuple(range(len(shape))),
            dtype=dtype.name,
            spacing_mm=tuple(abs(float(step)) for step in header.get_zooms()[:3]),
            affine_ras=tuple(header.get_affine().ravel()),
        )
    return Volume(
        name,
        grid,
        lambda stream: AFNIArrayProxy(stream, header, mmap=False),
        data_files=(same_stem(member.name, ".BRIK"),),
        data_end=math.prod(shape) * dtype.itemsize,
    )
