"""What the pixels of a file are like, from the bytes that a full scan holds in memory anyway."""

import io
import math
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import xxhash

from biodatamine_core import readers
from biodatamine_core.readers.decoding import DECODE_ERRORS
from biodatamine_core.readers.stored_pixels import StoredPixels, stored_pixels
from biodatamine_core.readers.tiff_layout import SLIDE_FORMATS
from biodatamine_core.records import FileRecord, Member, Role, UnreadableMember
from biodatamine_core.scan.colours import MOST_REDUCED_PIXELS, colour_facts, reduced_jpeg
from biodatamine_core.scan.fingerprint import fingerprint
from biodatamine_core.scan.levels import MOST_LABEL, level_facts
from biodatamine_core.scan.sector import MOST_COLOURED, sector_facts

if TYPE_CHECKING:
    import numpy as np

SAMPLE_BYTES = 16 << 10
SAMPLE_EVERY_BYTES = 1 << 20
MOST_SAMPLES = 1024
"""Of a file that is not held whole 16 kB are kept of every megabyte, for its first gigabyte."""
MOST_DECODED_PIXELS = 1 << 19
"""A larger PNG or JPEG is not decoded a second time beside its thumbnail: 1 to 6 ms each at this size."""
ONE_COMPRESSED_OF = 8
"""Of compressed DICOM every eighth instance of a series is decoded, from its first: 3 to 40 ms each."""
_PICTURES = frozenset({"PNG", "JPEG", "BMP", "GIF", "WebP", "TIFF"})
_OTHERWISE = _PICTURES | {"DICOM", "NIfTI"} | frozenset(SLIDE_FORMATS.values())
"""What is looked at in other ways, or is a microscope's; of other volumes the middle slice is decoded."""
_MEDIAN_OF = 1024
# What decoders raise on broken pixels. That they are broken is for whoever draws them to say.
_BROKEN = (UnreadableMember, zlib.error, *DECODE_ERRORS)


def pixel_facts(
    record: FileRecord, held: bytes, is_whole: bool, samples: Sequence[tuple[int, bytes]] = ()
) -> dict[str, Any]:
    """The columns value_min, value_max, background_share, and pixel_hash where every pixel was looked at; of pictures
    those on colours too.

    held: the file from its first byte on; is_whole: to its last. samples: (where, bytes) of what follows.
    {} where it is no image, or where to look would cost too much.
    """
    if not record.readable or record.role not in (Role.IMAGE, Role.SEGMENTATION):
        return {}
    try:
        stored = stored_pixels(record, held)
        if stored is not None:
            return _of_stored(stored, held, is_whole, samples)
        if is_whole and _is_small_picture(record):
            return _of_picture(record, held)
        if is_whole and _is_sampled_dicom(record):
            return _of_compressed(record, held)
        if is_whole and record.format == "JPEG" and math.prod(record.shape or ()) <= MOST_REDUCED_PIXELS:
            return _of_look(_without_equal_channels(reduced_jpeg(held)))
        if is_whole and record.format not in _OTHERWISE:
            return _of_volume(record, held)
    except _BROKEN:
        return {}
    return {}


