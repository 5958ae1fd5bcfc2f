"""Where the uncompressed numbers of a DICOM or NIfTI file lie among its bytes."""

import io
import math
import re
from dataclasses import dataclass

from biodatamine_core.readers import nifti_header
from biodatamine_core.readers.dicom_elements import read_header
from biodatamine_core.readers.stream import HeaderStream, silenced
from biodatamine_core.records import FileRecord

_DICOM_DTYPES = {
    "uint8": "u1", "int8": "i1", "uint16": "u2", "int16": "i2", "uint32": "u4", "int32": "i4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
_PLAIN = {"MONOCHROME1", "MONOCHROME2", "RGB"}
"""Photometric interpretations whose stored numbers are what is seen; the others need a table or a conversion."""
_PIXEL_DATA = b"\xe0\x7f\x10\x00"  # (7FE0,0010), little endian
_META_BYTES = 1 << 10  # the transfer syntax stands among the first elements
_STORED_DICOM = re.compile(rb"\x02\0\x10\0UI.\0001\.2\.840\.10008\.1\.2(\.1)?\0", re.DOTALL)
"""Transfer Syntax UID (0002,0010): implicit or explicit VR, little endian."""
_VRS_OF_PIXELS = {"1.2.840.10008.1.2": (b"",), "1.2.840.10008.1.2.1": (b"OW\0\0", b"OB\0\0")}
"""What stands between tag and length: of implicit and of explicit VR, little endian."""


@dataclass(frozen=True, slots=True)
class StoredPixels:
    """offset: bytes in front of the first number. dtype: numpy's code with its byte order. count: how many numbers.

    shape: columns, rows, ..., channels; columns run fastest. slope, intercept: from a stored number to its value.
    """

    offset: int
    dtype: str
    shape: tuple[int, ...]
    count: int
    slope: float = 1.0
    intercept: float = 0.0
    is_inverted: bool = False


def needs_decoder(head: bytes) -> bool:
    """Whether to look at the pixels of a file may take a decoder, and so milliseconds; as its first kilobyte tells."""
    is_text = b"\0" not in head
    return not (is_text or _STORED_DICOM.search(head, 0, _META_BYTES) or nifti_header.version(head))


def stored_pixels(record: FileRecord, head: bytes) -> StoredPixels | None:
    """None where the pixels are compressed, packed in bits, or need more than a slope to be values.

    head: the first bytes of the file, its header in whole.
    """
    if not record.readable or not record.shape:
        return None
    if record.format == "DICOM":
        return _dicom(record, head)
    return _nifti(record, head) if record.format == "NIfTI" else None


def _dicom(record: FileRecord, head: bytes) -> StoredPixels | None:
    code = _DICOM_DTYPES.get(record.dtype or "")
    if code is None or record.photometric_interpretation not in _PLAIN or record.shape is None:
        return None
    channels = record.channels or 1
    count = math.prod(record.shape) * channels
    offset, order = _offset_at_end(record.transfer_syntax_uid, count * int(code[1]), head), "<"
    if offset is None:
        with silenced():
            header = read_header(HeaderStream(io.BytesIO(head)))
        if header.pixel_length is None or header.is_deflated:
            return None
        offset, order = header.pixel_offset, "<" if header.is_little_endian else ">"
    return StoredPixels(
        offset=offset,
        dtype=order + code,
        shape=(*record.shape, channels),
        count=count,
        slope=1.0 if record.rescale_slope is None else record.rescale_slope,
        intercept=record.rescale_intercept or 0.0,
        is_inverted=record.photometric_interpretation == "MONOCHROME1",
    )


def _offset_at_end(transfer_syntax_uid: str | None, pixel_bytes: int, file: bytes) -> int | None:
    """Where the pixels begin in a file whose last element they are, as in most; None where they are not.

    Saves a second walk over the header. Source: PS3.5 section 7.1 and table A.2-1.
    """
    length = pixel_bytes + pixel_bytes % 2
    offset = len(file) - length
    vrs = _VRS_OF_PIXELS.get(transfer_syntax_uid or "", ())
    starts = (_PIXEL_DATA + vr + length.to_bytes(4, "little") for vr in vrs)
    is_there = any(len(start) <= offset and file.startswith(start, offset - len(start)) for start in starts)
    return offset if is_there else None


def _nifti(record: FileRecord, head: bytes) -> StoredPixels | None:
    version = nifti_header.version(head)
    if version is None or len(head) < nifti_header.HEADER_BYTES[version] or record.shape is None:
        return None
    header = nifti_header.parse(head)
    if header.data_type is None or header.data_type.numpy is None or not header.is_single_file:
        return None
    channels = header.data_type.channels
    return StoredPixels(
        offset=header.data_offset,
        dtype=header.order + header.data_type.numpy,
        shape=(*record.shape, channels),
        count=math.prod(header.dim) * channels,
        slope=header.slope,
        intercept=header.intercept,
    )
