"""How the axes of a file come to lie as a radiologist looks: to the patient's left, back and head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_THICK = 2.5
"""Slices this much thicker than the finest axis are looked at as they were taken, whatever their direction."""
_OBLIQUE_DOT = 0.9
_PLANES = ("sagittal", "coronal", "axial")
"""By the axis (x, y, z) that a plane lies across."""


@dataclass(frozen=True, slots=True)
class Turn:
    """axes: which axis of the file (columns, rows, places) becomes x, y, z.

    flips: which of x, y, z then run backwards. notes: what to say about it.
    """

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    notes: tuple[str, ...]

    def applied(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """(times, places, rows, columns[, 3]) turned to (times, z, y, x[, 3])."""
        order = [3 - self.axes[2 - axis] for axis in range(3)]
        turned = voxels.transpose(0, *order, *range(4, voxels.ndim))
        return turned[:, *(slice(None, None, -1 if self.flips[2 - axis] else 1) for axis in range(3))]

    def from_turned(self, size: tuple[int, int, int]) -> NDArray[np.float64]:
        """(4, 4), from (x, y, z) of the turned array to (column, row, place) before. size: of the turned one."""
        matrix = np.zeros((4, 4))
        matrix[3, 3] = 1.0
        for axis in range(3):
            matrix[self.axes[axis], axis] = -1.0 if self.flips[axis] else 1.0
            matrix[self.axes[axis], 3] = size[axis] - 1 if self.flips[axis] else 0.0
        return matrix


def turn_of(directions: NDArray[np.float64] | None) -> Turn | None:
    """How to turn a file; None where it does not say how it lies.

    directions: (3, 3), a column each for the direction of columns, rows and places, LPS.
    """
    from nibabel.orientations import io_orientation

    if directions is None or not np.isfinite(directions).all():
        return None
    affine = np.eye(4)
    affine[:3, :3] = directions
    found = np.asarray(io_orientation(affine))
    if np.isnan(found).any():
        return None
    places = [int(np.flatnonzero(found[:, 0] == axis)[0]) for axis in range(3)]
    flips = [bool(found[place, 1] < 0) for place in places]
    is_oblique = bool(np.abs(directions).max(axis=0).min() < _OBLIQUE_DOT)
    notes = ("Its slices are oblique: the letters name the nearest directions.",) if is_oblique else ()
    return Turn((places[0], places[1], places[2]), (flips[0], flips[1], flips[2]), notes)


def main_plane(spacing_mm: Sequence[float] | None) -> str:
    """The plane to show large, by the spacing along x, y, z: axial, or that of thick slices."""
    if spacing_mm is None or max(spacing_mm) <= _THICK * min(spacing_mm):
        return "axial"
    return _PLANES[list(spacing_mm).index(max(spacing_mm))]
