"""ECAT 7 volumes of Siemens PET scanners (.v)."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, Picture
from biodatamine_core.readers.volume import Grid, Volume, whole
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym

name = "ECAT"

_MAGIC = b"MATRIX7"


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(_MAGIC)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    def parse() -> Volume:
        with whole(member, head) as stream:
            return _volume(_image(stream))

    return volume.inspected(name, parse, member, mode)


def middle_picture(member: Member) -> Picture:
    from biodatamine_core.readers.grid_picture import middle_picture as picture_of

    with whole(member, member.read(0, HEAD_BYTES)) as stream, decoding("image"):
        image = _image(stream)
        return picture_of(image.dataobj, _volume(image).grid)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    from biodatamine_core.readers.grid_picture import plane

    with whole(member, member.read(0, HEAD_BYTES)) as stream:
        image = _image(stream)
        grid = _volume(image).grid
        for number in wanted:
            with decoding("image"):
                picture = plane(image.dataobj, grid, number)
            yield picture


def _image(stream: Any) -> Any:
    with decoding("ECAT header"):
        from nibabel.ecat import EcatImage
        from nibabel.fileholders import FileHolder

        holder = FileHolder(fileobj=stream)
        return EcatImage.from_file_map({"header": holder, "image": holder})


def _volume(image: Any) -> Volume:
    with decoding("ECAT header"):
        subheaders = image.get_subheaders()
        shape = tuple(int(size) for size in image.shape)
        dtype = image.get_data_dtype(0)
        grid = Grid(
            shape=shape,
            axes=tuple(range(len(shape))),
            dtype=dtype.name,
            spacing_mm=tuple(abs(float(step)) for step in subheaders.get_zooms()[:3]),
            affine_ras=tuple(image.affine.ravel()),
        )
        last = max(int(subheaders._get_frame_offset(frame)) for frame in range((*shape, 1)[3]))
    return Volume(name, grid, lambda stream: None, data_end=last + math.prod(shape[:3]) * dtype.itemsize)
