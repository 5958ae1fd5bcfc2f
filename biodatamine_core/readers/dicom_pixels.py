"""The pixels of a DICOM file: how they are stored, whether they are all there, and its frames as pictures."""

import io
import struct
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, BinaryIO

from biodatamine_core.readers import dicom_native, dicom_rescue, dicom_segments
from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.decoding import DECODE_ERRORS
from biodatamine_core.readers.dicom_elements import Elements, Header, inflated_dataset, read_header, walked
from biodatamine_core.readers.dicom_geometry import mosaic_images, pixel_aspect
from biodatamine_core.readers.interface import HEAD_BYTES, MAX_PICTURE_BYTES, Picture, problem
from biodatamine_core.readers.stream import HeaderStream, seekable
from biodatamine_core.records import Member, ProblemKind, UnreadableMember

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

_SUBSAMPLED = {"YBR_FULL_422": (2, 3), "YBR_PARTIAL_422": (2, 3), "YBR_PARTIAL_420": (1, 2)}
"""Stored share of the samples where chroma is subsampled (PS3.3 C.7.6.3.1.2)."""
_DECODED_BYTES = 8
"""Per sample while a frame is decoded, rescaled and windowed."""
_MOST_RESCALED = 1e9
"""No honest slope or intercept is larger; with one that is, numbers are no way to find what is black and white."""
_ITEM, _END_OF_ITEMS = 0xFFFEE000, 0xFFFEE0DD


def facts(data: Elements, pixel_tag: int | None) -> dict[str, Any]:
    """The pixel columns of a FileRecord; without rows and columns there is no shape."""
    rows, columns = data.integer(tags.ROWS), data.integer(tags.COLUMNS)
    frames = data.integer(tags.NUMBER_OF_FRAMES) or 1
    frames = frames if frames > 1 else 1
    has_plane = rows is not None and columns is not None and rows > 0 and columns > 0
    shape = ((columns, rows, frames) if frames > 1 else (columns, rows)) if has_plane else None
    return {
        "shape": shape,
        "dtype": _dtype(data, pixel_tag),
        "frames": frames if frames > 1 else None,
        "channels": data.integer(tags.SAMPLES_PER_PIXEL) or (1 if has_plane else None),
        "photometric_interpretation": data.text(tags.PHOTOMETRIC_INTERPRETATION),
        "bits_allocated": data.integer(tags.BITS_ALLOCATED),
        "bits_stored": data.integer(tags.BITS_STORED),
        "rescale_slope": _rescale(data, tags.RESCALE_SLOPE),
        "rescale_intercept": _rescale(data, tags.RESCALE_INTERCEPT),
    }


