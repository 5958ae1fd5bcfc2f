"""Analyze 7.5 headers (.hdr); the voxels lie in the .img beside them. The format does not say how they lie."""

import io
import struct
from collections.abc import Iterator, Sequence

from biodatamine_core.readers import volume
from biodatamine_core.readers.beside import same_stem
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import Picture
from biodatamine_core.readers.volume import Grid, Volume
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym

name = "Analyze"

_HEADER_BYTES = 348
_NIFTI = (b"n+1\0", b"ni1\0")


def sniff(head: bytes, name: str) -> bool:
    """The header's own length in its first field, and axes that can be; NIfTI has its magic where Analyze has none."""
    if len(head) < _HEADER_BYTES or head[344:348] in _NIFTI:
        return False
    order = next((o for o in "<>" if struct.unpack_from(f"{o}i", head)[0] == _HEADER_BYTES), None)
    if order is None:
        return False
    axes, *sizes = struct.unpack_from(f"{order}8h", head, 40)
    return 1 <= axes <= 7 and all(size > 0 for size in sizes[:axes])


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    return volume.inspected(name, lambda: _parse(member, head), member, mode)


def middle_picture(member: Member) -> Picture:
    return volume.drawn(_parse(member, member.read(0, _HEADER_BYTES)), member)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    return volume.planes(_parse(member, member.read(0, _HEADER_BYTES)), member, wanted)


def _parse(member: Member, head: bytes) -> Volume:
    with decoding("Analyze header"):
        from nibabel.analyze import AnalyzeHeader
        from nibabel.arrayproxy import ArrayProxy

        header = AnalyzeHeader.from_fileobj(io.BytesIO(head[:_HEADER_BYTES]), check=False)
        shape, dtype, offset = header.get_data_shape(), header.get_data_dtype(), max(0, header.get_data_offset())
        channels = len(dtype.names or "1")  # RGB voxels are a structure of three bytes
        grid = Grid(
            shape=shape,
            axes=tuple(range(len(shape))),
            dtype="uint8" if dtype.names else dtype.name,
            channels=channels,
            spacing_mm=tuple(abs(float(step)) for step in header.get_zooms()[:3]),
        )
        voxels = 1
        for size in shape:
            voxels *= int(size)
    return Volume(
        name,
        grid,
        lambda stream: ArrayProxy(stream, (shape, dtype, offset), mmap=False),
        data_files=(same_stem(member.name, ".img"),),
        data_end=offset + voxels * dtype.itemsize,
    )
