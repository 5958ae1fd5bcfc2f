"""What a person looks at: a bounded array, what its numbers mean, and which way it lies."""

import gzip
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biodatamine_core.volumes.plan import Kind

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Window:
    """A named way to look at values: what is black and what is white."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Facts:
    """All of a Volume but its voxels.

    size: columns, rows and places of the array. full_size, strides: before, and how much, it was made smaller.
    times: volumes in the array, of full_times each time_stride-th; varies_by: what tells them apart, where known.
    affine_lps: (4, 4) row by row, from (column, row, place) of the array to millimetres; None where it is not known.
    spacing_mm: between the array's neighbours; None where it is not known.
    pixel_aspect: height of a pixel over its width, for a picture without spacing.
    is_oriented: the axes run to the patient's left, back and head (LPS); else they lie as in the file.
    main: the plane to show large: axial, coronal or sagittal.
    A value is voxel * slope + intercept; unit: "HU" or "". is_inverted: low values are bright.
    windows: the ways to look at it; the one named `start` comes first. Empty for colour.
    frame_ms: how long a frame lasts; None where it is no recording, or the file does not say.
    """

    kind: Kind
    size: tuple[int, int, int]
    full_size: tuple[int, int, int]
    strides: tuple[int, int, int]
    spacing_mm: tuple[float, float, float] | None
    pixel_aspect: float
    is_oriented: bool
    main: str
    dtype: str
    channels: int
    slope: float
    intercept: float
    unit: str
    is_inverted: bool
    windows: tuple[Window, ...]
    start: str
    is_recording: bool
    frame_ms: float | None
    notes: tuple[str, ...]
    times: int = 1
    full_times: int = 1
    time_stride: int = 1
    varies_by: str | None = None
    affine_lps: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """voxels: (places, rows, columns[, 3]) uint8, int16 or uint16, behind an axis of times where there are several,
    with the facts that explain them.
    """

    facts: Facts
    voxels: NDArray[Any]

    @property
    def values(self) -> NDArray[np.float32]:
        """What the file means: Hounsfield units where it says so."""
        scaled: NDArray[np.float32] = self.voxels.astype(np.float32) * self.facts.slope + self.facts.intercept
        return scaled


def pack(volume: Volume) -> bytes:
    """For the browser and for the cache: length of the facts, the facts as JSON, the voxels as gzip, little-endian."""
    return packed(asdict(volume.facts), volume.voxels)


def packed(facts: Mapping[str, object], voxels: NDArray[Any]) -> bytes:
    """As pack() does, for other facts about voxels."""
    document = json.dumps(facts).encode()
    little = voxels.astype(voxels.dtype.newbyteorder("<"), order="C", copy=False)
    return _LENGTH.pack(len(document)) + document + gzip.compress(little.data, compresslevel=1, mtime=0)


def facts_of(packed: bytes) -> Facts:
    """The facts alone, without unpacking the voxels."""
    document = json.loads(packed[_LENGTH.size : _end_of_facts(packed)])
    triples = {name: tuple(document[name]) for name in ("size", "full_size", "strides", "notes")}
    known = {name: tuple(document[name]) for name in ("spacing_mm", "affine_lps") if document[name]}
    windows = tuple(Window(**window) for window in document["windows"])
    return Facts(**document | triples | known | {"kind": Kind(document["kind"]), "windows": windows})


def unpack(packed: bytes) -> Volume:
    """What pack() was given."""
    facts = facts_of(packed)
    columns, rows, places = facts.size
    shape = (places, rows, columns, *([facts.channels] if facts.channels > 1 else []))
    shape = (facts.times, *shape) if facts.times > 1 else shape
    voxels = np.frombuffer(gzip.decompress(packed[_end_of_facts(packed) :]), np.dtype(facts.dtype).newbyteorder("<"))
    return Volume(facts, voxels.reshape(shape))


def _end_of_facts(packed: bytes) -> int:
    return _LENGTH.size + int(_LENGTH.unpack_from(packed)[0])
