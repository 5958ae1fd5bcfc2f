"""What a scan tells while it runs: progress to whoever watches, and that a limit is passed."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from biodatamine_core import archives
from biodatamine_core.records import Content, ContentTree, Progress, Role, Stage, Watcher
from biodatamine_core.scan.one_file import Row
from biodatamine_core.settings import Limits
from biodatamine_core.vocabulary import modality_group

REPORT_SECONDS = 0.3


@dataclass(slots=True)
class Tally:
    """Finished files, counted where they were read. file_bytes: as they lie in the archive."""

    files: int = 0
    file_bytes: int = 0
    unpacked_bytes: int = 0
    unreadable_files: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    modalities: Counter[str] = field(default_factory=Counter)

    def count(self, row: Row) -> None:
        record, over = row.record, row.over
        packed_bytes = over["packed_bytes"]
        self.files += 1
        self.file_bytes += over["size_bytes"] if packed_bytes is None else packed_bytes
        self.unpacked_bytes += row.unpacked_bytes
        self.unreadable_files += not record.readable
        self.formats[over.get("format", record.format)] += 1
        if record.role is Role.IMAGE and record.modality_tag:
            self.modalities[modality_group(record.modality_tag)] += 1

    def add(self, other: "Tally") -> None:
        self.files += other.files
        self.file_bytes += other.file_bytes
        self.unpacked_bytes += other.unpacked_bytes
        self.unreadable_files += other.unreadable_files
        self.formats.update(other.formats)
        self.modalities.update(other.modalities)


class Teller:
    """Adds up what is done, reports it every REPORT_SECONDS of work, and holds it to the limits."""

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
        self._done = Tally()
        self._reported_at = time.monotonic()

    @property
    def left(self) -> tuple[int, int]:
        """How many files and bytes of the contents are not done, as these state it; 0 where they state nothing."""
        files = (self._files_total or 0) - self._done.files
        size_bytes = (self._bytes_total or 0) - self._done.file_bytes
        return max(0, files), max(0, size_bytes)

    def add(self, tally: Tally) -> None:
        """Count finished files. Raises LimitExceeded, over all contents and on bytes that were really read."""
        self._done.add(tally)
        if self._done.unpacked_bytes > self._limits.unpacked_bytes:
            raise archives.too_many_bytes(self._name, self._done.unpacked_bytes, self._limits)
        if self._done.files > self._limits.files:
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
                files_done=self._done.files,
                files_total=_unless_passed(self._files_total, self._done.files),
                bytes_done=self._done.file_bytes,
                bytes_total=_unless_passed(self._bytes_total, self._done.file_bytes),
                unreadable_files=self._done.unreadable_files,
                formats=dict(self._done.formats),
                modalities=dict(self._done.modalities),
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
