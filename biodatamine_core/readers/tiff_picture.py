"""Decode one plane of a TIFF: the middle slice of a stack, a small level of a pyramid."""

import math
from typing import TYPE_CHECKING, Any

from biodatamine_core.readers.encoded_size import encoded_pixels
from biodatamine_core.readers.interface import MAX_PICTURE_BYTES, Picture
from biodatamine_core.records import ProblemKind, UnreadableMember

if TYPE_CHECKING:
    import numpy as np
    from tifffile import TiffFile, TiffPage, TiffPageSeries

    Array = np.ndarray[Any, Any]

MIN_LEVEL_SIDE = 320
"""Pixels: a smaller level of a pyramid would be drawn blurred."""
_SLIDE_THUMBNAIL = "Thumbnail"
_COMPARED_PAGES = 6
_COMPARED_SIDE = 64
_ALIKE_BY = 0.1
"""How much better neighbours must correlate than pages far apart, to be slices of one thing."""


def middle_picture(tiff: "TiffFile") -> Picture:
    """The middle plane. Raises UnreadableMember where it is too large; decoding.DECODE_ERRORS on broken pixels."""
    series = _small_level(tiff)
    return _picture(series, middle_plane(series))


def is_stack(series: "TiffPageSeries") -> bool:
    """Whether it holds several planes of one size."""
    return math.prod(series.shape[: series.ndim - series.keyframe.ndim]) > 1


def numbered(series: "TiffPageSeries", number: int) -> Picture:
    """One plane by its number: slices before times, of further axes all; the first channel. Raises as plane_at."""
    leading = series.ndim - series.keyframe.ndim
    sizes = dict(zip(series.axes[:leading], series.shape[:leading], strict=True))
    named = [axis for axis in "ZT" if axis in sizes] or [axis for axis in reversed(sizes) if axis != "C"]
    at = dict.fromkeys(sizes, 0)
    for axis in named:
        number, at[axis] = divmod(number, sizes[axis])
    index = 0
    for axis, size in sizes.items():
        index = index * size + at[axis]
    return _picture(series, plane_at(series, index))


def _picture(series: "TiffPageSeries", plane: "Array") -> Picture:
    page = series.keyframe
    photometric = int(page.photometric)
    if photometric == 3 and page.colormap is not None:  # a palette of 16-bit RGB, (3, colours)
        import numpy as np

        return Picture(np.moveaxis((page.colormap >> 8).astype(np.uint8)[:, plane], 0, -1))
    if plane.ndim == 3 and plane.shape[2] >= 3 and photometric != 8:  # 8: CIE L*a*b*, of which L is drawn
        return Picture(_cmyk_to_rgb(plane) if photometric == 5 else _eight_bits(plane[..., :3]))
    grey = plane if plane.ndim == 2 else plane[..., 0]
    return Picture(_real(grey), is_inverted=photometric == 0)


