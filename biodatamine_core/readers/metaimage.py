"""MetaImage volumes (.mha) and their detached headers (.mhd) with the files that they name.

Source: ITK, MetaIO documentation, "Reference: Tags of MetaImage". Only the header is read here.
"""

import io
import math
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, Picture
from biodatamine_core.readers.stated_modality import stated_modality
from biodatamine_core.readers.volume import Grid, Volume
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, UnreadableMember

name = "MetaImage"

_FIELD = re.compile(rb"[ \t]*([A-Za-z][A-Za-z0-9_]*)[ \t]*=[ \t]*([^\r\n]*)\r?\n?")
_MOST_HEADER_BYTES = 1 << 20
_MOST_FILES = 100_000
_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}  # fmt: skip


def sniff(head: bytes, name: str) -> bool:
    """Fields in the first lines, among them the number of axes; a "key = value" file of another kind has none."""
    return _FIELD.match(head) is not None and re.search(rb"(?m)^[ \t]*NDims[ \t]*=[ \t]*\d", head[:4096]) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    return volume.inspected(name, lambda: _parse(member, head), member, mode)


def middle_picture(member: Member) -> Picture:
    return volume.drawn(_parse(member, member.read(0, HEAD_BYTES)), member)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    return volume.planes(_parse(member, member.read(0, HEAD_BYTES)), member, wanted)


def _parse(member: Member, head: bytes) -> Volume:
    with decoding("MetaImage header"):
        import numpy as np
        from nibabel.arrayproxy import ArrayProxy

        fields, end = _fields(head)
        if "elementdatafile" not in fields and len(head) == HEAD_BYTES:
            fields, end = _fields(member.read(0, _MOST_HEADER_BYTES))
        axes = int(fields["ndims"])
        sizes = tuple(int(word) for word in fields["dimsize"].split())
        if not 1 <= axes <= 10 or len(sizes) != axes:
            raise ValueError("sizes")
        is_big = _is_true(fields, "binarydatabyteordermsb", "elementbyteordermsb")
        dtype = np.dtype((">" if is_big else "<") + _TYPES[fields["elementtype"].removesuffix("_ARRAY")])
        channels = int(fields.get("elementnumberofchannels", 1))
        files = _data_files(fields, head[end : end + _MOST_HEADER_BYTES])
        grid = _grid(fields, sizes, dtype, channels)
        more = {"modality_tag": stated_modality(fields.get("modality", ""))}
    if not _is_true(fields, "binarydata", default=True):
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "MetaImage files with their voxels as text are not read.")
    held = (*sizes[:-1], 1) if len(files) > 1 else sizes
    stored = (channels, *held) if channels > 1 else held
    data_bytes = math.prod(stored) * dtype.itemsize
    start = 0 if files else end
    if _is_true(fields, "compresseddata"):
        return Volume(
            name,
            grid,
            lambda raw: ArrayProxy(raw, (stored, dtype, 0), mmap=False),
            files,
            data_bytes,
            "gzip",
            start,
            more,
        )
    skip = int(fields.get("headersize", 0))
    return Volume(
        name,
        grid,
        lambda raw: ArrayProxy(raw, (stored, dtype, _start(raw, skip, start, data_bytes)), mmap=False),
        files,
        max(skip, start) + data_bytes,
        more=more,
    )


def _fields(head: bytes) -> tuple[dict[str, str], int]:
    """The fields by their names in small letters, and where the header ends: ElementDataFile is its last."""
    fields: dict[str, str] = {}
    at = 0
    while found := _FIELD.match(head, at):
        at = found.end()
        key = found[1].decode("ascii").lower()
        fields[key] = found[2].decode("utf-8", "replace").strip()
        if key == "elementdatafile":
            break
    return fields, at


def _is_true(fields: dict[str, str], *keys: str, default: bool = False) -> bool:
    stated = next((fields[key] for key in keys if key in fields), "")
    return stated[:1] in "TtYy1" if stated else default


def _start(raw: BinaryIO, skip: int, start: int, data_bytes: int) -> int:
    """HeaderSize -1: the voxels are the last bytes of the file."""
    return max(0, raw.seek(0, io.SEEK_END) - data_bytes) if skip < 0 else max(skip, start)


def _data_files(fields: dict[str, str], behind: bytes) -> tuple[str, ...]:
    """The files that hold the voxels: one, a list on the lines behind the header, or a pattern with %d."""
    stated = fields["elementdatafile"]
    if stated.upper() == "LOCAL":
        return ()
    if stated.upper().split()[:1] == ["LIST"]:
        listed = [line.strip() for line in behind.decode("utf-8", "replace").splitlines()[:_MOST_FILES]]
        return tuple(_path(line) for line in listed if line)
    words = stated.split()
    if len(words) >= 3 and "%" in words[0]:
        first, last, step = (*(int(word) for word in words[1:4]), 1)[:3]
        return tuple(_path(words[0] % number) for number in range(first, last + 1, step)[:_MOST_FILES])
    return (_path(stated),)


def _path(stated: str) -> str:
    return posixpath.normpath(stated.replace("\\", "/"))


def _grid(fields: dict[str, str], sizes: tuple[int, ...], dtype: Any, channels: int) -> Grid:
    """MetaImage lies in LPS: its matrix holds a direction for each axis, row by row."""
    import numpy as np

    axes, shift = len(sizes), 1 if channels > 1 else 0
    steps = _numbers(fields, "elementspacing", "elementsize")
    stated = _numbers(fields, "transformmatrix", "rotation", "orientation")
    origin = _numbers(fields, "offset", "position", "origin")
    affine_ras = None
    if axes >= 3 and len(stated) == axes * axes and len(steps) == axes:
        affine = np.eye(4)
        affine[:3, :3] = np.reshape(stated, (axes, axes))[:3, :3].T * np.array(steps[:3])
        affine[:3, 3] = origin[:3] if len(origin) == axes else 0
        affine_ras = tuple((np.diag([-1, -1, 1, 1]) @ affine).ravel())
    is_colour = channels in (3, 4) and dtype.name == "uint8"
    return Grid(
        shape=sizes if is_colour or channels == 1 else (*sizes, *(1,) * (3 - axes), 1, channels)[: max(axes, 3) + 2],
        axes=tuple(range(shift, axes + shift)),
        dtype=dtype.name,
        colour_axis=0 if channels > 1 else None,
        channels=channels if is_colour else 1,
        spacing_mm=tuple(steps[:3]),
        affine_ras=affine_ras,
    )


def _numbers(fields: dict[str, str], *keys: str) -> tuple[float, ...]:
    stated = next((fields[key] for key in keys if key in fields), "")
    return tuple(float(word) for word in stated.split())
