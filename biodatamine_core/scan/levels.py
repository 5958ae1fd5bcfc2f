"""How few different values pixels have, and in how large areas: what tells a label map from an image."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MOST_LABEL = 64
"""Label maps of structures go so far; an atlas of hundreds of regions is not told from an image of few values."""
_LOOKED_AT_FIRST = 4_096
_MOST_LOOKED_AT = 1 << 20
"""Of a large volume the middle is looked at, where its structures are: it takes no more memory than a small one."""


def level_facts(numbers: "np.ndarray[Any, Any]", slope: float, intercept: float) -> dict[str, Any]:
    """The columns level_count and flat_share; {} where a value is no whole number.

    numbers: (n,) as stored, row after row, all of them from 0 to MOST_LABEL once scaled.
    """
    import numpy as np

    beyond = max(0, numbers.size - _MOST_LOOKED_AT)
    numbers = numbers[beyond // 2 : numbers.size - (beyond - beyond // 2)]
    few = numbers[:: numbers.size // _LOOKED_AT_FIRST + 1]
    if not numbers.size or not _are_whole(few, slope, intercept) or not _are_whole(numbers, slope, intercept):
        return {}
    values = _scaled(numbers, slope, intercept).astype(np.uint8)
    facts: dict[str, Any] = {"level_count": int(np.count_nonzero(np.bincount(values, minlength=MOST_LABEL + 1)))}
    left, right = values[:-1], values[1:]
    lit = np.count_nonzero(left | right)
    if lit:
        facts["flat_share"] = np.count_nonzero((left == right) & (left > 0)) / lit
    return facts


def _are_whole(numbers: "np.ndarray[Any, Any]", slope: float, intercept: float) -> bool:
    import numpy as np

    if numbers.dtype.kind in "iub" and slope == 1.0 and intercept == 0.0:
        return True
    scaled = _scaled(numbers, slope, intercept)
    return bool((scaled == np.rint(scaled)).all())


def _scaled(numbers: "np.ndarray[Any, Any]", slope: float, intercept: float) -> "np.ndarray[Any, Any]":
    return numbers if slope == 1.0 and intercept == 0.0 else numbers * slope + intercept
