"""NRRD volumes (.nrrd) and detached headers (.nhdr) with the files that they name."""

import io
import math
import posixpath
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, Picture
from biodatamine_core.readers.stated_modality import stated_modality
from biodatamine_core.readers.volume import Grid, Volume
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, UnreadableMember

name = "NRRD"

_MAGIC = b"NRRD000"
_MOST_HEADER_BYTES = 1 << 20
_MOST_FILES = 100_000
_MOST_TEXT_BYTES = 64 << 20
_PACKINGS = {"raw": None, "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2"}
_TEXTS = frozenset({"ascii", "text", "txt"})
_COLOURS = {"rgb-color": 3, "rgba-color": 4, "3-color": 3, "4-color": 4}
_TO_RAS = {
    "left-posterior-superior": (-1, -1, 1), "lps": (-1, -1, 1), "left-anterior-superior": (-1, 1, 1),
    "las": (-1, 1, 1), "right-anterior-superior": (1, 1, 1), "ras": (1, 1, 1),
    "left-posterior-superior-time": (-1, -1, 1), "lpst": (-1, -1, 1), "right-anterior-superior-time": (1, 1, 1),
    "rast": (1, 1, 1), "left-anterior-superior-time": (-1, 1, 1), "last": (-1, 1, 1),
}  # fmt: skip
"""Signs that turn a space's axes to RAS; other spaces (scanner, 3D-right-handed) do not say where the patient lies."""


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(_MAGIC)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    return volume.inspected(name, lambda: _parse(member, head), member, mode)


def middle_picture(member: Member) -> Picture:
    return volume.drawn(_parse(member, member.read(0, HEAD_BYTES)), member)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    return volume.planes(_parse(member, member.read(0, HEAD_BYTES)), member, wanted)


def _parse(member: Member, head: bytes) -> Volume:
    """pynrrd reads the header; the voxels are read in place."""
    if len(head) == HEAD_BYTES and b"\n\n" not in head and b"\n\r\n" not in head:
        head = member.read(0, _MOST_HEADER_BYTES)
    with decoding("NRRD header"):
        import nrrd
        from nibabel.arrayproxy import ArrayProxy
        from nrrd.reader import _determine_datatype

        text = io.BytesIO(head)
        header = nrrd.read_header(text)
        dtype = _determine_datatype(header)
        sizes = tuple(int(size) for size in header["sizes"])
        files = _data_files(header, sizes)
        offset = _offset(header, 0 if files else text.tell())
        encoding = str(header["encoding"]).lower()
        grid = _grid(header, sizes, dtype)
        more = {"modality_tag": stated_modality(header.get("modality", ""))}
    held = (*sizes[:-1], 1) if len(files) > 1 else sizes
    data_bytes = math.prod(held) * dtype.itemsize
    if encoding in _TEXTS:
        start = offset
        return Volume(name, grid, lambda stream: _of_text(stream, start, held, dtype), files, more=more)
    if encoding not in _PACKINGS:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "Its NRRD encoding is not read: raw, gzip, bzip2 and text are.")
    packing = _PACKINGS[encoding]
    if packing:
        skip = max(0, int(header.get("byte skip", 0)))
        return Volume(
            name,
            grid,
            lambda stream: ArrayProxy(stream, (held, dtype, skip), mmap=False),
            files,
            skip + data_bytes,
            packing,
            0 if files else text.tell(),
            more,
        )
    return Volume(
        name,
        grid,
        lambda stream: ArrayProxy(stream, (held, dtype, _from_end(stream, offset, data_bytes)), mmap=False),
        files,
        offset + data_bytes if offset >= 0 else data_bytes,
        more=more,
    )


def _offset(header: dict[str, Any], after_header: int) -> int:
    """Where raw voxels begin; -1: they are the last bytes of the file."""
    skip = int(header.get("byte skip", 0))
    if int(header.get("line skip", 0)):
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "NRRD files that skip lines are not read.")
    return -1 if skip < 0 else after_header + skip


