"""Slices of a Zarr array, version 2 or 3, out of the chunk files beside its metadata; decoded within bounds.

Only codecs that turn bytes into bytes are known here: what a file asks for by name is never looked up in a registry,
which holds a pickle too.
"""

import bz2
import itertools
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from biodatamine_core.readers.interface import MAX_PICTURE_BYTES
from biodatamine_core.records import Member, ProblemKind, UnreadableMember

_MOST_AXES = 16
_MOST_CHUNKS = 20_000
"""Of one slice; honest ones have some hundred."""
_CODECS = frozenset({"blosc", "zstd", "lz4", "zlib", "gzip", "bz2"})
_SIGNATURES = {"gzip": b"\x1f\x8b", "bz2": b"BZh", "zstd": b"\x28\xb5\x2f\xfd"}
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Layout:
    """How an array is cut and packed.

    codecs: by name, in the order in which they unpack; None where one of them is not known. is_fortran: within a chunk
    the first axis runs fastest. prefix, separator: of a chunk's file name.
    """

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: "np.dtype[Any]"
    codecs: tuple[str, ...] | None
    fill: Any
    is_fortran: bool
    prefix: str
    separator: str


def layout_of(stated: Mapping[str, Any]) -> Layout:
    """The metadata of an array. Raises what Python raises on metadata that are none; UnreadableMember."""
    layout = _layout_3(stated) if int(stated["zarr_format"]) == 3 else _layout_2(stated)
    sizes = (*layout.shape, *layout.chunks)
    if not 1 <= len(layout.shape) <= _MOST_AXES or len(layout.chunks) != len(layout.shape) or min(sizes) < 1:
        raise UnreadableMember(ProblemKind.CORRUPT, "Its metadata are broken: impossible sizes.")
    if layout.dtype.kind not in "biuf":
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "It holds no plain numbers.")
    return layout


def _layout_2(stated: Mapping[str, Any]) -> Layout:
    compressor = stated.get("compressor")
    codecs = (str(compressor["id"]),) if compressor else ()
    return Layout(
        shape=tuple(int(size) for size in stated["shape"]),
        chunks=tuple(int(size) for size in stated["chunks"]),
        dtype=np.dtype(str(stated["dtype"])),
        codecs=None if stated.get("filters") or not _CODECS.issuperset(codecs) else codecs,
        fill=stated.get("fill_value"),
        is_fortran=stated.get("order") == "F",
        prefix="",
        separator=str(stated.get("dimension_separator", ".")),
    )


def _layout_3(stated: Mapping[str, Any]) -> Layout:
    codecs = [(str(codec["name"]), codec.get("configuration") or {}) for codec in stated["codecs"]]
    order = next((settings.get("endian", "little") for codec, settings in codecs if codec == "bytes"), "little")
    packed = tuple(codec for codec, _ in reversed(codecs) if codec != "bytes")
    encoding = stated.get("chunk_key_encoding") or {"name": "default"}
    is_default = encoding["name"] == "default"
    return Layout(
        shape=tuple(int(size) for size in stated["shape"]),
        chunks=tuple(int(size) for size in stated["chunk_grid"]["configuration"]["chunk_shape"]),
        dtype=np.dtype(str(stated["data_type"])).newbyteorder("<" if order == "little" else ">"),
        codecs=packed if _CODECS.issuperset(packed) else None,
        fill=stated.get("fill_value"),
        is_fortran=False,
        prefix="c/" if is_default else "",
        separator=str((encoding.get("configuration") or {}).get("separator", "/" if is_default else ".")),
    )


