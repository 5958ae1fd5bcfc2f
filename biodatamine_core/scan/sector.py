"""The sector that an ultrasound probe draws: lit on black, two straight sides that meet, an arc about that point.

A disc (fundus, endoscope), a disc with its corners cut, an ellipse (a head), a trapezoid and a half disc (a breast) are
none. A sector that is cut off at its sides, or whose apex points down, is not recognised.
"""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Lit = np.ndarray[Any, np.dtype[np.bool_]]

_SAMPLED_SIDE = 96
_LEAST_SIDE = 64
"""Pixels. A smaller picture is not looked at."""
_LIT = 8
"""Of 255: black with the noise of a JPEG is darker, speckle brighter."""
MOST_COLOURED = 0.35
"""Doppler and a legend colour a part of it; what is coloured wherever there is light is a photograph."""
_LIT_SHARE = (0.1, 0.85)
_LEAST_STRAIGHT = 0.3
"""Of the height of what is lit: how much of it the two sides take."""
_MOST_FACE = 0.6
"""Of the greatest width: how wide it may begin, at the face of the probe."""
_NEARLY_WIDEST = 0.97
_NEAR_PIXELS = 1.5
_NEAR_SHARE = 0.8
"""How many places of a side, and of the arc, must lie so near to it."""
_MOST_BOW_PIXELS = 6
"""Twice as far as the middle of a side may lie off the middle of its ends; a disc's lies further."""
_HALF_ANGLE_DEG = (8.0, 75.0)
_LEAST_SLOPE = math.tan(math.radians(_HALF_ANGLE_DEG[0]))
_MOST_SKEW_DEG = 12.0
_LEAST_SAG_PIXELS = 2.5
"""By how much the arc must bulge: less could be the straight end of a trapezoid."""
_BULGE = (0.6, 1.4)
"""How much the far end bulges, of what an arc about the apex would: 0 is flat, a disc bulges more."""
_COARSE = 2
_CLEARANCE = 1.05
"""What lies so far outside is beside it; how much of that is lit is looked at in every other row and column."""
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

    pixels: (rows, columns) or (rows, columns, 3) bytes, of which at most 96 rows and columns are looked at.
    """
    import numpy as np

    if pixels.dtype != np.uint8 or min(pixels.shape[:2]) < _LEAST_SIDE:
        return {}
    step = math.ceil(max(pixels.shape[:2]) / _SAMPLED_SIDE)
    sampled = pixels[::step, ::step]
    lit = sampled > _LIT if sampled.ndim == 2 else _are_lit(sampled)
    if not _LIT_SHARE[0] <= np.count_nonzero(lit) / lit.size <= _LIT_SHARE[1] or not _has_dark_corners(lit):
        return {}
    lit, kept = lit[1:-1, 1:-1], _without_strokes(lit)
    rows = _stretch(np.asarray(kept.any(axis=1)))
    columns = _stretch(np.asarray(kept[rows].any(axis=0)))
    body = kept[rows, columns]
    sides = _sides(body)
    radius = _radius(body, sides, is_cut=rows.stop == len(lit)) if sides is not None else None
    if sides is None or radius is None:
        return {}
    return _facts(lit, replace(sides, column=sides.column + columns.start, row=sides.row + rows.start), radius)


def _are_lit(sampled: "np.ndarray[Any, Any]") -> "Lit":
    """Of (rows, columns, 3) bytes which pixels are lit in any of the three."""
    red, green, blue = (sampled[..., channel] > _LIT for channel in range(3))
    return red | green | blue


def _has_dark_corners(lit: "Lit") -> bool:
    """The corners beside the apex are black but for a letter."""
    import numpy as np

    rows, columns = (size // 8 for size in lit.shape)
    most = rows * columns // 4
    return all(np.count_nonzero(corner) <= most for corner in (lit[:rows, :columns], lit[:rows, -columns:]))


def _without_strokes(lit: "Lit") -> "Lit":
    """Each pixel but those of the edge as most of the nine about it: letters vanish, dark speckle is filled."""
    import numpy as np

    values = lit.view(np.uint8)
    rows = values[:-2] + values[1:-1] + values[2:]
    return np.asarray(rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] >= 5)


def _stretch(is_lit: "Lit") -> slice:
    """The longest stretch without gaps: bars of greys and blocks of text apart from the sector are left out."""
    flags = is_lit.tobytes()
    longest = max(flags.split(b"\0"), key=len)
    start = flags.find(longest)
    return slice(start, start + len(longest))


def _sides(body: "Lit") -> "_Sides | None":
    """The two sides from the top to where it is widest, where both are straight and lead apart."""
    import numpy as np

    if min(body.shape) < _LEAST_SIDE // 3:
        return None
    left = body.argmax(axis=1)
    right = body.shape[1] - 1 - body[:, ::-1].argmax(axis=1)
    width = right - left
    widest = int((width >= _NEARLY_WIDEST * int(width.max())).argmax())
    if widest < _LEAST_STRAIGHT * len(body) or width[1] > _MOST_FACE * width[widest]:
        return None
    if not (_may_lead(-left[1:widest]) and _may_lead(right[1:widest])):
        return None
    rows = np.arange(1, widest)
    left_line, right_line = _line(rows, left[1:widest]), _line(rows, right[1:widest])
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


def _may_lead(edge: "np.ndarray[Any, Any]") -> bool:
    """Whether an edge, one column a row, leads outwards and is straight enough for a closer look."""
    start, middle, end = int(edge[0]), int(edge[len(edge) // 2]), int(edge[-1])
    return end - start >= _LEAST_SLOPE * len(edge) and abs(2 * middle - start - end) <= _MOST_BOW_PIXELS


def _line(rows: "np.ndarray[Any, Any]", columns: "np.ndarray[Any, Any]") -> tuple[float, float] | None:
    """(slope, column at row 0) of a straight edge, fitted again without what lies off it; None where it is none."""
    import numpy as np

    kept = np.ones(len(rows), np.bool_)
    for _ in range(2):
        near_rows, near_columns = rows[kept], columns[kept]
        centred = near_rows - near_rows.mean()
        slope = float(centred @ near_columns) / float(centred @ centred)
        off = np.abs(columns - near_columns.mean() - slope * (rows - near_rows.mean()))
        kept = off <= max(_NEAR_PIXELS, float(np.median(off)))
    is_straight = np.count_nonzero(off <= _NEAR_PIXELS) >= _NEAR_SHARE * len(rows)
    return (slope, float(near_columns.mean() - slope * near_rows.mean())) if is_straight else None


def _radius(body: "Lit", sides: _Sides, is_cut: bool) -> float | None:
    """How far the arc lies from the apex; None where the far end is no arc about it.

    is_cut: the body reaches to the edge of the picture, so that what ends there is no end.
    """
    import numpy as np

    columns = np.arange(body.shape[1])
    ends = len(body) - 1 - body[::-1].argmax(axis=0)
    inside = body.any(axis=0) & (ends > sides.row)
    if is_cut:
        inside &= ends < len(body) - 1
    middle = (columns - sides.column) / np.maximum(ends - sides.row, 1)
    inside &= (middle > -0.85 * sides.left) & (middle < 0.85 * sides.right)
    if np.count_nonzero(inside) < max(8, len(columns) // 3):
        return None
    across, down = columns[inside] - sides.column, ends[inside] - sides.row
    distances = np.hypot(across, down)
    radius = float(np.median(distances))
    near = np.abs(distances - radius) <= max(_NEAR_PIXELS, 0.025 * radius)
    sag = radius - np.sqrt(np.maximum(radius**2 - across**2, 0))
    if np.count_nonzero(near) < _NEAR_SHARE * len(near) or sag.max() < _LEAST_SAG_PIXELS:
        return None
    centred = sag[near] - sag[near].mean()
    bulge = -float(centred @ down[near]) / (float(centred @ centred) or 1.0)
    return radius if _BULGE[0] <= bulge <= _BULGE[1] and _is_round_below(body, sides, radius) else None


def _is_round_below(body: "Lit", sides: _Sides, radius: float) -> bool:
    """Whether the outline turns from the sides into the arc at once, as that of a disc which is cut off does not."""
    import numpy as np

    corner = sides.row + radius * math.cos(math.radians(max(sides.angles_deg)))
    rows = np.arange(max(0, math.ceil(corner) + 1), len(body))
    below = body[rows]
    edges = np.concatenate((below.argmax(axis=1), body.shape[1] - 1 - below[:, ::-1].argmax(axis=1)))
    distances = np.hypot(edges - sides.column, np.concatenate((rows, rows)) - sides.row)
    off = np.count_nonzero(np.abs(distances - radius) > max(_NEAR_PIXELS, 0.025 * radius))
    return bool(off <= (1 - _NEAR_SHARE) * len(edges))


def _facts(lit: "Lit", sides: _Sides, radius: float) -> dict[str, Any]:
    """The angle, and how much beside the sector is lit; {} where that is no black, or the sector is empty."""
    import numpy as np

    lit = lit[::_COARSE, ::_COARSE]
    across = np.arange(lit.shape[1]) * _COARSE - sides.column
    down = (np.arange(lit.shape[0]) * _COARSE - sides.row)[:, None]
    squared = across**2 + down**2
    inside = (across >= -sides.left * down) & (across <= sides.right * down) & (squared <= radius**2)
    is_left = across < -_CLEARANCE * sides.left * down - _NEAR_PIXELS
    is_right = across > _CLEARANCE * sides.right * down + _NEAR_PIXELS
    beside = is_left | is_right | (squared > (_CLEARANCE * radius) ** 2)
    if not inside.any() or not beside.any():
        return {}
    marks = float(lit[beside].mean())
    if marks > _MOST_BESIDE or lit[inside].mean() < _LEAST_FILLED:
        return {}
    return {"sector_angle_deg": round(sum(sides.angles_deg), 1), "sector_marks_share": round(marks, 4)}
