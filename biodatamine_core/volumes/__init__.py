"""A series -> the bounded array that a person steps through: a picture, frames, or a volume in three planes."""

import hashlib
import threading
from collections.abc import Sequence

from biodatamine_core import archives
from biodatamine_core.readers.label_names import label_names
from biodatamine_core.records import Content, ContentTree, FileRecord, Role, SeriesRecord
from biodatamine_core.settings import Limits
from biodatamine_core.volumes.build import Sampling, build
from biodatamine_core.volumes.cache import Cache
from biodatamine_core.volumes.labels import LabelFacts, Labels, laid_over, pack_labels
from biodatamine_core.volumes.members import members_of
from biodatamine_core.volumes.plan import Kind, plan_of, thinned
from biodatamine_core.volumes.size import strides_of, time_stride_of
from biodatamine_core.volumes.volume import Facts, Volume, Window, facts_of, pack, unpack

__all__ = [
    "Cache", "Facts", "Kind", "LabelFacts", "Labels", "Volume", "Window", "cache_name", "facts_of", "labels", "pack",
    "pack_labels", "unpack", "volume",
]  # fmt: skip

FORMAT = "2"
"""Raised when the same bytes would give another packed volume: what is cached is then made anew."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each one being built takes up to 150 MB."""


def volume(
    series: SeriesRecord, files: Sequence[FileRecord], contents: Sequence[Content | ContentTree], limits: Limits
) -> Volume:
    """Read a series. files: all of its rows. contents: those of its version.

    Raises UnreadableMember where nothing of it can be decoded, UnreadableContent where a file changed since the scan.
    """
    return _built(series, files, contents, limits, as_mask=False)


def labels(
    image: Facts,
    mask: SeriesRecord,
    files: Sequence[FileRecord],
    contents: Sequence[Content | ContentTree],
    limits: Limits,
) -> Labels:
    """A mask on the grid of an image as it is shown. mask, files: its series and all of its rows.

    Raises as volume(); UnreadableMember too where nothing says how the one lies upon the other.
    """
    drawn = _built(mask, files, contents, limits, as_mask=True)
    names: dict[int, str] = {}
    for _, member in members_of(contents, files[:1], limits):
        names = label_names(archives.unpacked(member))
    return laid_over(image, drawn, names)


def _built(
    series: SeriesRecord,
    files: Sequence[FileRecord],
    contents: Sequence[Content | ContentTree],
    limits: Limits,
    as_mask: bool,
) -> Volume:
    plan = plan_of(series, files, as_mask)
    channels = series.channels or 1
    strides = strides_of(plan, channels)
    sampling = Sampling(
        strides, time_stride_of(plan, strides, channels), is_mask=as_mask or series.role is Role.SEGMENTATION
    )
    plan = thinned(plan, strides[2], sampling.time_stride)
    with _AT_ONCE:
        return build(series, plan, sampling, members_of(contents, plan.files.values(), limits))


def cache_name(version_identity: str, *series_ids: str) -> str:
    """The same for the same series of the same bytes; for a mask on its image both are given."""
    return hashlib.sha256("\0".join([FORMAT, version_identity, *series_ids]).encode()).hexdigest()