def _rescale(data: Elements, tag: int) -> float | None:
    """The file's own value, or the one that all frames share."""
    shared = data.first(tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first(tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE)
    own = data.number(tag)
    return own if own is not None else shared.number(tag)


def _dtype(data: Elements, pixel_tag: int | None) -> str | None:
    if pixel_tag == tags.FLOAT_PIXEL_DATA:
        return "float32"
    if pixel_tag == tags.DOUBLE_FLOAT_PIXEL_DATA:
        return "float64"
    bits = data.integer(tags.BITS_ALLOCATED)
    if bits is None or not 0 < bits <= 64:
        return None
    return f"{'int' if data.integer(tags.PIXEL_REPRESENTATION) == 1 else 'uint'}{bits}"


def shortage(
    header: Header, pixels: dict[str, Any], stream: HeaderStream | None, available: int | None
) -> dict[str, Any] | None:
    """A problem where the pixel data ends early; None where it is whole, or where headers alone cannot tell.

    stream: at the pixel data's first byte, None where it is not to be read. available: bytes from there to the end of
    the file, None where not stated.
    """
    if header.pixel_tag is None or not pixels.get("shape") or header.is_deflated:
        return None
    try:
        if header.pixel_length is None:
            return None if stream is None else _fragments_problem(stream, header.is_little_endian)
        if available is None:
            if stream is None:
                return None
            available = stream.remaining(header.pixel_length)
    except UnreadableMember as unreadable:
        return problem(unreadable.problem.kind, unreadable.problem.sentence)
    announced = max(header.pixel_length, _expected_bytes(pixels))
    held = min(available, header.pixel_length)
    if held < announced:
        return problem(ProblemKind.TRUNCATED, f"Its pixel data ends early: {held:,} of {announced:,} bytes.")
    return None


def _expected_bytes(pixels: dict[str, Any]) -> int:
    """Bytes that uncompressed pixels of this shape take; 0 where the header does not say how they are stored."""
    columns, rows, frames = (*pixels["shape"], 1)[:3]
    bits = {"float32": 32, "float64": 64}.get(pixels["dtype"] or "", pixels["bits_allocated"] or 0)
    share = _SUBSAMPLED.get(pixels["photometric_interpretation"] or "", (1, 1))
    bits_in_all = columns * rows * frames * (pixels["channels"] or 1) * bits
    return int(bits_in_all * share[0] // share[1] // 8)


def _fragments_problem(stream: HeaderStream, is_little_endian: bool) -> dict[str, Any] | None:
    """Walk the fragments of encapsulated pixel data (PS3.5 A.4) to their end."""
    order = "<" if is_little_endian else ">"
    count = 0
    while len(start := stream.skip_block(8)) == 8:
        group, element, length = struct.unpack(f"{order}HHI", start)
        tag = group << 16 | element
        if tag == _END_OF_ITEMS:
            return None
        if tag != _ITEM:
            return problem(ProblemKind.CORRUPT, f"Its compressed pixel data is broken after {count:,} fragments.")
        if stream.remaining(length) < length:
            break
        count += 1
    return problem(ProblemKind.TRUNCATED, f"Its compressed pixel data ends early, after {count:,} whole fragments.")


def middle_picture(member: Member, as_stored: bool = False) -> Picture:
    """The middle frame, of a Siemens mosaic its middle tile.

    as_stored: leave it to Picture.slope and Picture.intercept what the numbers stand for.
    Raises UnreadableMember where it is too large, damaged, or of a compression that nothing here decodes.
    """
    header = _header_of(member)
    pixels = facts(header.data, header.pixel_tag)
    frames = mosaic_images(header.data) or pixels["frames"] or 1
    return next(_pictures(member, header, pixels, [frames // 2], as_stored))


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    """The frames with these numbers, of a Siemens mosaic its tiles; wanted: ascending. Raises as middle_picture."""
    header = _header_of(member)
    return _pictures(member, header, facts(header.data, header.pixel_tag), wanted)


def _header_of(member: Member) -> Header:
    head = member.read(0, HEAD_BYTES)
    if (header := walked(head, is_whole=len(head) < HEAD_BYTES)) is not None:
        return header
    with member.open() as source:
        return read_header(HeaderStream(source))


def _pictures(
    member: Member, header: Header, pixels: dict[str, Any], wanted: Sequence[int], as_stored: bool = False
) -> Iterator[Picture]:
    _refuse_undrawable(pixels)
    tiles, segments = mosaic_images(header.data), dicom_segments.numbers(header.data)
    shown = [0] if tiles else wanted
    with _decodable(member, header) as source, closing(_stored(source, header, pixels, shown)) as stored:
        for number, (frame, context) in zip(shown, stored, strict=False):
            if pixels["photometric_interpretation"] == "PALETTE COLOR":
                from pydicom.pixels.processing import apply_color_lut

                frame = apply_color_lut(frame, context)
            if segments:
                frame = dicom_segments.drawn(frame, segments[number], header.data)
            for image in [_tile(frame, tiles, number) for number in wanted] if tiles else [frame]:
                yield _picture(image, header.data, pixels, as_stored)


def _stored(
    source: BinaryIO, header: Header, pixels: dict[str, Any], wanted: Sequence[int]
) -> "Generator[tuple[np.ndarray[Any, Any], Dataset | None], None, None]":
    """The frames as they are stored; beside each what holds its palette, where a decoder gave it."""
    plain = dicom_native.frames(source, header, _syntax(header), pixels, wanted)
    if plain is None:
        yield from _frames(source, header, pixels, wanted)
    else:
        yield from ((frame, None) for frame in plain)


def _frames(
    source: BinaryIO, header: Header, pixels: dict[str, Any], wanted: Sequence[int]
) -> "Iterator[tuple[np.ndarray[Any, Any], Dataset]]":
    """The frames as they are stored, each with a dataset that holds its palette. Raises UnreadableMember."""
    from pydicom import Dataset
    from pydicom.pixels.utils import iter_pixels

    syntax, context, done = _syntax(header), Dataset(), 0
    if header.pixel_length is None:
        columns, rows = pixels["shape"][:2]
        dicom_rescue.refuse_bombs(source, header.pixel_offset, wanted, pixels["frames"] or 1, columns * rows)
        source.seek(0)
    plugin = dicom_rescue.plugins(syntax)[0]
    stored = iter_pixels(source, ds_out=context, indices=wanted, decoding_plugin=plugin, transfer_syntax_uid=syntax)
    try:
        for frame in stored:
            yield frame, context
            done += 1
    except DECODE_ERRORS:
        if source.seek(0, io.SEEK_END) > MAX_PICTURE_BYTES:
            raise
        yield from dicom_rescue.rescued(source, syntax, wanted[done:])


def _picture(frame: "np.ndarray[Any, Any]", data: Elements, pixels: dict[str, Any], as_stored: bool) -> Picture:
    slope = 1.0 if pixels["rescale_slope"] is None else pixels["rescale_slope"]
    intercept = pixels["rescale_intercept"] or 0.0
    is_usual = 1 / _MOST_RESCALED < slope < _MOST_RESCALED and abs(intercept) < _MOST_RESCALED
    if frame.ndim == 3:
        frame, slope, intercept = _eight_bits(frame), 1.0, 0.0
    elif not (as_stored and is_usual):
        frame, slope, intercept = _values(frame, slope, intercept), 1.0, 0.0
    return Picture(
        pixels=frame,
        pixel_aspect=pixel_aspect(data),
        is_inverted=pixels["photometric_interpretation"] == "MONOCHROME1",
        is_hounsfield=data.text(tags.MODALITY) == "CT" and pixels["rescale_intercept"] is not None,
        slope=slope,
        intercept=intercept,
    )


def _values(frame: "np.ndarray[Any, Any]", slope: float, intercept: float) -> "np.ndarray[Any, Any]":
    import numpy as np

    values: np.ndarray[Any, Any] = np.multiply(frame, slope, dtype=np.float32)
    values += intercept
    return values


def _refuse_undrawable(pixels: dict[str, Any]) -> None:
    if not pixels["shape"]:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "It has no rows and columns to draw.")
    columns, rows = pixels["shape"][:2]
    if columns * rows * (pixels["channels"] or 1) * _DECODED_BYTES > MAX_PICTURE_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"A frame of {columns:,} × {rows:,} pixels is too large to draw.")


def _decodable(member: Member, header: Header) -> BinaryIO:
    """The file for pydicom's decoders; of a deflated one its inflated dataset."""
    if not header.is_deflated:
        return seekable(member, MAX_PICTURE_BYTES)
    with member.open() as source:
        return io.BytesIO(inflated_dataset(HeaderStream(source), MAX_PICTURE_BYTES))


def _syntax(header: Header) -> str:
    """The transfer syntax; how the bytes are written, for a file that states none or is inflated by now."""
    if header.transfer_syntax_uid is not None and not header.is_deflated:
        return header.transfer_syntax_uid
    if not header.is_little_endian:
        return "1.2.840.10008.1.2.2"
    return "1.2.840.10008.1.2.1" if header.is_explicit else "1.2.840.10008.1.2"


def _tile(frame: "np.ndarray[Any, Any]", images: int, number: int) -> "np.ndarray[Any, Any]":
    """One slice of a Siemens mosaic: a square grid of tiles, row by row."""
    grid = 1
    while grid * grid < images:
        grid += 1
    rows, columns = frame.shape[0] // grid, frame.shape[1] // grid
    down, along = divmod(number, grid)
    return frame[down * rows : (down + 1) * rows, along * columns : (along + 1) * columns]


def _eight_bits(colour: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Deeper colour to 8 bits: look-up tables and some photographs are stored so; some hold 8 bits all the same."""
    import numpy as np

    depth = 8 * colour.dtype.itemsize if colour.max(initial=0) > 255 else 8
    return colour if colour.dtype == np.uint8 else (colour >> (depth - 8)).astype(np.uint8)
