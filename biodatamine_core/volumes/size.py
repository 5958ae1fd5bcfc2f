"""How much of a series goes to the browser: bounded, and what was left out is known."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biodatamine_core.volumes.plan import Kind, Plan

MAX_VOXELS = 256**3
"""256 voxels a side; 34 MB at 16 bits, about 12 MB on the way to the browser."""
MAX_PICTURE_SIDE = 2048
"""Pixels of one picture's longer side: more than a screen shows."""
MAX_FRAME_SIDE = 512
"""The same for a frame, before frames are left out."""
LEAST_TIMES = 8
"""Volumes over time give up resolution until as many fit; the others are left out, evenly."""
MAX_DECODED_FRAMES = 1_000
"""Of volumes over time in DICOM: each is decoded by itself, at a few milliseconds."""

Strides = tuple[int, int, int]


def strides_of(plan: Plan, channels: int) -> Strides:
    """Every how manieth column, row and place is shown.

    A volume gives up resolution along its finest axis first, so that voxels stay nearly cubes; a recording first in its
    frames, then over time.
    """
    columns, rows, _ = plan.size
    if plan.kind is Kind.PICTURE:
        stride = math.ceil(max(columns, rows) / MAX_PICTURE_SIDE)
        return stride, stride, 1
    if plan.kind is Kind.FRAMES:
        is_large = plan_voxels(plan, (1, 1, 1), channels) > MAX_VOXELS
        stride = math.ceil(max(columns, rows) / MAX_FRAME_SIDE) if is_large else 1
        return stride, stride, math.ceil(plan_voxels(plan, (stride, stride, 1), channels) / MAX_VOXELS)
    strides = [1, 1, 1]
    steps_mm = plan.spacing_mm or (1.0, 1.0, 1.0)
    most_voxels = MAX_VOXELS // min(plan.times, LEAST_TIMES)
    while plan_voxels(plan, (strides[0], strides[1], strides[2]), channels) > most_voxels:
        finest = min((a for a in range(3) if plan.size[a] > strides[a]), key=lambda a: steps_mm[a] * strides[a])
        strides[finest] += 1
    return strides[0], strides[1], strides[2]


def time_stride_of(plan: Plan, strides: Strides, channels: int) -> int:
    """Every how manieth volume is shown."""
    by_voxels = plan.times * plan_voxels(plan, strides, channels) / MAX_VOXELS
    is_dicom = any(file.format == "DICOM" for file in plan.files.values())
    frames = plan.times * math.ceil(plan.size[2] / strides[2])
    by_frames = frames / MAX_DECODED_FRAMES if is_dicom and plan.times > 1 else 0.0
    return max(1, min(plan.times, math.ceil(max(by_voxels, by_frames))))


def plan_voxels(plan: Plan, strides: Strides, channels: int) -> int:
    """Numbers of one volume that are left at these strides."""
    return channels * math.prod(math.ceil(size / stride) for size, stride in zip(plan.size, strides, strict=True))


def shrunk(plane: NDArray[Any], column_stride: int, row_stride: int, is_mask: bool) -> NDArray[Any]:
    """A plane at these strides: (rows, columns[, 3]). Neighbours are averaged; not in a mask: its values are names."""
    if column_stride == row_stride == 1:
        return plane
    if is_mask:
        return plane[::row_stride, ::column_stride]
    rows, columns = plane.shape[:2]
    missing = ((0, -rows % row_stride), (0, -columns % column_stride), *[(0, 0)] * (plane.ndim - 2))
    whole = np.pad(plane, missing, mode="edge").astype(np.float32)
    blocks = whole.reshape(whole.shape[0] // row_stride, row_stride, whole.shape[1] // column_stride, column_stride, -1)
    mean: NDArray[Any] = blocks.mean(axis=(1, 3)).reshape(blocks.shape[0], blocks.shape[2], *plane.shape[2:])
    return np.round(mean).astype(np.uint8) if plane.dtype == np.uint8 else mean
