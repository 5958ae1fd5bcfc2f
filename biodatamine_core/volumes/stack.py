"""The array that decoded planes are put into, made smaller on the way."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biodatamine_core.readers import Picture
from biodatamine_core.records import ProblemKind, UnreadableMember
from biodatamine_core.volumes.plan import Kind, Plan
from biodatamine_core.volumes.size import Strides, shrunk, strides_of

_INT16 = np.iinfo(np.int16)


class Stack:
    """first: the picture that came first; it says what all are. values: (times, places, rows, columns[, 3]).

    is_mask: neighbours are not averaged, and where planes share a place the larger name stays.
    """

    def __init__(self, plan: Plan, strides: Strides, time_stride: int, first: Picture, is_mask: bool) -> None:
        rows, columns, *colours = first.pixels.shape
        if plan.kind is Kind.PICTURE:  # turned upright, it may have other sides than the file says
            strides = strides_of(replace(plan, size=(columns, rows, 1)), 1)
        plane = shrunk(first.pixels, strides[0], strides[1], is_mask)
        shape = (-(-plan.times // time_stride), -(-plan.size[2] // strides[2]), *plane.shape)
        self.first = first
        self.strides = strides
        self.time_stride = time_stride
        self.are_whole_numbers = True
        self.values: NDArray[Any] = np.zeros(shape, np.uint8) if colours else np.full(shape, np.nan, np.float32)
        self._places = plan.size[2]
        self._is_mask = is_mask

    def put(self, place: int, picture: Picture) -> None:
        """A plane into its place, as Plan.planes counts them."""
        plane = shrunk(picture.pixels, self.strides[0], self.strides[1], self._is_mask)
        if plane.shape != self.values.shape[2:]:
            raise UnreadableMember(ProblemKind.CORRUPT, "Its pixels have another size than the rest of its series.")
        self.are_whole_numbers = self.are_whole_numbers and _is_whole(picture.pixels)
        time, within = divmod(place, self._places)
        at = time // self.time_stride, within // self.strides[2]
        self.values[at] = np.fmax(self.values[at], plane) if self._is_mask else plane


def in_few_bytes(values: NDArray[Any], are_whole: bool) -> tuple[NDArray[Any], float, float]:
    """(voxels, slope, intercept) at 8 or 16 bits: exact where the values are whole numbers that fit.

    What is missing or not finite takes the least value.
    """
    finite = np.isfinite(values)
    least, most = (float(values[finite].min()), float(values[finite].max())) if finite.any() else (0.0, 0.0)
    filled = np.where(finite, values, least)
    if are_whole and least >= 0 and most <= 255:
        return np.rint(filled).astype(np.uint8), 1.0, 0.0
    if are_whole and least >= _INT16.min and most <= _INT16.max:
        return np.rint(filled).astype(np.int16), 1.0, 0.0
    slope = (most - least) / 65535 or 1.0
    return np.rint((filled - least) / slope).astype(np.uint16), slope, least


def _is_whole(pixels: NDArray[Any]) -> bool:
    return pixels.dtype.kind in "iub" or bool((pixels == np.rint(pixels)).all())
