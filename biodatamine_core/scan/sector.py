"""The sector that an ultrasound probe draws: lit on black, two straight sides that meet, an arc about that point.

A disc (fundus, endoscope), a disc with its corners cut, an ellipse (a head), a trapezoid and a half disc (a breast) are
none. A sector whose sides or far end are cut off by the edge of the picture is not recognised.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Lit = np.ndarray[Any, np.dtype[np.bool_]]

_SAMPLED_SIDE = 96
_LEAST_SIDE = 64
_LIT = 8
"""Of 255: black with the noise of a JPEG is darker, speckle brighter."""
_LIT_SHARE = (0.1, 0.85)
_LEAST_STRAIGHT = 0.3
"""Of the height of what is lit: how much of it the two sides take."""
_NEAR_PIXELS = 1.5
_NEAR_SHARE = 0.8
"""How many places of a side, and of the arc, must lie so near to it."""
_MOST_BOW_PIXELS = 10
"""Twice as far as the middle of a side may lie off its ends' middle; a disc's lies further."""
_HALF_ANGLE_DEG = (8.0, 75.0)
_MOST_SKEW_DEG = 12.0
_LEAST_SAG_PIXELS = 2.5
"""By how much the arc must bulge: less could be the straight end of a trapezoid."""
_MOST_BESIDE = 0.2
_LEAST_FILLED = 0.35


@dataclass(frozen=True, slots=True)
class _Sides:
    """Where two straight sides meet, in sampled pixels, and their slopes: columns a row, outwards."""

    column: float
    row: float
    left: float
    right: float

    @property
    def angles_deg(self) -> tuple[float, float]:
        return math.degrees(math.atan(self.left)), math.degrees(math.atan(self.right))


def sector_facts(pixels: "np.ndarray[Any, Any]") -> dict[str, Any]:
    """The columns sector_angle_deg and sector_marks_share; {} where no sector is lit.

    pixels: (rows, columns) or (rows, columns, 3) bytes, of which about 96 rows or columns are looked at.
    """
    import numpy as np

    if pixels.dtype != np.uint8 or min(pixels.shape[:2]) < _LEAST_SIDE:
        return {}
    step = max(1, max(pixels.shape[:2]) // _SAMPLED_SIDE)
    sampled = pixels[::step, ::step]
    lit = (sampled if sampled.ndim == 2 else sampled.max(axis=2)) > _LIT
    if not _LIT_SHARE[0] <= np.count_nonzero(lit) / lit.size <= _LIT_SHARE[1] or not _has_dark_corners(lit):
        return {}
    body, lit = _body(_without_strokes(lit)), lit[1:-1, 1:-1]
    for turned in (slice(None), slice(None, None, -1)):  # its apex points up, or down
        sides = _sides(body[turned])
        radius = _radius(body[turned], sides) if sides is not None else None
        if sides is not None and radius is not None:
            return _facts(lit[turned], sides, radius)
    return {}


def _has_dark_corners(lit: "Lit") -> bool:
    """Two corners beside the apex are black but for a letter, wherever it points."""
    import numpy as np

    rows, columns = (size // 8 for size in lit.shape)
    left, right = lit[:, :columns], lit[:, -columns:]
    ends = ((left[:rows], right[:rows]), (left[-rows:], right[-rows:]))
    most = rows * columns // 4
    return any(all(np.count_nonzero(corner) <= most for corner in corners) for corners in ends)


def _without_strokes(lit: "Lit") -> "Lit":
    """Each pixel but those of the edge as most of the nine about it: letters vanish, dark speckle is filled."""
    import numpy as np

    values = lit.view(np.uint8)
    rows = values[:-2] + values[1:-1] + values[2:]
    return np.asarray(rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] >= 5)


def _body(lit: "Lit") -> "Lit":
    """What hangs together in its middle; bars of greys and blocks of text apart from it are black."""
    import numpy as np

    body = np.zeros_like(lit)
    columns = _stretch(np.count_nonzero(lit, axis=0))
    rows = _stretch(np.count_nonzero(lit[:, columns], axis=1))
    body[rows, columns] = lit[rows, columns]
    return body


def _stretch(counts: "np.ndarray[Any, Any]") -> slice:
    """The stretch without gaps that holds most of what is counted."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([0], (counts > 1).view(np.int8), [0]))))
    if not len(edges):
        return slice(0, 0)
    totals = np.add.reduceat(counts, edges[:-1])[::2]
    most = 2 * int(totals.argmax())
    return slice(int(edges[most]), int(edges[most + 1]))


