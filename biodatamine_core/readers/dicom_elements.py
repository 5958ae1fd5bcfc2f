"""DICOM bytes -> Header: by a walk over its first bytes where that is sure of them, else by pydicom."""

from collections import Counter

from biodatamine_core.readers import dicom_fallback, dicom_header, dicom_walk
from biodatamine_core.readers.dicom_fallback import inflated_dataset
from biodatamine_core.readers.dicom_values import MAX_TEXT, Elements, Header
from biodatamine_core.readers.stream import HeaderStream

__all__ = ["HANDED_OVER", "MAX_TEXT", "Elements", "Header", "inflated_dataset", "read_header", "walked"]

HANDED_OVER: Counter[str] = Counter()
"""How many headers of this process were handed over to pydicom, by reason."""
_BLOCKS_BYTES = (64 << 10, 1 << 20, 8 << 20)
"""How much is walked over at most, step by step; a longer header is pydicom's."""


def walked(head: bytes, is_whole: bool) -> Header | None:
    """The header, where the first bytes of the file are enough to be sure of it. is_whole: they are all of them."""
    try:
        return dicom_header.walk(head, is_whole)
    except dicom_walk.Unsure:
        return None


def read_header(stream: HeaderStream) -> Header:
    """The wanted elements up to the pixel data, and the stream there. Raises UnreadableMember from the stream only.

    stream: at the start of the file, with or without a preamble.
    """
    reason = ""
    for length in _BLOCKS_BYTES:
        start = stream.start(length)
        try:
            header = dicom_header.walk(start, is_whole=len(start) < length)
        except dicom_walk.Unsure as unsure:
            reason = str(unsure)
            if len(start) < length or not isinstance(unsure, dicom_walk.EndsEarly):
                break
        else:
            stream.seek(header.pixel_offset)
            return header
    HANDED_OVER[reason] += 1
    return dicom_fallback.read_header(stream)