def _from_end(stream: BinaryIO, offset: int, data_bytes: int) -> int:
    return offset if offset >= 0 else max(0, stream.seek(0, io.SEEK_END) - data_bytes)


def _data_files(header: dict[str, Any], sizes: tuple[int, ...]) -> tuple[str, ...]:
    """The files that hold the voxels, by their names from the header's folder: one, a list, or a pattern with %d."""
    stated = header.get("data file", header.get("datafile"))
    if stated is None:
        return ()
    if isinstance(stated, list):
        return tuple(posixpath.normpath(str(entry).replace("\\", "/")) for entry in stated[:_MOST_FILES])
    words = str(stated).split()
    if len(words) >= 4 and "%" in words[0]:
        first, last, step = (int(word) for word in words[1:4])
        numbers = range(first, last + (1 if step > 0 else -1), step)[:_MOST_FILES]
        return tuple(words[0] % number for number in numbers)
    return (posixpath.normpath(str(stated).replace("\\", "/")),)


def _grid(header: dict[str, Any], sizes: tuple[int, ...], dtype: Any) -> Grid:
    """Axes in space come first, whatever stands around them: times, directions, the channels of a colour."""
    import numpy as np

    kinds = [str(kind).lower() for kind in header.get("kinds", [])] or ["domain"] * len(sizes)
    directions = np.array(header.get("space directions", np.full((len(sizes), 3), np.nan)), dtype=float)
    has_directions = directions.ndim == 2 and len(directions) == len(sizes)
    is_spatial = [
        bool(np.isfinite(directions[axis]).all())
        if has_directions and "space directions" in header
        else kinds[axis] in ("domain", "space", "???", "none")
        for axis in range(len(sizes))
    ]
    colour = next((a for a, kind in enumerate(kinds) if _COLOURS.get(kind) == sizes[a] and dtype.name == "uint8"), None)
    spatial = [axis for axis in range(len(sizes)) if is_spatial[axis] and axis != colour]
    axes = (*spatial, *(axis for axis in range(len(sizes)) if axis not in spatial and axis != colour))
    steps = np.linalg.norm(directions[spatial], axis=1) if has_directions else np.array([])
    if not np.isfinite(steps).all() or "space directions" not in header:
        steps = np.array(header.get("spacings", []), dtype=float)
        steps = steps[list(axes)] if len(steps) == len(sizes) else steps[:0]
    return Grid(
        shape=tuple(sizes[axis] for axis in axes),
        axes=axes,
        dtype=dtype.name,
        colour_axis=colour,
        channels=sizes[colour] if colour is not None else 1,
        spacing_mm=tuple(float(step) for step in steps[:3]),
        affine_ras=_affine_ras(header, directions, spatial),
    )


def _affine_ras(header: dict[str, Any], directions: Any, spatial: list[int]) -> tuple[float, ...] | None:
    import numpy as np

    signs = _TO_RAS.get(str(header.get("space", "")).lower())
    if signs is None or len(spatial) != 3 or directions.shape[1] < 3 or "space directions" not in header:
        return None
    affine = np.eye(4)
    affine[:3, :3] = directions[spatial, :3].T
    affine[:3, 3] = np.nan_to_num(np.array(header.get("space origin", np.zeros(3)), dtype=float)[:3])
    return tuple((np.diag([*signs, 1]) @ affine).ravel())


def _of_text(stream: BinaryIO, start: int, sizes: tuple[int, ...], dtype: Any) -> Any:
    """Voxels written as numbers."""
    import numpy as np

    stream.seek(start)
    text = stream.read(_MOST_TEXT_BYTES + 1)
    if len(text) > _MOST_TEXT_BYTES:
        raise UnreadableMember(
            ProblemKind.TOO_LARGE, f"More than {_MOST_TEXT_BYTES:,} bytes of numbers written as text."
        )
    return np.array(text.split(), dtype=float).astype(dtype).reshape(sizes, order="F")
