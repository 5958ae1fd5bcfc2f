"""Philips headers (.PAR); the voxels lie in the .REC beside them."""

import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from biodatamine_core.readers import volume
from biodatamine_core.readers.beside import same_stem
from biodatamine_core.readers.interface import HEAD_BYTES, Picture
from biodatamine_core.readers.volume import Grid, Volume, decoding
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, UnreadableMember

name = "PAR/REC"

_FIRST_LINE = b"# === DATA DESCRIPTION FILE"
_MOST_HEADER_BYTES = 64 << 20
"""A line of 300 bytes an image: 200,000 images."""
_YEAR = re.compile(r"\s*((?:19|20)\d\d)\D")


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(_FIRST_LINE)


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
    with decoding("PAR header (or the scan was stopped within a volume)"):
        from nibabel.parrec import PARRECArrayProxy, PARRECHeader

        header = PARRECHeader.from_fileobj(io.StringIO(head.decode("latin-1")))
        shape, dtype = tuple(int(size) for size in header.get_data_shape()), header.get_data_dtype()
        affine = header.get_affine()
        grid = Grid(
            shape=shape,
            axes=tuple(range(len(shape))),
            dtype=dtype.name,
            spacing_mm=tuple(abs(float(step)) for step in header.get_zooms()[:3]),
            affine_ras=tuple(affine.ravel()),
        )
        more = _facts(header.general_info)
    return Volume(
        name,
        grid,
        lambda stream: PARRECArrayProxy(stream, header, mmap=False),
        data_files=(same_stem(member.name, ".REC"),),
        data_end=math.prod(shape) * dtype.itemsize,
        more=more,
    )


def _facts(general: dict[str, Any]) -> dict[str, Any]:
    """What may be kept of the general information: the protocol and the year. The patient's name is beside them."""
    year = _YEAR.match(str(general.get("exam_date", "")))
    protocol = "".join(c for c in str(general.get("protocol_name", "")) if c.isprintable()).strip()
    return {"protocol_name": protocol or None, "acquisition_year": int(year[1]) if year else None}