def pages_are_alike(series: "TiffPageSeries") -> bool:
    """Whether neighbouring pages look more like each other than pages far apart: then they are slices of one thing.

    Looks at six pairs of pages; a set of pictures of different patients has no order.
    """
    import numpy as np

    count = math.prod(series.shape[: series.ndim - series.keyframe.ndim])
    near, far = [], []
    for number in range(_COMPARED_PAGES):
        at = number * (count - 1) // _COMPARED_PAGES
        here, beside, apart = (_thumbnail(plane_at(series, i)) for i in (at, at + 1, (at + count // 2) % count))
        near.append(_correlation(here, beside))
        far.append(_correlation(here, apart))
    return bool(np.median(near) > np.median(far) + _ALIKE_BY)


def middle_plane(series: "TiffPageSeries") -> "Array":
    """(rows, columns) or (rows, columns, samples): the middle slice and time, the first channel."""
    leading = series.ndim - series.keyframe.ndim
    index = 0
    for axis, size in zip(series.axes[:leading], series.shape[:leading], strict=True):
        index = index * size + (0 if axis == "C" else size // 2)
    return plane_at(series, index)


def plane_at(series: "TiffPageSeries", index: int) -> "Array":
    """One plane by its number. Raises UnreadableMember where it is not there, or too large."""
    page = series.keyframe
    leading = series.shape[: series.ndim - page.ndim]
    if len(series.pages) == math.prod(leading):
        found = series.pages[index]
        if found is None:
            raise UnreadableMember(ProblemKind.TRUNCATED, "The plane in its middle is missing from the file.")
        _refuse_too_large(page.nbytes)
        _refuse_bombs(found.aspage(), page)
        return _plane(found.asarray(maxworkers=1), page.axes)
    _refuse_too_large(series.nbytes)  # all planes lie behind one page
    _refuse_bombs(page, page)
    whole = series.asarray(maxworkers=1)
    return _plane(whole.reshape(-1, *page.shape)[index], page.axes)


def _small_level(tiff: "TiffFile") -> "TiffPageSeries":
    """The smallest level that is sharp enough. Never the label or the macro picture of a slide: they show a name."""
    series = tiff.series[0]
    levels = [level for level in series.levels if max(level.shape) >= MIN_LEVEL_SIDE]
    if "svs" in tiff.flags:
        levels += [other for other in tiff.series[1:] if other.name == _SLIDE_THUMBNAIL]
    return min(levels, key=lambda level: level.nbytes, default=series)


def _plane(array: "Array", axes: str) -> "Array":
    """Rows, columns and samples of a page; of further axes the middle."""
    import numpy as np

    order = [axes.index(axis) for axis in "YXS" if axis in axes]
    others = [at for at in range(len(axes)) if at not in order]
    moved = np.transpose(array, [*others, *order])
    for at in others:
        moved = moved[0 if axes[at] == "C" else moved.shape[0] // 2]
    return moved


def _refuse_too_large(size_bytes: int) -> None:
    if size_bytes * 2 > MAX_PICTURE_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"A picture of {size_bytes:,} bytes is too large to draw.")


def _refuse_bombs(page: "TiffPage", keyframe: "TiffPage") -> None:
    """A tile must not claim to be larger than tiles are: a decoder would make room for what it claims."""
    limit = 2 * max(math.prod(keyframe.chunks), keyframe.imagewidth * keyframe.imagelength)
    if int(keyframe.compression) == 1:
        return
    handle = page.parent.filehandle
    for offset, length in zip(page.dataoffsets, page.databytecounts, strict=False):
        handle.seek(offset)
        claimed = encoded_pixels(handle.read(min(length, 64 * 1024)))
        if claimed is not None and claimed > limit:
            raise UnreadableMember(ProblemKind.CORRUPT, f"A tile claims {claimed:,} pixels, more than its picture has.")


def _cmyk_to_rgb(plane: "Array") -> "Array":
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(np.ascontiguousarray(_eight_bits(plane[..., :4])), "CMYK").convert("RGB"))


def _eight_bits(colour: "Array") -> "Array":
    """Colour of any depth as uint8; the brightest value that occurs is full brightness where there are more bits."""
    import numpy as np

    if colour.dtype == np.uint8:
        return colour
    values = np.nan_to_num(_real(colour).astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = min(0.0, float(values.min())), float(values.max())
    return ((values - low) * (255.0 / (high - low or 1.0))).astype(np.uint8)


def _real(values: "Array") -> "Array":
    """Complex numbers as their size, truth as 0 and 1."""
    import numpy as np

    if values.dtype.kind == "c":
        return np.abs(values)
    return values.astype(np.uint8) if values.dtype.kind == "b" else values


def _thumbnail(plane: "Array") -> "Array":
    """At most 64 × 64 values of it, as numbers without gaps."""
    import numpy as np

    plane = plane if plane.ndim == 2 else plane[..., 0]
    steps = [max(1, size // _COMPARED_SIDE) for size in plane.shape]
    return np.nan_to_num(_real(plane[:: steps[0], :: steps[1]]).astype(np.float64)).ravel()


def _correlation(one: "Array", other: "Array") -> float:
    """Between -1 and 1; 0 where one of them is constant."""
    import numpy as np

    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale else 0.0
