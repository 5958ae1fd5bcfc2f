"""A series -> the bounded array that a person steps through: a picture, frames, or a volume in three planes."""

import hashlib
import threading
from collections.abc import Sequence

from biodatamine_core.records import Content, ContentTree, FileRecord, SeriesRecord
from biodatamine_core.settings import Limits
from biodatamine_core.volumes.build import build
from biodatamine_core.volumes.cache import Cache
from biodatamine_core.volumes.members import members_of
from biodatamine_core.volumes.plan import Kind, plan_of, thinned
from biodatamine_core.volumes.size import strides_of
from biodatamine_core.volumes.volume import Facts, Volume, Window, facts_of, pack, unpack

__all__ = ["Cache", "Facts", "Kind", "Volume", "Window", "cache_name", "facts_of", "pack", "unpack", "volume"]

FORMAT = "1"
"""Raised when the same bytes would give another packed volume: what is cached is then made anew."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each one being built takes up to 150 MB."""


def volume(
    series: SeriesRecord, files: Sequence[FileRecord], contents: Sequence[Content | ContentTree], limits: Limits
) -> Volume:
    """Read a series. files: all of its rows. contents: those of its version.

    Raises UnreadableMember where nothing of it can be decoded, UnreadableContent where a file changed since the scan.
    """
    plan = plan_of(series, files)
    strides = strides_of(plan, series.channels or 1)
    plan = thinned(plan, strides[2])
    with _AT_ONCE:
        return build(series, plan, strides, members_of(contents, plan.files.values(), limits))


def cache_name(version_identity: str, series_id: str) -> str:
    """The same for the same series of the same bytes."""
    return hashlib.sha256("\0".join([FORMAT, version_identity, series_id]).encode()).hexdigest()
