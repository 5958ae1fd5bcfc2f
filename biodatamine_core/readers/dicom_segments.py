"""What a DICOM segmentation says of its segments: their names, which frame shows which, what they were drawn on."""

from typing import TYPE_CHECKING, Any

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_elements import Elements

if TYPE_CHECKING:
    import numpy as np

_FRACTIONAL_MOST = 255.0


def referenced_series_uids(data: Elements) -> tuple[str, ...]:
    """SeriesInstanceUID of each series that it refers to (PS3.3 C.12.4)."""
    uids = (item.text(tags.SERIES_INSTANCE_UID) for item in data.items(tags.REFERENCED_SERIES_SEQUENCE))
    return tuple(uid for uid in uids if uid)


def names(data: Elements) -> dict[int, str]:
    """Segment number -> SegmentLabel, where it has one (PS3.3 C.8.20.2)."""
    segments = data.items(tags.SEGMENT_SEQUENCE)
    found = ((item.integer(tags.SEGMENT_NUMBER), item.text(tags.SEGMENT_LABEL)) for item in segments)
    return {number: label for number, label in found if number is not None and label is not None}


def numbers(data: Elements) -> tuple[int, ...]:
    """The segment that each frame shows, in the order of the frames; () where the file does not say it of each.

    A LABELMAP has none: its pixels are segment numbers themselves.
    """
    shared = _referenced(data.first(tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE))
    each = [_referenced(frame) or shared for frame in data.items(tags.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)]
    known = tuple(number for number in each if number is not None)
    return known if len(known) == len(each) else ()


def drawn(frame: "np.ndarray[Any, Any]", number: int, data: Elements) -> "np.ndarray[Any, Any]":
    """A frame of one segment with its number where it is: where a fractional one is at least half (PS3.3 C.8.20.2.3).

    frame: (rows, columns) as stored, of a binary segmentation 0 and 1.
    """
    import numpy as np

    is_binary = data.integer(tags.BITS_ALLOCATED) == 1
    most = 1.0 if is_binary else data.number(tags.MAXIMUM_FRACTIONAL_VALUE) or _FRACTIONAL_MOST
    return np.where(2 * frame.astype(np.float32) >= most, number, 0).astype(np.uint16)


def _referenced(frame: Elements) -> int | None:
    return frame.first(tags.SEGMENT_IDENTIFICATION_SEQUENCE).integer(tags.REFERENCED_SEGMENT_NUMBER)
