"""A mask laid over its image: one number a label, on the image's own grid, nearest neighbour."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biodatamine_core.records import ProblemKind, UnreadableMember
from biodatamine_core.volumes.plan import Floats, Kind
from biodatamine_core.volumes.volume import Facts, Volume, packed
from biodatamine_core.wording import shape as sizes_in_words

MOST_LABELS = 65_535
MOST_PICTURE_LABELS = 64
"""A picture with more shades than that has blurred edges, or was saved as a JPEG: no shade of it names anything."""
_SAME_MM = 0.05


@dataclass(frozen=True, slots=True)
class Label:
    """value: its number in the mask. name: what the file calls it, "" where it does not. voxels: of what is shown."""

    value: int
    name: str
    voxels: int


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """dtype of the voxels: 0 where there is no label, else the place of the label in `labels`, from 1.

    times: 1, or as many as the image has.
    """

    dtype: str
    times: int
    labels: tuple[Label, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """voxels: (places, rows, columns) of the image's array, behind an axis of times where facts.times says so."""

    facts: LabelFacts
    voxels: NDArray[Any]


def pack_labels(labels: Labels) -> bytes:
    """For the browser and for the cache, as a volume is packed."""
    return packed(asdict(labels.facts), labels.voxels)


def laid_over(image: Facts, mask: Volume, names: Mapping[int, str]) -> Labels:
    """The mask on the grid of the image as it is shown.

    names: of its values. Raises UnreadableMember where nothing says how the one lies upon the other.
    """
    if mask.facts.times not in (1, image.times):
        raise _unfit(f"The mask has {mask.facts.full_times:,} volumes, the image {image.full_times:,}.")
    matrix = _from_image(image, mask.facts)
    numbers, values, notes = _numbered(mask)
    times = numbers if numbers.ndim == 4 else numbers[None]
    voxels = np.stack([_nearest(one, matrix, image.size) for one in times])
    counts = np.bincount(voxels.ravel(), minlength=len(values) + 1)[1:]
    if _is_resampled(image, mask.facts):
        notes.append("The mask has another grid than the image; nearest neighbours are drawn.")
    if not values.size:
        notes.append("The mask is empty.")
    elif not counts.any():
        notes.append("The mask lies outside of this image.")
    named = (Label(int(v), names.get(int(v), ""), int(n)) for v, n in zip(values, counts, strict=True))
    facts = LabelFacts(voxels.dtype.name, len(voxels), tuple(named), tuple(notes))
    return Labels(facts, voxels if len(voxels) > 1 else voxels[0])


def _numbered(mask: Volume) -> tuple[NDArray[Any], NDArray[np.int64], list[str]]:
    """Every voxel as the place of its value among the values, from 1; the values; what to say about it."""
    voxels = mask.voxels.astype(np.int64)
    if mask.facts.channels > 1:
        voxels = voxels[..., 0] if (voxels == voxels[..., :1]).all() else voxels @ np.array([1 << 16, 1 << 8, 1])
    is_picture = mask.facts.kind is not Kind.VOLUME
    is_whole = (mask.facts.slope, mask.facts.intercept) == (1.0, 0.0)
    values = np.unique(voxels)
    if not is_whole or (is_picture and len(values) > MOST_PICTURE_LABELS):
        if mask.facts.channels > 1 and voxels.max(initial=0) > 255:
            raise _unfit(f"The mask has {len(values):,} colours: it is a picture, and none of them names a label.")
        half = (int(values[0]) + int(values[-1])) / 2
        note = "The mask holds shades, not labels; it is drawn where it is at least half of its largest value."
        return (voxels >= half).astype(np.uint8), np.array([1]), [note]
    values = values[values > 0]
    if len(values) > MOST_LABELS:
        raise _unfit(f"The mask has {len(values):,} values; {MOST_LABELS:,} labels are told apart at most.")
    dtype = np.uint8 if len(values) < 256 else np.uint16
    return np.where(voxels > 0, np.searchsorted(values, voxels) + 1, 0).astype(dtype), values, []


def _from_image(image: Facts, mask: Facts) -> Floats:
    """(4, 4), from (x, y, z) of the image's array to those of the mask's."""
    theirs, ours = _affine(mask), _affine(image)
    if theirs is not None and ours is not None:
        matrix: Floats = np.linalg.inv(theirs) @ ours
        return matrix
    if image.full_size == mask.full_size and image.kind is mask.kind and image.is_oriented == mask.is_oriented:
        steps = [ours / theirs for ours, theirs in zip(image.strides, mask.strides, strict=True)]
        return np.diag([*steps, 1.0])
    if image.full_size != mask.full_size:
        sizes = f"{sizes_in_words(mask.full_size)} voxels, the image {sizes_in_words(image.full_size)}"
        raise _unfit(f"The mask has {sizes}, and not both say where they lie.")
    raise _unfit("Of mask and image only one says how it lies in the patient.")


def _affine(facts: Facts) -> Floats | None:
    return None if facts.affine_lps is None else np.array(facts.affine_lps).reshape(4, 4)


def _is_resampled(image: Facts, mask: Facts) -> bool:
    """Whether voxels of the one do not lie upon voxels of the other, beyond what was left out to make them smaller."""
    theirs, ours = _affine(mask), _affine(image)
    if theirs is None or ours is None:
        return False
    if image.full_size != mask.full_size:
        return True
    strides = (*image.strides, *mask.strides)
    return max(strides) == 1 and not np.allclose(theirs, ours, rtol=0, atol=_SAME_MM)


def _nearest(numbers: NDArray[Any], matrix: Floats, size: tuple[int, int, int]) -> NDArray[Any]:
    """(z, y, x) of this size, each taken from the nearest of `numbers`, 0 outside. matrix: from (x, y, z) to theirs."""
    across, down, deep = (np.arange(count, dtype=np.float64) for count in size)
    is_upright = np.allclose(matrix[:3, :3], np.diag(np.diag(matrix[:3, :3])), atol=1e-4)
    if is_upright:
        places = [axis * matrix[n, n] + matrix[n, 3] for n, axis in enumerate((across, down, deep))]
        return _taken(numbers, places[0][None, None, :], places[1][None, :, None], places[2][:, None, None])
    grid = np.stack(np.broadcast_arrays(across[None, :], down[:, None]))
    found = np.empty(size[::-1], numbers.dtype)
    for z in range(size[2]):  # a slice at a time: the places of all voxels take more room than the volume
        x, y, z_there = np.tensordot(matrix[:3, :2], grid, axes=1) + (matrix[:3, 2] * z + matrix[:3, 3])[:, None, None]
        found[z] = _taken(numbers, x, y, z_there)
    return found


def _taken(numbers: NDArray[Any], x: Floats, y: Floats, z: Floats) -> NDArray[Any]:
    places = [np.floor(axis + 0.5).astype(np.int64) for axis in (z, y, x)]
    inside = [(axis >= 0) & (axis < count) for axis, count in zip(places, numbers.shape, strict=True)]
    nearest = tuple(np.clip(axis, 0, count - 1) for axis, count in zip(places, numbers.shape, strict=True))
    taken: NDArray[Any] = np.where(inside[0] & inside[1] & inside[2], numbers[nearest], 0)
    return taken.astype(numbers.dtype)


def _unfit(sentence: str) -> UnreadableMember:
    return UnreadableMember(ProblemKind.UNSUPPORTED, sentence)
