"""The middle slice of a grid of voxels, upright as a radiologist looks at it, reading no more than it must."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from biodatamine_core.readers.interface import MAX_PICTURE_BYTES, Picture
from biodatamine_core.readers.volume import Grid
from biodatamine_core.records import ProblemKind, UnreadableMember

_THICK = 2.5
"""Slices this much thicker than the finest axis are looked at as they are, whatever their direction."""
_SUPERIOR = 2  # the third axis of the RAS frame
_AS_STORED = np.diag([-1.0, -1.0, 1.0])  # columns run to the right, rows down, where no file says otherwise


def middle_picture(array: Any, grid: Grid) -> Picture:
    """The middle slice of the middle volume.

    array: anything with `shape` that gives numbers for a tuple of slices, its axes as grid.axes and colour_axis say.
    Raises UnreadableMember where it is too large or holds no plain numbers.
    """
    volume_axes = [*grid.axes[:3]]
    size = [*(array.shape[axis] for axis in volume_axes), 1][:3]
    affine = np.reshape(grid.affine_ras, (4, 4))[:3, :3] if grid.affine_ras else _AS_STORED * _steps(grid)
    steps = np.linalg.norm(affine, axis=0)
    patient_axes = world_axes(affine)
    across = cut_axis(size, steps, patient_axes) if len(volume_axes) == 3 else 2
    wanted: list[Any] = [length // 2 for length in array.shape]
    kept = [axis for axis in range(3) if axis != across]
    for axis in kept:
        wanted[volume_axes[axis]] = slice(None)
    if grid.colour_axis is not None:
        wanted[grid.colour_axis] = slice(None)
    if size[kept[0]] * size[kept[1]] * grid.channels * 8 > MAX_PICTURE_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"{size[kept[0]]:,} × {size[kept[1]]:,} pixels are too many.")
    left = [axis for axis, part in enumerate(wanted) if isinstance(part, slice)]
    order = [left.index(volume_axes[axis]) for axis in kept]
    if grid.colour_axis is not None:
        order.append(left.index(grid.colour_axis))
    plane = _numbers(np.asarray(array[tuple(wanted)]).transpose(order))
    return upright(plane, [patient_axes[a] for a in kept], [affine[patient_axes[a], a] for a in kept], steps[kept])


def plane(array: Any, grid: Grid, number: int) -> Picture:
    """The plane with this number over all further axes of grid.shape, as stored: rows down, columns to the right."""
    wanted: list[Any] = [0] * len(array.shape)
    for axis in (*grid.axes[:2], *(() if grid.colour_axis is None else (grid.colour_axis,))):
        wanted[axis] = slice(None)
    for axis in grid.axes[2:]:
        number, wanted[axis] = divmod(number, int(array.shape[axis]))
    left = [axis for axis, part in enumerate(wanted) if isinstance(part, slice)]
    order = [left.index(grid.axes[1]), left.index(grid.axes[0])]
    if grid.colour_axis is not None:
        order.append(left.index(grid.colour_axis))
    if array.shape[grid.axes[0]] * array.shape[grid.axes[1]] * grid.channels * 8 > MAX_PICTURE_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, "A slice of it is too large to draw.")
    return Picture(_numbers(np.asarray(array[tuple(wanted)]).transpose(order)))


def world_axes(affine: "np.ndarray[Any, Any]") -> list[int]:
    """For each voxel axis the patient axis that it runs along most; each patient axis once. affine: (3, 3)."""
    share = np.abs(affine) / np.maximum(np.linalg.norm(affine, axis=0), 1e-12)
    axes = [0, 0, 0]
    for _ in range(3):
        patient, voxel = np.unravel_index(np.argmax(share), share.shape)
        axes[int(voxel)] = int(patient)
        share[patient, :] = share[:, voxel] = -1.0
    return axes


def cut_axis(size: Sequence[int], steps: "np.ndarray[Any, Any]", axes: list[int]) -> int:
    """The voxel axis to cut across: that of thick slices, else head to foot."""
    thickest = int(np.argmax(steps))
    if 1 in size:
        return list(size).index(1)
    return thickest if steps[thickest] > _THICK * steps.min() else axes.index(_SUPERIOR)


def upright(
    plane: "np.ndarray[Any, Any]", patient_axes: list[int], directions: list[float], steps: "np.ndarray[Any, Any]"
) -> Picture:
    """Head or nose up, the patient's right (or front) on the left.

    plane: its two axes run along `patient_axes`, towards R, A, S where `directions` are positive; steps: (2,).
    """
    vertical = int(np.argmax(patient_axes))  # superior before anterior before right
    horizontal = 1 - vertical
    if directions[vertical] > 0:  # rows run downwards
        plane = np.flip(plane, vertical)
    if directions[horizontal] > 0:  # right and front belong to the left
        plane = np.flip(plane, horizontal)
    if vertical == 1:
        plane = np.swapaxes(plane, 0, 1)
    aspect = float(steps[vertical] / steps[horizontal]) if steps[horizontal] > 0 else 1.0
    return Picture(np.ascontiguousarray(plane), pixel_aspect=aspect if 0 < aspect < np.inf else 1.0)


def _steps(grid: Grid) -> "np.ndarray[Any, Any]":
    """(3,) the spacing, one where the file does not say."""
    stated = [*(grid.spacing_mm or ()), 1.0, 1.0, 1.0][:3]
    return np.array([step if 0 < step < np.inf else 1.0 for step in stated])


def _numbers(plane: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Grey as real numbers, colour as RGB bytes."""
    if plane.ndim == 3 and plane.dtype == np.uint8 and plane.shape[2] in (3, 4):
        return plane[..., :3]
    if plane.dtype.kind == "c":
        plane = np.abs(plane)
    if plane.dtype.kind not in "biuf":
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "No picture is made of this data type.")
    grey: np.ndarray[Any, Any] = plane[..., 0] if plane.ndim == 3 else plane
    return grey.astype(np.float32)
