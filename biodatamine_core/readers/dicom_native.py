"""Uncompressed grey frames of a DICOM file, straight from its bytes: pydicom takes a quarter of a second to import."""

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_elements import Header

if TYPE_CHECKING:
    import numpy as np

_SYNTAXES = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"})
"""Implicit and explicit VR, little endian."""
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})


def frames(
    source: BinaryIO, header: Header, syntax: str, pixels: dict[str, Any], wanted: Sequence[int]
) -> "Iterator[np.ndarray[Any, Any]] | None":
    """The frames with these numbers, (rows, columns) as stored; None where it takes a decoder to be sure of them.

    source: seekable, the whole file. pixels: the pixel columns of its FileRecord.
    """
    bits, stored_bits = pixels["bits_allocated"], pixels["bits_stored"]
    columns, rows = pixels["shape"][:2]
    frame_bytes, count = columns * rows * (bits or 0) // 8, pixels["frames"] or 1
    is_plain = (
        syntax in _SYNTAXES
        and header.pixel_tag == tags.PIXEL_DATA
        and pixels["photometric_interpretation"] in _GREY
        and pixels["channels"] == 1
        and bits in (8, 16)
        and stored_bits is not None
        and 0 < stored_bits <= bits
        and header.data.integer(tags.PIXEL_REPRESENTATION) in (0, 1)
        and header.pixel_length is not None
        and header.pixel_length >= frame_bytes * count
        and all(0 <= number < count for number in wanted)
    )
    if not is_plain or source.seek(0, 2) < header.pixel_offset + frame_bytes * count:
        return None
    return (
        _frame(source, header.pixel_offset + number * frame_bytes, (rows, columns), pixels["dtype"], bits - stored_bits)
        for number in wanted
    )


def _frame(
    source: BinaryIO, start: int, shape: tuple[int, int], dtype: str, unused_bits: int
) -> "np.ndarray[Any, Any]":
    import numpy as np

    stored, count = np.dtype(dtype).newbyteorder("<"), shape[0] * shape[1]
    if isinstance(source, io.BytesIO):  # what is in memory is not copied
        frame: np.ndarray[Any, Any] = np.frombuffer(source.getvalue(), stored, count, start)
    else:
        source.seek(start)
        frame = np.frombuffer(source.read(count * stored.itemsize), stored)
    frame = frame.reshape(shape)
    # What stands in unused bits is no part of the value (PS3.5 8.1.1).
    return frame if not unused_bits else (frame << unused_bits) >> unused_bits
