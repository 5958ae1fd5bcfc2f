"""Where slices lie: planes, order, gaps, holes and tilt, from positions alone. Pure numpy; millimetres, LPS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

PARALLEL_DOT = 0.999
"""Two directions are one from this dot product on: 2.6 degrees. Source: INFERENCE, volumes, 2."""
PLANE_DOT = 0.9
"""A normal this close to a body axis (26 degrees) takes the name of its plane, as radiologists name angled stacks."""
SAME_PLACE_MM = 0.001
"""Positions are written as decimal text; what differs by less was meant to be equal."""
SAME_PLACE_SHARE = 0.05
"""A step below this share of the usual gap is noise of one place, not a slice."""
UNIFORM_SHARE, UNIFORM_MM, ROUNDED_MM = 0.01, 0.01, 0.05
"""Gaps are equal within max(1 %, 0.01 mm); within 0.05 mm where positions have one decimal. Source: INFERENCE, 5."""
MULTIPLE_SHARE = 0.1
"""A gap is a whole multiple of the usual one when it misses it by at most this share of the usual gap."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How a stack is spaced along its normal.

    gap_mm: the usual gap. smallest_mm, largest_mm: its extremes. holes: (slice counted from 1, slices missing after
    it); None where gaps are no whole multiples of a usual one, so that nothing can be said to be missing.
    """

    gap_mm: float
    smallest_mm: float
    largest_mm: float
    is_uniform: bool
    holes: tuple[tuple[int, int], ...] | None


def is_plane(orientation: Sequence[float]) -> bool:
    """Whether six direction cosines span a plane: two finite unit vectors at a right angle, within 5 %."""
    if len(orientation) != 6 or not all(map(math.isfinite, orientation)):
        return False
    row, column = orientation[:3], orientation[3:]
    dot = row[0] * column[0] + row[1] * column[1] + row[2] * column[2]
    return abs(dot) <= 0.05 and abs(math.hypot(*row) - 1) <= 0.05 and abs(math.hypot(*column) - 1) <= 0.05


def slice_normal(orientation: Floats) -> Floats:
    """The unit normal of a plane: (6,) ImageOrientationPatient -> (3,), row × column.

    Source: DICOM PS3.3 C.7.6.2.1.1.
    """
    normal = np.cross(orientation[:3], orientation[3:])
    return np.asarray(normal / np.linalg.norm(normal), dtype=np.float64)


def plane_name(normal: Floats) -> str:
    """axial, coronal, sagittal or oblique, from a (3,) unit normal; LPS and RAS give the same."""
    axis = int(np.argmax(np.abs(normal)))
    return ("sagittal", "coronal", "axial")[axis] if abs(normal[axis]) >= PLANE_DOT else "oblique"


def parallel_groups(orientations: Floats) -> Indices:
    """Which slices lie parallel: (slices, 6) direction cosines -> (slices,) group numbers, in order of appearance.

    Row and column directions must both agree, so that a stack turned within its plane is another one.
    """
    rows = orientations[:, :3] / np.linalg.norm(orientations[:, :3], axis=1, keepdims=True)
    columns = orientations[:, 3:] / np.linalg.norm(orientations[:, 3:], axis=1, keepdims=True)
    groups = np.full(len(orientations), -1, dtype=np.int64)
    number = 0
    while (rest := np.flatnonzero(groups < 0)).size:
        near = rows[rest] @ rows[rest[0]] >= PARALLEL_DOT
        near &= columns[rest] @ columns[rest[0]] >= PARALLEL_DOT
        near[0] = True
        groups[rest[near]] = number
        number += 1
    return groups


def beside_groups(positions: Floats, normal: Floats, apart_mm: float, most: int) -> Indices:
    """Which slices share an in-plane place, such as a left and a right breast in one series.

    positions: (slices, 3). apart_mm: what lies further apart in the plane is another group. Returns (slices,) group
    numbers; all zero where there would be more than `most` groups, as in a tilted stack, whose slices all shift.
    """
    in_plane = positions - np.outer(positions @ normal, normal)
    groups = np.full(len(positions), -1, dtype=np.int64)
    for number in range(most + 1):
        rest = np.flatnonzero(groups < 0)
        if not rest.size:
            return groups
        near = np.linalg.norm(in_plane[rest] - in_plane[rest[0]], axis=1) <= apart_mm
        groups[rest[near]] = number
    return np.zeros(len(positions), dtype=np.int64)


def places_along(positions: Floats, normal: Floats) -> tuple[Indices, Floats]:
    """The distinct places of slices along their normal.

    positions: (slices, 3) ImagePositionPatient, any order. normal: (3,).
    Returns the (slices,) number of each slice's place, and the (places,) places in millimetres, ascending.
    """
    along = positions @ normal
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order])
    real = steps[steps > SAME_PLACE_MM]
    least = max(SAME_PLACE_MM, SAME_PLACE_SHARE * float(np.median(real))) if real.size else SAME_PLACE_MM
    ranks = np.concatenate(([0], np.cumsum(steps > least)))
    places = np.empty(len(along), dtype=np.int64)
    places[order] = ranks
    return places, np.bincount(places, weights=along) / np.bincount(places)


def have_one_decimal(positions: Floats) -> bool:
    """Whether all positions are rounded to 0.1 mm, which moves each by up to 0.05 mm."""
    return bool(np.allclose(positions * 10, np.round(positions * 10), rtol=0, atol=1e-6))


def spacing_of(places_mm: Floats, are_rounded: bool = False) -> Spacing:
    """Judge the gaps of a stack.

    places_mm: (places,) ascending, at least two, each once. are_rounded: positions have one decimal only.
    """
    gaps = np.diff(places_mm)
    usual = float(np.median(gaps))
    multiples = np.maximum(np.round(gaps / usual), 1)
    tolerance = max(UNIFORM_SHARE * usual, UNIFORM_MM)
    is_uniform = bool((np.abs(gaps - usual) <= tolerance).all())
    if are_rounded and not is_uniform:
        # Rounding moves places, not gaps: compare with the even grid that fits them best.
        steps = np.concatenate(([0.0], np.cumsum(multiples)))
        usual, start = (float(value) for value in np.polyfit(steps, places_mm, 1))
        off_grid = places_mm - (start + usual * steps)
        is_even = bool(np.ptp(off_grid) / 2 <= ROUNDED_MM + UNIFORM_MM)
        is_uniform = is_even and bool((multiples == 1).all())
        tolerance = 2 * ROUNDED_MM
    near = np.abs(gaps - multiples * usual) <= max(MULTIPLE_SHARE * usual, tolerance)
    can_judge = bool(near.all()) and float(np.mean(multiples == 1)) >= 0.5
    holes = tuple((int(i) + 1, int(multiples[i]) - 1) for i in np.flatnonzero(multiples > 1)) if can_judge else None
    return Spacing(usual, float(gaps.min()), float(gaps.max()), is_uniform, holes)


def tilt_deg(positions: Floats, normal: Floats) -> float:
    """Angle between the normal and the way the positions move from slice to slice: the tilt of a CT gantry.

    positions: (slices, 3), in at least two places. 0 for a stack whose slices lie straight above each other.
    """
    return float(np.degrees(np.arctan(np.linalg.norm(_drift(positions, normal)))))


def sideways_mm(positions: Floats, normal: Floats) -> float:
    """How far the worst slice lies off the straight line that the others follow, within the plane."""
    along = positions @ normal
    in_plane = positions - np.outer(along, normal)
    line = np.outer(along - along.mean(), _drift(positions, normal)) + in_plane.mean(axis=0)
    return float(np.linalg.norm(in_plane - line, axis=1).max())


def _drift(positions: Floats, normal: Floats) -> Floats:
    """(3,) in-plane millimetres per millimetre along the normal, by least squares."""
    along = positions @ normal
    centred = along - along.mean()
    in_plane = positions - np.outer(along, normal)
    return np.asarray(centred @ (in_plane - in_plane.mean(axis=0)) / (centred @ centred), dtype=np.float64)
