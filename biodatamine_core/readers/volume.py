"""What every volume format has in common: a grid of voxels, where its bytes lie, whether they are all there."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from biodatamine_core.readers.beside import data_member
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, Picture, problem
from biodatamine_core.readers.packing import unpacked_stream, unpacks_to
from biodatamine_core.readers.spill import jumping
from biodatamine_core.readers.stream import length_bytes
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Role, UnreadableMember

MAX_AXIS = 1 << 31
"""No honest axis is longer."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How the array of a file is to be looked at.

    shape: columns, rows, slices, times, ...; ones at its end are dropped. axes: for each of them the axis of the stored
    array. colour_axis: the stored axis that holds the channels of a pixel. spacing_mm: along the first three of shape.
    affine_ras: (4, 4) row by row, from (column, row, slice) to millimetres, RAS; None where the file does not say.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    dtype: str
    colour_axis: int | None = None
    channels: int = 1
    spacing_mm: tuple[float, ...] | None = None
    affine_ras: tuple[float, ...] | None = None

    def facts(self) -> dict[str, Any]:
        """The columns of FileRecord. Raises UnreadableMember where the sizes are impossible."""
        shape = self.shape
        if len(shape) < 2 or min(shape) < 1 or max(shape) > MAX_AXIS:
            raise UnreadableMember(ProblemKind.CORRUPT, "Its header is broken: impossible sizes.")
        while len(shape) > 2 and shape[-1] == 1:
            shape = shape[:-1]
        steps = tuple(float(step) for step in (self.spacing_mm or ())[: min(len(shape), 3)])
        affine = tuple(float(number) for number in self.affine_ras or ())
        return {
            "shape": tuple(int(size) for size in shape),
            "dtype": self.dtype,
            "channels": self.channels,
            "spacing_mm": steps if steps and all(0 < step < math.inf for step in steps) else None,
            "affine_ras": affine if len(affine) == 16 and all(map(math.isfinite, affine)) else None,
        }


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume as its header describes it.

    array: gives an array to take slices from, over a stream of the bytes: the file's own, or those of its data file.
    data_files: the files beside it that hold the voxels, in order; () where it holds them itself.
    data_end: how many bytes the last of them must have; None where only the decoder knows.
    packing: how the voxels are packed within the file, from byte `packed_from` on; `array` then sees them unpacked.
    more: other columns of FileRecord.
    """

    format: str
    grid: Grid
    array: Callable[[BinaryIO], Any]
    data_files: tuple[str, ...] = ()
    data_end: int | None = None
    packing: str | None = None
    packed_from: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


def inspected(format: str, parse: Callable[[], Volume], member: Member, mode: Mode) -> FileRecord:
    """The record of a volume: the facts of its header, and whether its bytes end early."""
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": format, "role": Role.IMAGE}
    try:
        volume = parse()
        record |= {"readable": True, "format": volume.format, **volume.grid.facts(), **volume.more}
        record["data_files"] = volume.data_files or None
        record |= _shortage(member, volume, mode)
    except UnreadableMember as unreadable:
        record |= problem(unreadable.problem.kind, unreadable.problem.sentence)
    return FileRecord(**record)


def drawn(volume: Volume, member: Member) -> Picture:
    """The middle slice. Raises UnreadableMember where the data file is not to be found or cannot be decoded."""
    from biodatamine_core.readers.grid_picture import middle_picture

    grid, name = volume.grid, volume.data_files[len(volume.data_files) // 2] if volume.data_files else None
    grid.facts()  # refuses impossible sizes
    data = member if name is None else data_member(member, name)
    if data is None:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "Its data file cannot be read beside it.")
    packing = _packing(volume, data)
    with decoding("image"), jumping(data) as stream, unpacked_stream(stream, packing, volume.packed_from) as raw:
        return middle_picture(volume.array(raw), grid)


def planes(volume: Volume, member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    """The planes with these numbers, ascending, as readers.planes gives them. Raises as drawn() does."""
    from biodatamine_core.readers.grid_picture import plane

    volume.grid.facts()
    in_files: dict[int, list[int]] = {}
    for number in wanted:
        in_files.setdefault(number if len(volume.data_files) > 1 else 0, []).append(number)
    for file_number, numbers in in_files.items():
        data = data_member(member, volume.data_files[file_number]) if volume.data_files else member
        if data is None:
            raise UnreadableMember(ProblemKind.UNSUPPORTED, "Its data file cannot be read beside it.")
        with ExitStack() as opened:
            with decoding("image"):
                stream = opened.enter_context(jumping(data))
                packed = unpacked_stream(stream, _packing(volume, data), volume.packed_from)
                array = volume.array(opened.enter_context(packed))
            for number in numbers:
                with decoding("image"):
                    picture = plane(array, volume.grid, 0 if len(volume.data_files) > 1 else number)
                yield picture


def _packing(volume: Volume, data: Member) -> str | None:
    """How the voxels are still packed: a data file that is a .gz of its own comes unpacked, its size unknown."""
    is_unpacked = volume.data_files and data.size_bytes is None
    return None if is_unpacked else volume.packing


def _shortage(member: Member, volume: Volume, mode: Mode) -> dict[str, Any]:
    """A problem where there are fewer bytes than the header announces; {} where that cannot be told.

    That a data file is missing is found where files are joined: in series/.
    """
    if volume.data_end is None:
        return {}
    data = data_member(member, volume.data_files[-1]) if volume.data_files else member
    if data is None or (mode is not Mode.FULL and (data.size_bytes is None or volume.packing)):
        return {}
    whose = f"Its data file {data.name}" if volume.data_files else "It"
    if packing := _packing(volume, data):
        if not unpacks_to(data, packing, volume.packed_from, volume.data_end):
            return problem(ProblemKind.TRUNCATED, f"{whose} unpacks to fewer than {volume.data_end:,} bytes of voxels.")
        return {}
    size_bytes = length_bytes(data, volume.data_end)
    if size_bytes >= volume.data_end:
        return {}
    sentence = f"{whose} ends early: {size_bytes:,} of {volume.data_end:,} bytes."
    return problem(ProblemKind.TRUNCATED, sentence)


@contextmanager
def whole(member: Member, head: bytes) -> Iterator[BinaryIO]:
    """A stream to jump in for headers that are scattered over the file: `head` itself where that is all of it."""
    import io

    if len(head) < HEAD_BYTES:
        yield io.BytesIO(head)
    else:
        with jumping(member) as stream:
            yield stream