class ZarrArray:
    """The array, to be indexed by whole numbers and by `:`; an axis of length 1 is added behind its own.

    Chunks that are not there hold the fill value.
    """

    def __init__(self, member: Member, folder: str, layout: Layout) -> None:
        self.shape = (*layout.shape, 1)
        self._member = member
        self._folder = folder
        self._layout = layout
        self._chunk_bytes = prod(layout.chunks) * layout.dtype.itemsize
        if layout.codecs is None:
            raise UnreadableMember(ProblemKind.UNSUPPORTED, "It is packed by a codec that is not read here.")
        if self._chunk_bytes > MAX_PICTURE_BYTES:
            raise UnreadableMember(
                ProblemKind.TOO_LARGE, f"A chunk of {self._chunk_bytes:,} bytes is too large to draw."
            )

    def __getitem__(self, wanted: tuple[Any, ...]) -> "np.ndarray[Any, Any]":
        layout, (*inner, last) = self._layout, wanted
        whole = [isinstance(part, slice) for part in inner]
        shape = [size if is_whole else 1 for size, is_whole in zip(layout.shape, whole, strict=True)]
        if prod(shape) * layout.dtype.itemsize > MAX_PICTURE_BYTES:
            raise UnreadableMember(ProblemKind.TOO_LARGE, "A slice of it is too large to draw.")
        found = np.full(shape, self._fill(), layout.dtype)
        numbers = [
            range(-(-size // chunk)) if is_whole else range(part // chunk, part // chunk + 1)
            for size, chunk, part, is_whole in zip(layout.shape, layout.chunks, inner, whole, strict=True)
        ]
        if prod(len(along) for along in numbers) > _MOST_CHUNKS:
            raise UnreadableMember(ProblemKind.TOO_LARGE, f"A slice of it lies in more than {_MOST_CHUNKS:,} chunks.")
        for at in itertools.product(*numbers):
            chunk = self._chunk(at)
            if chunk is not None:
                self._put(found, chunk, at, inner)
        found = found.reshape([size for size, is_whole in zip(shape, whole, strict=True) if is_whole])
        return found[..., np.newaxis] if isinstance(last, slice) else found

    def _put(
        self, found: "np.ndarray[Any, Any]", chunk: "np.ndarray[Any, Any]", at: tuple[int, ...], wanted: list[Any]
    ) -> None:
        """The part of a chunk that is wanted, to its place."""
        sources, targets = [], []
        for number, length, size, part in zip(at, self._layout.chunks, self._layout.shape, wanted, strict=True):
            if isinstance(part, slice):
                start = number * length
                sources.append(slice(0, min(length, size - start)))
                targets.append(slice(start, min(start + length, size)))
            else:
                sources.append(slice(part % length, part % length + 1))
                targets.append(slice(0, 1))
        found[tuple(targets)] = chunk[tuple(sources)]

    def _chunk(self, at: tuple[int, ...]) -> "np.ndarray[Any, Any] | None":
        name = self._layout.prefix + self._layout.separator.join(str(number) for number in at)
        member = self._member.sibling(self._folder + name)
        if member is None:
            return None
        data = member.read(0, 2 * self._chunk_bytes + (1 << 20))
        for codec in self._layout.codecs or ():
            if not data.startswith(_SIGNATURES.get(codec, b"")):  # a sibling that is a compressed file comes unpacked
                continue
            data = _unpacked(codec, data, self._chunk_bytes)
        if len(data) != self._chunk_bytes:
            raise UnreadableMember(ProblemKind.TRUNCATED, "One of its chunks has fewer or more bytes than it must.")
        order = "F" if self._layout.is_fortran else "C"
        return np.frombuffer(data, self._layout.dtype).reshape(self._layout.chunks, order=order)  # type: ignore[call-overload,no-any-return]

    def _fill(self) -> Any:
        """The value of chunks that are not there."""
        fill = self._layout.fill
        return fill if isinstance(fill, int | float) else 0


def _unpacked(codec: str, data: bytes, size_bytes: int) -> bytes:
    """At most `size_bytes`, and one more where there are more: a bomb costs no more than the chunk it claims to be."""
    if codec in ("zlib", "gzip"):
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(data, size_bytes + 1)
    if codec == "bz2":
        return bz2.BZ2Decompressor().decompress(data, size_bytes + 1)
    import numcodecs

    decode = {"blosc": numcodecs.Blosc().decode, "zstd": numcodecs.Zstd().decode, "lz4": numcodecs.LZ4().decode}[codec]
    place = np.empty(size_bytes, np.uint8)
    decode(data, out=place)
    return place.tobytes()
