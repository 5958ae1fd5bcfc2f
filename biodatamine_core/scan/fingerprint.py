"""What a grey picture looks like from afar, in 64 bytes: enough to tell whether two are neighbours in a stack."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SIDE = 8
_SAMPLED_SIDE = 64
"""About so many rows and columns are looked at."""


def fingerprint(pixels: "np.ndarray[Any, Any]") -> bytes | None:
    """The means of 8 × 8 fields, row by row: 0 for the darkest, 255 for the brightest; all 0 where all are alike.

    pixels: (rows, columns) of numbers. None for a picture with fewer rows or columns than fields, or without numbers.
    """
    import numpy as np

    if min(pixels.shape) < SIDE:
        return None
    row_step, column_step = (max(1, size // _SAMPLED_SIDE) for size in pixels.shape)
    sampled = pixels[::row_step, ::column_step]
    rows, columns = (size // SIDE for size in sampled.shape)
    fields = sampled[: rows * SIDE, : columns * SIDE].reshape(SIDE, rows, SIDE, columns)
    means = fields.mean(axis=(1, 3), dtype=np.float64)
    if not np.isfinite(means).all():
        return None
    span = float(np.ptp(means))
    return bytes(np.rint((means - means.min()) * (255 / span if span else 0.0)).astype(np.uint8).tobytes())
