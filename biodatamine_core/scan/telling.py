"""What a scan tells while it runs: progress to whoever watches, and that a limit is passed."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from biodatamine_core import archives
from biodatamine_core.records import Content, ContentTree, FileRecord, Progress, Role, Stage, Watcher
from biodatamine_core.settings import Limits
from biodatamine_core.vocabulary import modality_group

REPORT_SECONDS = 0.3


class Teller:
    """Counts what is done, reports it every REPORT_SECONDS of work, and holds it to the limits."""

    def __init__(
        self, contents: Sequence[Content | ContentTree], only: str | None, limits: Limits, watcher: Watcher
    ) -> None:
        self._watcher = watcher
        self._limits = limits
        self._name = contents[0].name if len(contents) == 1 else "The dataset"
        self._files_total = None if only else _sum_if_known(archives.stated_files(content) for content in contents)
        self._bytes_total = _sum_if_known(
            None if only or archives.is_streamed(content) else content.size_bytes for content in contents
        )
        self._files_done = self._bytes_done = self._unpacked_bytes = self._unreadable_files = 0
        self._formats: Counter[str] = Counter()
        self._modalities: Counter[str] = Counter()
        self._reported_at = time.monotonic()

    def add(self, records: Iterable[FileRecord], unpacked_bytes: int) -> None:
        """Count finished files. Raises LimitExceeded, over all contents and on bytes that were really read."""
        for record in records:
            self._files_done += 1
            self._bytes_done += record.size_bytes if record.packed_bytes is None else record.packed_bytes
            self._unreadable_files += not record.readable
            self._formats[record.format] += 1
            if record.role is Role.IMAGE and record.modality_tag:
                self._modalities[modality_group(record.modality_tag)] += 1
        self._unpacked_bytes += unpacked_bytes
        if self._unpacked_bytes > self._limits.unpacked_bytes:
            raise archives.too_many_bytes(self._name, self._unpacked_bytes, self._limits)
        if self._files_done > self._limits.files:
            raise archives.too_many_files(self._name, self._limits)

    def tick(self) -> None:
        """Called often: asks whether to stop, and reports when it is time."""
        self._watcher.check()
        if time.monotonic() - self._reported_at >= REPORT_SECONDS:
            self.report()

    def report(self) -> None:
        self._reported_at = time.monotonic()
        self._watcher.report(
            Progress(
                stage=Stage.SCAN,
                files_done=self._files_done,
                files_total=_unless_passed(self._files_total, self._files_done),
                bytes_done=self._bytes_done,
                bytes_total=_unless_passed(self._bytes_total, self._bytes_done),
                unreadable_files=self._unreadable_files,
                formats=dict(self._formats),
                modalities=dict(self._modalities),
            )
        )


def _unless_passed(total: int | None, done: int) -> int | None:
    """Archives inside archives hold more than the outer one states: then nobody knows how much."""
    return total if total is not None and total >= done else None


def _sum_if_known(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
