"""Which values are black and which are white: a radiologist's windows for CT, percentiles elsewhere."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biodatamine_core.volumes.volume import Window

_SAMPLED = 200_000
"""Values that percentiles are taken of: sorting all of them takes longer than drawing."""
_AUTO = "Auto 1–99 %"

# Reading windows in Hounsfield units, (name, width, level): Radiology's usual ones.
_CT = (("Lung", 1500, -600), ("Bone", 1800, 400), ("Soft tissue", 400, 40), ("Brain", 80, 40))
_CT_BY_ZONE = {"chest": "Lung", "head": "Brain"}


def windows_of(
    values: NDArray[Any], is_hounsfield: bool, is_mask: bool, zones: Sequence[str]
) -> tuple[tuple[Window, ...], str]:
    """The ways to look at these values, and the name of the one to begin with.

    values: any shape; not finite ones do not count. A mask is looked at over its full range.
    """
    low, high, least, most = _percentiles(values)
    full = Window("Full range", least, most)
    if is_mask:
        return (full,), full.name
    if is_hounsfield:
        named = tuple(Window(name, level - width / 2, level + width / 2) for name, width, level in _CT)
        start = next((_CT_BY_ZONE[zone] for zone in zones if zone in _CT_BY_ZONE), "Soft tissue")
        return (*named, Window("Auto", low, high)), start
    width = high - low
    lit = (Window("Bright", low, low + 0.6 * width), Window("Dark", low, low + 1.6 * width))
    return (Window(_AUTO, low, high), full, *lit), _AUTO


def _percentiles(values: NDArray[Any]) -> tuple[float, float, float, float]:
    """1st and 99th percentile without the background, which is most of a body scan; least and largest value."""
    flat = values.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLED)].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0, 0.0, 1.0
    least, most = float(np.nanmin(flat)), float(np.nanmax(flat))
    shown = sample[sample > sample.min()]
    low, high = (float(value) for value in np.percentile(shown if shown.size else sample, (1, 99)))
    low = min(low, float(np.percentile(sample, 1)))
    return (low, high, least, most) if high > low else (least, max(most, least + 1.0), least, max(most, least + 1.0))
