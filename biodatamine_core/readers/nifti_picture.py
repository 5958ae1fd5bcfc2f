"""Pictures of a NIfTI volume: its planes as stored, and the middle one upright; reading no more than it must."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from biodatamine_core.readers.grid_picture import cut_axis, upright, world_axes
from biodatamine_core.readers.interface import MAX_PICTURE_BYTES, Picture
from biodatamine_core.readers.nifti_header import NiftiHeader
from biodatamine_core.records import Member, ProblemKind, UnreadableMember


def middle_picture(member: Member, header: NiftiHeader) -> Picture:
    """The middle slice of the middle volume. Raises UnreadableMember where it cannot be drawn or ends early."""
    _refuse_undrawable(header)
    size = (*header.dim, 1, 1, 1)[:3]
    affine = np.reshape(header.affine_mm, (4, 4))[:3, :3] if header.affine_mm else np.eye(3)
    steps = np.linalg.norm(affine, axis=0)
    axes = world_axes(affine)
    across = cut_axis(size, steps, axes)
    plane = _read_plane(member, header, size, across)
    kept = [axis for axis in range(3) if axis != across]
    return upright(plane, [axes[a] for a in kept], [affine[axes[a], a] for a in kept], steps[kept])


def planes(member: Member, header: NiftiHeader, wanted: Sequence[int]) -> Iterator[Picture]:
    """Planes of the first two axes, (rows, columns) each, read forward: in one pass where the file is compressed.

    wanted: ascending numbers over all further axes. Raises UnreadableMember as middle_picture does.
    """
    _refuse_undrawable(header)
    data_type, (columns, rows) = header.data_type, (*header.dim, 1)[:2]
    assert data_type is not None
    plane_bytes = columns * rows * data_type.bytes_per_voxel
    if plane_bytes > MAX_PICTURE_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"A slice of {plane_bytes:,} bytes is too large to draw.")
    position = 0
    with member.open() as stream:
        for number in wanted:
            start = header.data_offset + number * plane_bytes
            _forward(stream, start - position)
            raw = stream.read(plane_bytes)
            if len(raw) < plane_bytes:
                raise UnreadableMember(ProblemKind.TRUNCATED, f"Its voxels end before slice {number + 1:,}.")
            position = start + plane_bytes
            voxels = np.frombuffer(raw, header.order + str(data_type.numpy))
            if data_type.channels > 1:
                yield Picture(voxels.reshape(rows, columns, data_type.channels)[..., :3])
            else:
                grid = voxels.reshape(rows, columns).astype(np.float32)
                yield Picture(grid * np.float32(header.slope) + np.float32(header.intercept))


def _forward(stream: BinaryIO, length: int) -> None:
    """Pass over bytes, read in blocks where the stream cannot jump."""
    if stream.seekable():
        stream.seek(length, 1)
        return
    while length and (passed := len(stream.read(min(length, 1 << 20)))):
        length -= passed


def _refuse_undrawable(header: NiftiHeader) -> None:
    if header.data_type is None or header.data_type.numpy is None or not header.dim or min(header.dim) < 1:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "No picture is made of this NIfTI data type.")


def _read_plane(member: Member, header: NiftiHeader, size: tuple[int, ...], across: int) -> "np.ndarray[Any, Any]":
    """(voxels, voxels[, channels]) of the middle plane, scaled by the header's slope and intercept."""
    data_type = header.data_type
    assert data_type is not None
    middle = size[across] // 2
    plane_bytes = size[0] * size[1] * data_type.bytes_per_voxel
    volume_bytes = plane_bytes * size[2]
    volumes = header.data_bytes // volume_bytes
    start, length, shape = header.data_offset + (volumes // 2) * volume_bytes, volume_bytes, size
    if across == 2:  # the slowest axis: one slice lies in one piece
        start, length, shape, middle = start + middle * plane_bytes, plane_bytes, (*size[:2], 1), 0
    if length > MAX_PICTURE_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"A volume of {length:,} bytes is too large to draw.")
    raw = member.read(start, length)
    if len(raw) < length:
        raise UnreadableMember(ProblemKind.TRUNCATED, "Its voxels end before the middle slice.")
    voxels = np.frombuffer(raw, header.order + str(data_type.numpy))
    if data_type.channels > 1:
        colours = voxels.reshape((data_type.channels, *shape), order="F")
        rgb: np.ndarray[Any, Any] = np.moveaxis(np.take(colours, middle, axis=across + 1), 0, -1)[..., :3]
        return rgb
    plane: np.ndarray[Any, Any] = np.take(voxels.reshape(shape, order="F"), middle, axis=across).astype(np.float32)
    return plane * np.float32(header.slope) + np.float32(header.intercept)
