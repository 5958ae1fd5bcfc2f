"""The scan beside a download: what came is read in a process of its own, and kept for the scan that comes after."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import parallel
from biodatamine_core.download import FOLLOWED_FROM_BYTES, ArrivingFile
from biodatamine_core.errors import BioDataMineError, LimitExceeded
from biodatamine_core.records import Content, ContentTree, Progress, Watcher
from biodatamine_core.scan.one_file import Orders, file_id
from biodatamine_core.scan.parts import Parts, counted_so_far
from biodatamine_core.scan.sharding import subject_of
from biodatamine_core.scan.stretch import Stretch, scan_stretch
from biodatamine_core.scan.telling import Tally

if TYPE_CHECKING:
    import pyarrow as pa

PATIENCE_SECONDS = 2.0
"""What lasts no longer is not worth a second process, which takes about one to start."""
_TICK_SECONDS = 0.1
_LOOK_EVERY_SECONDS = 0.5


class Alongside:
    """Scans while others download; a download.Follower.

    folder: where it keeps what is finished; what an attempt before this one kept there is gone on with.
    content_count: how many contents there will be. What it finds counts only for bytes that arrived as they were read.
    """

    def __init__(
        self, folder: Path, content_count: int, only: str | None, orders: Orders, scanner_version: str
    ) -> None:
        self._folder, self._count = folder, content_count
        self._only, self._orders, self._scanner_version = only, orders, scanner_version
        self._news = threading.Condition()
        self._here: dict[int, Content | ContentTree] = {}
        self._on_its_way: dict[int, ArrivingFile] = {}
        self._generations: dict[int, str] = {}
        self._stretches: list[Stretch] = []
        self._seen: tuple[Tally, int | None] = (Tally(), None)
        self._seen_at = 0.0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    # ---------------------------------------------------------------------------------- told by who downloads

    def arriving(self, number: int, file: ArrivingFile) -> None:
        """As download.Follower.arriving."""
        self._on_its_way[number] = file
        self._hear(number, file)

    def landed(self, number: int, content: Content | ContentTree, generation: str = "") -> None:
        """As download.Follower.landed."""
        self._generations[number] = generation
        self._hear(number, content)

    def _hear(self, number: int, content: Content | ContentTree) -> None:
        with self._news:
            self._here[number] = content
            self._news.notify_all()
            if self._thread is None and not self._over.is_set():
                self._thread = threading.Thread(target=self._run, name="alongside", daemon=True)
                self._thread.start()

    # -------------------------------------------------------------------------------------- asked meanwhile

    def telling(self, watcher: Watcher) -> Watcher:
        """A watcher of the download, which passes on what is finished with every byte."""
        return _Telling(watcher, self)

    def check(self) -> None:
        """Raise LimitExceeded where what came already is more than a dataset may be: the rest need not come."""
        if isinstance(self._failure, LimitExceeded):
            raise self._failure

    def seen(self) -> tuple[Tally, int | None]:
        """What is finished so far, and of how many files where that is known."""
        if time.monotonic() - self._seen_at >= _LOOK_EVERY_SECONDS:
            total, files_total = Tally(), None
            for stretch in list(self._stretches):
                tally, stated_files = counted_so_far(stretch.files_out, stretch.subject)
                total.add(tally)
                files_total = stated_files if self._count == 1 else None
            self._seen, self._seen_at = (total, files_total), time.monotonic()
        return self._seen

    # ----------------------------------------------------------------------------------------------- its work

    def __enter__(self) -> "Alongside":
        return self

    def __exit__(self, *failure: object) -> None:
        """The download is over: what is finished stays kept. Raises what nobody foresaw."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None and not isinstance(self._failure, BioDataMineError) and not any(failure):
            raise self._failure

    def hand_over(self, contents: Sequence[Content | ContentTree], parts: Parts, tick: Callable[[], None]) -> None:
        """Add the first rows of the contents to parts, as far as they are finished without a gap."""
        for stretch in self._stretches or self._begun_before():
            if not self._is_of_what_landed(stretch):
                break
            kept = Parts(stretch.files_out, stretch.subject)
            identity = contents[stretch.first].identity if isinstance(stretch.contents[0], ArrivingFile) else None
            for batches, tally in kept.kept():
                tick()
                parts.add(batches if identity is None else [_renamed(batch, identity) for batch in batches], tally)
            if not kept.is_whole:
                break
        parts.end_part()

    def _begun_before(self) -> list[Stretch]:
        """What an attempt before this one may have kept, where the rest of the download took no time."""
        return [self._stretch(0, (self._on_its_way[0],))] if 0 in self._on_its_way else []

    def _is_of_what_landed(self, stretch: Stretch) -> bool:
        content = stretch.contents[0]
        return not isinstance(content, ArrivingFile) or content.generation == self._generations.get(stretch.first)

    def _run(self) -> None:
        if self._over.wait(PATIENCE_SECONDS):
            return
        try:
            for _ in parallel.in_pool(scan_stretch, self._to_scan(), 1, self._check, None):
                pass
        except _Over:
            pass
        except BaseException as error:  # noqa: BLE001 - raised at the end, or met again by the scan after it
            self._failure = error

    def _check(self) -> None:
        if self._over.is_set():
            raise _Over

    def _to_scan(self) -> Iterator[Stretch]:
        """One stretch after the other, each once it is there and large enough. Raises _Over."""
        begin = 0
        while begin < self._count:
            with self._news:
                contents = self._next_from(begin)
                if not contents:
                    self._news.wait(_TICK_SECONDS)
            self._check()
            if contents:
                stretch = self._stretch(begin, contents)
                self._stretches.append(stretch)
                yield stretch
                begin += len(contents)

    def _next_from(self, begin: int) -> tuple[Content | ContentTree, ...]:
        """The contents from this number on that make a stretch; none while too few are there."""
        landed: list[Content | ContentTree] = []
        size_bytes = 0
        while (content := self._here.get(begin + len(landed))) is not None:
            if isinstance(content, ArrivingFile):
                return tuple(landed) or (content,)
            landed.append(content)
            size_bytes += content.size_bytes
            if size_bytes >= FOLLOWED_FROM_BYTES:
                return tuple(landed)
        return ()

    def _stretch(self, first: int, contents: tuple[Content | ContentTree, ...]) -> Stretch:
        subject = subject_of(contents, self._only, self._orders, self._scanner_version)
        return Stretch(first, contents, self._only, self._orders, subject, self._folder / f"{first}.parquet")


class _Telling:
    def __init__(self, watcher: Watcher, alongside: Alongside) -> None:
        self._watcher, self._alongside = watcher, alongside

    def report(self, progress: Progress) -> None:
        so_far, files_total = self._alongside.seen()
        self._watcher.report(
            replace(
                progress,
                files_done=so_far.files,
                files_total=files_total,
                unreadable_files=so_far.unreadable_files,
                formats=dict(so_far.formats),
                modalities=dict(so_far.modalities),
            )
        )

    def check(self) -> None:
        self._watcher.check()
        self._alongside.check()


class _Over(Exception):
    """The download came to its end. Never leaves this room."""


def _renamed(batch: "pa.RecordBatch", identity: str) -> "pa.RecordBatch":
    """The same rows of a content whose identity is known by now."""
    import pyarrow as pa

    column = batch.schema.get_field_index("file_id")
    field = batch.schema.field(column)
    members = zip(batch.column("path").to_pylist(), batch.column("occurrence").to_pylist(), strict=True)
    ids = [file_id(identity, path, occurrence) for path, occurrence in members]
    return batch.set_column(column, field, pa.array(ids, field.type))
