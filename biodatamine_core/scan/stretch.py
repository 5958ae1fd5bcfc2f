"""Contents that are scanned while others are on their way: read as their bytes come, kept in parts as they are read."""

import threading
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from biodatamine_core import archives
from biodatamine_core.download import meanwhile
from biodatamine_core.records import Content, ContentTree
from biodatamine_core.scan.one_file import Orders, Row, inspected
from biodatamine_core.scan.parts import Parts
from biodatamine_core.scan.sharding import done_with, members_of

_KEPT_EVERY_SECONDS, _KEPT_EVERY_SHARE = 1.0, 0.02
"""How often what is finished is kept, also as a share of the time so far: a day's download makes some hundred parts."""
_MOST_HELD_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Contents that follow one another, scanned as one: a file on its way alone, files that have landed together."""

    first: int
    contents: tuple[Content | ContentTree, ...]
    only: str | None
    orders: Orders
    subject: str
    files_out: Path


def scan_stretch(stretch: Stretch) -> None:
    """Read the members of a stretch in their order, waiting for bytes, and keep what is finished."""
    parts = Parts(stretch.files_out, stretch.subject)
    if parts.is_whole:
        return
    keeping = _Keeping(parts)
    with archives.kept_open(), meanwhile(keeping.keep_if_due):
        if stretch.only is None and len(stretch.contents) == 1:
            parts.files_total = archives.stated_files(stretch.contents[0])
        members = members_of(stretch.contents, stretch.only, stretch.orders.limits)
        for identity, member in islice(members, parts.done.files, None):
            keeping.add(inspected(member, identity, stretch.orders, _nothing))
    keeping.keep(is_last=True)


class _Keeping:
    """The rows since the last part. Their part is written also while bytes are waited for, maybe by another thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rows: list[Row] = []
        self._lock = threading.Lock()
        self._begun_at = self._kept_at = time.monotonic()

    def add(self, row: Row) -> None:
        with self._lock:
            self._rows.append(row)
        self.keep_if_due()

    def keep_if_due(self) -> None:
        now = time.monotonic()
        every = max(_KEPT_EVERY_SECONDS, _KEPT_EVERY_SHARE * (now - self._begun_at))
        if self._rows and (now - self._kept_at >= every or len(self._rows) >= _MOST_HELD_ROWS):
            self.keep()

    def keep(self, is_last: bool = False) -> None:
        with self._lock:
            if self._rows:
                done = done_with(self._rows)
                self._parts.add(done.batches, done.tally)
            self._parts.end_part(is_last)
            self._rows, self._kept_at = [], time.monotonic()


def _nothing() -> None:
    """Its process is ended from outside."""
