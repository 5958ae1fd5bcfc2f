"""How colourful a picture is and in which hues: what tells a photograph from a grey picture with a mark on it."""

from typing import TYPE_CHECKING, Any

from biodatamine_core.readers.stream import silenced

if TYPE_CHECKING:
    import numpy as np

_SAMPLED_PIXELS = 16_384
_CLEAR = 38
"""The largest channel less the smallest, of 255, from which a colour is no tint of grey or noise of a JPEG."""
_DARK = 40
_BRIGHT = 200
_PURE = 8
"""How near to 0 its smallest and to 255 its largest channel is where a colour is drawn, not photographed."""
_SECTORS = 12
MOST_REDUCED_PIXELS = 32 << 20
"""A larger JPEG is not decoded for its colours; to draw it at an eighth of its size takes 80 ms at this one."""


def colour_facts(pixels: "np.ndarray[Any, Any]") -> dict[str, Any]:
    """The columns colour_share, colour_hues, colour_count, pure_share, dark_share and bright_share.

    pixels: (rows, columns) grey, or (rows, columns, 3) RGB bytes. An even grid of about 16,384 of them is looked at.
    Grey pictures, also grey ones kept as RGB, have a colour_share and no hues.
    """
    import numpy as np

    if pixels.ndim == 2:
        return {"colour_share": 0.0}
    if pixels.dtype != np.uint8 or pixels.shape[2] != 3 or not pixels.size:
        return {}
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / _SAMPLED_PIXELS) ** 0.5))
    sampled = pixels[::step, ::step].reshape(-1, 3).astype(np.int32)
    largest, smallest = sampled.max(axis=1), sampled.min(axis=1)
    is_clear = largest - smallest >= _CLEAR
    clear = sampled[is_clear]
    return {
        "colour_share": float(is_clear.mean()),
        "colour_hues": _hues(clear) if len(clear) else None,
        "colour_count": len(np.unique(sampled @ (1 << 16, 1 << 8, 1))),
        "pure_share": float(((smallest <= _PURE) & (largest >= 255 - _PURE)).mean()),
        "dark_share": float((largest < _DARK).mean()),
        "bright_share": float((smallest >= _BRIGHT).mean()),
    }


def reduced_jpeg(held: bytes) -> "np.ndarray[Any, Any]":
    """A JPEG decoded no smaller than 512 × 512 pixels, or at an eighth of its size.

    held: its bytes. Returns (rows, columns, 3) RGB bytes, or (rows, columns) where it is grey.
    Raises what Pillow raises on broken ones.
    """
    import io

    import numpy as np
    from PIL import Image

    with silenced(), Image.open(io.BytesIO(held), formats=("JPEG",)) as image:
        image.draft(None, (512, 512))
        return np.asarray(image if image.mode == "L" else image.convert("RGB"))


def _hues(colours: "np.ndarray[Any, Any]") -> tuple[float, ...]:
    """The share of each sector of the colour circle, 30 degrees wide, the first one around red.

    colours: (n, 3) RGB, none of them grey.
    """
    import numpy as np

    red, green, blue = colours.T
    angle = np.degrees(np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue))
    sectors = np.round(angle / (360 / _SECTORS)).astype(int) % _SECTORS
    return tuple(float(share) for share in np.bincount(sectors, minlength=_SECTORS) / len(colours))