def _of_stored(
    stored: StoredPixels, held: bytes, is_whole: bool, samples: Sequence[tuple[int, bytes]]
) -> dict[str, Any]:
    import numpy as np

    if is_whole:
        numbers = np.frombuffer(held, stored.dtype, stored.count, stored.offset)
        ends = _ends(numbers)
        return _range(numbers, stored.slope, stored.intercept, ends) | {"pixel_hash": _hash(numbers, stored, ends)}
    size_bytes = np.dtype(stored.dtype).itemsize
    parts = [
        np.frombuffer(block[skipped:], stored.dtype, (len(block) - skipped) // size_bytes)
        for start, block in _spread(held, samples)
        if start >= stored.offset and len(block) > (skipped := -(start - stored.offset) % size_bytes)
    ]
    return _range(np.concatenate(parts), stored.slope, stored.intercept) if parts else {}


def _spread(held: bytes, samples: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The start of every megabyte of what is held, then the samples."""
    for start in range(SAMPLE_EVERY_BYTES // 2, len(held), SAMPLE_EVERY_BYTES):
        yield start, held[start : start + SAMPLE_BYTES]
    yield from samples


def _is_small_picture(record: FileRecord) -> bool:
    shape = record.shape or ()
    return record.format in _PICTURES and len(shape) == 2 and shape[0] * shape[1] <= MOST_DECODED_PIXELS


def _is_sampled_dicom(record: FileRecord) -> bool:
    """By its instance number, so that the same image is looked at in every copy; and small enough to decode twice."""
    shape = record.shape or ()
    is_small = len(shape) >= 2 and shape[0] * shape[1] <= MOST_DECODED_PIXELS
    is_image = record.format == "DICOM" and record.role is Role.IMAGE
    return is_image and is_small and ((record.instance_number or 1) - 1) % ONE_COMPRESSED_OF == 0


def _of_compressed(record: FileRecord, held: bytes) -> dict[str, Any]:
    """The range of the middle frame; where that is all there is, the hash that it has uncompressed."""
    import numpy as np

    picture = readers.middle_picture(_member_of(record, held))
    numbers = picture.pixels.reshape(-1)
    if record.frames or record.mosaic_images or record.photometric_interpretation not in ("MONOCHROME1", "MONOCHROME2"):
        return _range(numbers, 1.0, 0.0)
    slope, intercept = record.rescale_slope or 1.0, record.rescale_intercept or 0.0
    stored = np.rint((numbers.astype(np.float64) - intercept) / slope).astype(np.int64)
    shape = (*(record.shape or ()), record.channels or 1)
    as_stored = StoredPixels(0, "", shape, stored.size, slope, intercept, picture.is_inverted)
    return _range(stored, slope, intercept) | {"pixel_hash": _hash(stored, as_stored)}


def _member_of(record: FileRecord, held: bytes) -> Member:
    return Member(path=record.path, opener=partial(io.BytesIO, held), size_bytes=len(held))


def _of_picture(record: FileRecord, held: bytes) -> dict[str, Any]:
    pixels = _without_equal_channels(readers.middle_picture(_member_of(record, held)).pixels)
    rows, columns = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    shape = (columns, rows, channels)
    numbers = pixels.reshape(-1)
    digest = _hash(numbers, StoredPixels(0, "", shape, numbers.size))
    return _range(numbers, 1.0, 0.0) | {"pixel_hash": digest} | _of_look(pixels)


def _of_look(pixels: "np.ndarray[Any, Any]") -> dict[str, Any]:
    """Colours, and the sector of a probe; of a grey picture also what it looks like from afar."""
    colours = colour_facts(pixels)
    sector = sector_facts(pixels) if colours.get("colour_share", 1.0) <= MOST_COLOURED else {}
    return colours | sector | ({"fingerprint": fingerprint(pixels)} if pixels.ndim == 2 else {})


def _without_equal_channels(pixels: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Grey, though kept as colour, becomes (rows, columns)."""
    return pixels[..., 0] if pixels.ndim == 3 and (pixels == pixels[..., :1]).all() else pixels


def _of_volume(record: FileRecord, held: bytes) -> dict[str, Any]:
    """The ends of the range within the middle slice: it tells units apart, not whether the volume is blank."""
    facts = _range(readers.middle_picture(_member_of(record, held)).pixels.reshape(-1), 1.0, 0.0)
    is_told = bool(facts) and facts["value_min"] < facts["value_max"]
    return {name: facts[name] for name in ("value_min", "value_max")} if is_told else {}


def _ends(numbers: "np.ndarray[Any, Any]") -> tuple[Any, Any] | None:
    """The smallest and the largest of integers; None for other numbers, and where there are none."""
    return (numbers.min(), numbers.max()) if numbers.size and numbers.dtype.kind in "iu" else None


def _range(
    numbers: "np.ndarray[Any, Any]", slope: float, intercept: float, ends: tuple[Any, Any] | None = None
) -> dict[str, Any]:
    """The range of the values, and the share of the commonest: what more than half the pixels have is the median.

    ends: theirs, where known already.
    """
    import numpy as np

    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return {}
    least, most = sorted(float(end) * slope + intercept for end in ends or (numbers.min(), numbers.max()))
    few = numbers[:: numbers.size // _MEDIAN_OF | 1]  # an odd step: it does not run down the same few columns
    median = np.partition(few, few.size // 2)[few.size // 2]
    share = np.count_nonzero(numbers == median) / numbers.size
    facts = {"value_min": least, "value_max": most, "background_share": share}
    if least >= 0 and most <= MOST_LABEL:
        facts |= level_facts(numbers, slope, intercept)
    return facts


def _hash(numbers: "np.ndarray[Any, Any]", stored: StoredPixels, ends: tuple[Any, Any] | None = None) -> str:
    """The same for the same values in any format: integers in the smallest type that holds them, little endian."""
    import numpy as np

    dtype = numbers.dtype
    if dtype.kind in "iu":
        dtype = np.promote_types(*map(np.min_scalar_type, ends or (numbers.min(), numbers.max())))
        if dtype.itemsize == numbers.dtype.itemsize:  # no value is negative: the same bits
            numbers = numbers.view(dtype.newbyteorder(numbers.dtype.byteorder))
    canonical = np.ascontiguousarray(numbers, dtype.newbyteorder("<"))
    said = (stored.shape, canonical.dtype.str, stored.slope, stored.intercept, stored.is_inverted)
    digest = xxhash.xxh3_128(repr(said).encode())
    digest.update(canonical.data)
    return digest.hexdigest()
