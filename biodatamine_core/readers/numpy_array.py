"""numpy arrays (.npy, .npz), never unpickled. Their axes have no names: the last one is taken for the columns."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, Picture, problem
from biodatamine_core.readers.volume import Grid, Volume, whole
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "numpy"

_MAGIC = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_MOST_HEADER_BYTES = 10_000
_MOST_ARRAYS = 10_000
_SMALLEST_SIDE = 8
"""An array with a shorter side is a table of numbers, not a picture."""
_COLOURS = (3, 4)


def sniff(head: bytes, name: str) -> bool:
    """A .npz is a zip whose first file is a .npy."""
    if head.startswith(_ZIP) and len(head) > 30:
        name_bytes = int.from_bytes(head[26:28], "little")
        return head[30 : 30 + name_bytes].endswith(b".npy")
    return head.startswith(_MAGIC)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """An image where the file holds one array that can be a picture; else an object: a table, several arrays."""
    if not head.startswith(_ZIP):
        return _inspected("npy", member, head, mode)
    try:
        with whole(member, head) as stream, decoding("npz archive"):
            arrays = _arrays_in(stream)
            if len(arrays) != 1:
                return FileRecord(file_id="", path=member.path, format="npz", role=Role.OBJECT, readable=True)
            with zipfile.ZipFile(stream) as archive, archive.open(arrays[0]) as first:
                start = first.read(HEAD_BYTES)
            inner = Member(member.path, lambda: io.BytesIO(start), size_bytes=arrays[0].file_size)
    except UnreadableMember as unreadable:
        found = unreadable.problem
        return FileRecord(
            file_id="", path=member.path, format="npz", role=Role.OBJECT, **problem(found.kind, found.sentence)
        )
    return _inspected("npz", inner, start, mode)


def middle_picture(member: Member) -> Picture:
    with _array_in(member) as (array, parsed):
        return volume.drawn(parsed, array)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    with _array_in(member) as (array, parsed):
        yield from volume.planes(parsed, array, wanted)


@contextmanager
def _array_in(member: Member) -> Iterator[tuple[Member, Volume]]:
    """The one array of the file as a file of its own."""
    head = member.read(0, HEAD_BYTES)
    if not head.startswith(_ZIP):
        yield member, _parse("npy", head)
        return
    with whole(member, head) as stream:
        with decoding("npz archive"):
            archive = zipfile.ZipFile(stream)
            (entry,) = _arrays_in(stream)
            array = Member(member.path, lambda: cast(BinaryIO, io.BufferedReader(_Forward(archive.open(entry)))))
            parsed = _parse("npz", array.read(0, HEAD_BYTES))
        with archive:
            yield array, parsed


class _Forward(io.RawIOBase):
    """A file in a zip, read forward: its own jumps unpack it from the start each time."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _NoPicture(Exception):
    """The array is read, and is no picture; never leaves inspect()."""


def _inspected(format: str, member: Member, head: bytes, mode: Mode) -> FileRecord:
    try:
        return volume.inspected(format, lambda: _parse(format, head), member, mode)
    except _NoPicture:
        return FileRecord(file_id="", path=member.path, format=format, role=Role.OBJECT, readable=True)


def _arrays_in(stream: BinaryIO) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(stream) as archive:
        return [entry for entry in archive.infolist()[:_MOST_ARRAYS] if entry.filename.endswith(".npy")]


def _parse(format: str, head: bytes) -> Volume:
    with decoding("numpy header"):
        from nibabel.arrayproxy import ArrayProxy
        from numpy.lib import format as npy

        stream = io.BytesIO(head)
        version = npy.read_magic(stream)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, is_fortran, dtype = read_header(stream, max_header_size=_MOST_HEADER_BYTES)
        offset = stream.tell()
    if dtype.hasobject:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "It holds Python objects; nothing is ever unpickled here.")
    grid = _grid(shape, dtype)
    voxels = 1
    for size in shape:
        voxels *= size
    order = "F" if is_fortran else "C"
    return Volume(
        format,
        grid,
        lambda raw: ArrayProxy(raw, (shape, dtype, offset), mmap=False, order=order),
        data_end=offset + voxels * dtype.itemsize,
    )


def _grid(shape: tuple[int, ...], dtype: Any) -> Grid:
    """([[times,] slices,] rows, columns[, colours]): a last axis of 3 or 4 bytes is colour."""
    axes = tuple(range(len(shape)))[::-1]
    colour = axes[0] if len(shape) > 2 and dtype.name == "uint8" and shape[-1] in _COLOURS else None
    if colour is not None:
        axes = axes[1:]
    sides = [shape[axis] for axis in axes[:2]]
    if not 2 <= len(axes) <= 4 or dtype.kind not in "biuf" or min(sides) < _SMALLEST_SIDE or min(shape) < 1:
        raise _NoPicture
    return Grid(
        shape=tuple(shape[axis] for axis in axes),
        axes=axes,
        dtype=dtype.name,
        colour_axis=colour,
        channels=shape[-1] if colour is not None else 1,
    )
