"""What a person looks at: a bounded array, what its numbers mean, and which way it lies."""

import gzip
import json
import struct
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


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """voxels: (places, rows, columns[, 3]) uint8, int16 or uint16, with the facts that explain them."""

    facts: Facts
    voxels: NDArray[Any]

    @property
    def values(self) -> NDArray[np.float32]:
        """What the file means: Hounsfield units where it says so."""
        scaled: NDArray[np.float32] = self.voxels.astype(np.float32) * self.facts.slope + self.facts.intercept
        return scaled


def pack(volume: Volume) -> bytes:
    """For the browser and for the cache: length of the facts, the facts as JSON, the voxels as gzip, little-endian."""
    facts = json.dumps(asdict(volume.facts)).encode()
    little = volume.voxels.astype(volume.voxels.dtype.newbyteorder("<"), order="C", copy=False)
    return _LENGTH.pack(len(facts)) + facts + gzip.compress(little.data, compresslevel=1, mtime=0)


def facts_of(packed: bytes) -> Facts:
    """The facts alone, without unpacking the voxels."""
    document = json.loads(packed[_LENGTH.size : _end_of_facts(packed)])
    triples = {name: tuple(document[name]) for name in ("size", "full_size", "strides", "notes")}
    spacing_mm = tuple(document["spacing_mm"]) if document["spacing_mm"] else None
    windows = tuple(Window(**window) for window in document["windows"])
    return Facts(**document | triples | {"kind": Kind(document["kind"]), "spacing_mm": spacing_mm, "windows": windows})


def unpack(packed: bytes) -> Volume:
    """What pack() was given."""
    facts = facts_of(packed)
    columns, rows, places = facts.size
    shape = (places, rows, columns, *([facts.channels] if facts.channels > 1 else []))
    voxels = np.frombuffer(gzip.decompress(packed[_end_of_facts(packed) :]), np.dtype(facts.dtype).newbyteorder("<"))
    return Volume(facts, voxels.reshape(shape))


def _end_of_facts(packed: bytes) -> int:
    return _LENGTH.size + int(_LENGTH.unpack_from(packed)[0])