def _sides(body: "Lit") -> "_Sides | None":
    """The two sides from the top to where it is widest, where both are straight and lead apart."""
    import numpy as np

    rows = np.flatnonzero(body.any(axis=1))
    if len(rows) < _LEAST_SIDE // 3:
        return None
    left = body[rows].argmax(axis=1)
    right = body.shape[1] - 1 - body[rows, ::-1].argmax(axis=1)
    width = right - left
    widest = int(np.argmax(width >= 0.95 * width.max()))
    if widest < _LEAST_STRAIGHT * len(rows):
        return None
    at = rows[1:widest]
    left_line, right_line = (_line(at, edge[1:widest]) for edge in (left, right))
    if left_line is None or right_line is None:
        return None
    (left_slope, left_start), (right_slope, right_start) = left_line, right_line
    if right_slope - left_slope <= 0:
        return None
    row = (left_start - right_start) / (right_slope - left_slope)
    found = _Sides(left_start + left_slope * row, row, -left_slope, right_slope)
    least, most = _HALF_ANGLE_DEG
    angles = found.angles_deg
    is_fan = all(least <= angle <= most for angle in angles) and abs(angles[0] - angles[1]) <= _MOST_SKEW_DEG
    return found if is_fan else None


def _line(rows: "np.ndarray[Any, Any]", columns: "np.ndarray[Any, Any]") -> tuple[float, float] | None:
    """(slope, column at row 0) of a straight edge, fitted again without what lies off it; None where it is none."""
    import numpy as np

    middle = len(rows) // 2
    if abs(2 * int(columns[middle]) - int(columns[0]) - int(columns[-1])) > _MOST_BOW_PIXELS:
        return None
    kept = np.ones(len(rows), np.bool_)
    for _ in range(2):
        near_rows, near_columns = rows[kept], columns[kept]
        centred = near_rows - near_rows.mean()
        slope = float(centred @ near_columns) / float(centred @ centred)
        off = np.abs(columns - near_columns.mean() - slope * (rows - near_rows.mean()))
        kept = off <= max(_NEAR_PIXELS, float(np.median(off)))
    is_straight = np.count_nonzero(off <= _NEAR_PIXELS) >= _NEAR_SHARE * len(rows)
    return (slope, float(near_columns.mean() - slope * near_rows.mean())) if is_straight else None


def _radius(body: "Lit", sides: _Sides) -> float | None:
    """How far the arc lies from the apex; None where the far end is no arc about it."""
    import numpy as np

    columns = np.flatnonzero(body.any(axis=0))
    ends = body.shape[0] - 1 - body[::-1, columns].argmax(axis=0)
    inside = (ends < body.shape[0] - 1) & (ends - sides.row > 0)
    middle = (columns - sides.column) / np.maximum(ends - sides.row, 1)
    inside &= (middle > -0.85 * sides.left) & (middle < 0.85 * sides.right)
    if np.count_nonzero(inside) < max(8, len(columns) // 3):
        return None
    across, down = columns[inside] - sides.column, ends[inside] - sides.row
    distances = np.hypot(across, down)
    radius = float(np.median(distances))
    is_bulging = radius - float(np.sqrt(np.maximum(radius**2 - across**2, 0)).min()) >= _LEAST_SAG_PIXELS
    near = np.abs(distances - radius) <= max(_NEAR_PIXELS, 0.025 * radius)
    return radius if is_bulging and np.count_nonzero(near) >= _NEAR_SHARE * len(near) else None


def _facts(lit: "Lit", sides: _Sides, radius: float) -> dict[str, Any]:
    """The angle, and how much beside the sector is lit; {} where that is no black, or the sector is empty."""
    import numpy as np

    rows, columns = np.indices(lit.shape)
    down = np.maximum(rows - sides.row, 1e-6)
    slope = (columns - sides.column) / down
    distance = np.hypot(rows - sides.row, columns - sides.column)
    inside = (slope >= -sides.left) & (slope <= sides.right) & (distance <= radius)
    beside = (slope < -1.1 * sides.left - 0.05) | (slope > 1.1 * sides.right + 0.05) | (distance > 1.05 * radius)
    if not inside.any() or not beside.any():
        return {}
    marks = float(lit[beside].mean())
    if marks > _MOST_BESIDE or lit[inside].mean() < _LEAST_FILLED:
        return {}
    return {"sector_angle_deg": round(sum(sides.angles_deg), 1), "sector_marks_share": round(marks, 4)}
