"""All artifacts of a source as contents: many at once, and none that is there already."""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Protocol

from biodatamine_core.download import expected
from biodatamine_core.download.arriving import FOLLOWED_FROM_BYTES, ArrivingFile
from biodatamine_core.download.by_range import ByRange
from biodatamine_core.download.journal import Journal
from biodatamine_core.download.one import download, in_place
from biodatamine_core.download.partial import Partial, discard, remove_old
from biodatamine_core.download.transfer import Terms
from biodatamine_core.errors import Cancelled, PutAside
from biodatamine_core.records import Artifact, Content, ContentTree, Progress, Stage, Watcher
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach

_DIRECTORY_AT_END = (".zip", ".7z")
_AT_ONCE = 16
"""Files; how many requests one host gets at once is a setting."""
_TICK_S = 0.1
_JOURNAL_EVERY_S = 5.0
_ENDING_S = 1.5
"""How long a download that is stopped is waited for, so that what it leaves can be removed."""


class Follower(Protocol):
    """Who wants to read while the rest still comes; told by the threads that download."""

    def arriving(self, number: int, file: ArrivingFile) -> None:
        """The artifact of this number is on its way; told again where it begins anew."""
        ...

    def landed(self, number: int, content: Content | ContentTree, generation: str = "") -> None:
        """It is whole. generation: of the bytes that came, where any did."""
        ...


def fetch(
    artifacts: Sequence[Artifact],
    reach: Reach,
    settings: Settings,
    watcher: Watcher,
    prefix: str | None = None,
    by_range: ByRange | None = None,
    follower: Follower | None = None,
) -> list[Content | ContentTree]:
    """Every artifact as a content, in their order.

    prefix: the folder of the dataset ("…/"), where it is kept what was downloaded for it; what did not change since is
    taken from the store. by_range: leaves on its server what can be read there. follower: hears of every file.
    The download limit counts what comes over the network, all artifacts together.
    Raises what `download` does for one of them; the others then stop, and what arrived of them is gone on with later.
    """
    journal = Journal(reach.storage, f"{prefix}downloads.json" if prefix else None)
    return _Fetch(artifacts, reach, settings, watcher, journal, by_range, follower).run()


class _Fetch:
    """One call of `fetch`: the caller's thread reports and checks, others download."""

    def __init__(
        self,
        artifacts: Sequence[Artifact],
        reach: Reach,
        settings: Settings,
        watcher: Watcher,
        journal: Journal,
        by_range: ByRange | None,
        follower: Follower | None,
    ) -> None:
        self._artifacts, self._reach, self._settings = artifacts, reach, settings
        self._watcher, self._journal, self._by_range = watcher, journal, by_range
        self._follower = follower
        self._folder = settings.state_dir / "downloads"
        self._lock = threading.Lock()
        self._received: dict[int, int] = {}
        self._only_size_bytes: int | None = None
        self._ended_by: BaseException | None = None

    def run(self) -> list[Content | ContentTree]:
        remove_old(self._folder)
        pool = ThreadPoolExecutor(min(_AT_ONCE, len(self._artifacts)) or 1, thread_name_prefix="download")
        futures = [pool.submit(self._content, number) for number in range(len(self._artifacts))]
        try:
            self._follow(futures)
        except BaseException as error:
            self._ended_by = error
            self._reach.transport.hang_up()
            for future in futures:
                future.cancel()
            wait(futures, _ENDING_S)
            self._journal.save()
            if isinstance(error, Cancelled) and not isinstance(error, PutAside):
                for artifact in self._artifacts:
                    discard(self._folder, artifact.url)
            raise
        finally:
            pool.shutdown(wait=False)
        self._journal.save(is_complete=True)
        return [future.result() for future in futures]

    def _follow(self, futures: Sequence[Future[Content | ContentTree]]) -> None:
        waiting, saved_at = set(futures), time.monotonic()
        self._tell()
        while waiting:
            done, waiting = wait(waiting, _TICK_S, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            self._tell()
            if time.monotonic() - saved_at > _JOURNAL_EVERY_S:
                self._journal.save()
                saved_at = time.monotonic()

    def _tell(self) -> None:
        sizes = [artifact.size_bytes for artifact in self._artifacts]
        stated_bytes = None if None in sizes else sum(size or 0 for size in sizes)
        total = self._only_size_bytes if len(self._artifacts) == 1 else stated_bytes
        with self._lock:
            received_bytes = sum(self._received.values())
        if self._received:
            self._watcher.report(Progress(Stage.DOWNLOAD, bytes_done=received_bytes, bytes_total=total))
        self._watcher.check()

    def _content(self, number: int) -> Content | ContentTree:
        artifact, reach = self._artifacts[number], self._reach
        here = in_place(artifact, reach) or self._journal.unchanged(artifact, reach.transport)
        if here is None and self._by_range is not None:
            here = self._by_range.opened(artifact)
        if here is not None:
            if self._follower is not None:
                self._follower.landed(number, here)
            return here

        def on_bytes(received_bytes: int, expected_bytes: int | None) -> None:
            if self._ended_by is not None:
                raise self._ended_by
            with self._lock:
                self._received[number] = received_bytes
                self._only_size_bytes = expected_bytes
                others_bytes = sum(self._received.values()) - received_bytes
            expected.refuse_more_than(limit_bytes, others_bytes + received_bytes, artifact)

        limit_bytes = self._settings.limits.download_bytes
        done = download(artifact, reach, self._folder, self._followed(number, Terms(limit_bytes, on_bytes)))
        self._journal.note(artifact, done.content, done.validator)
        if self._follower is not None:
            self._follower.landed(number, done.content, done.generation)
        return done.content

    def _followed(self, number: int, terms: Terms) -> Terms:
        """The terms of a file that is worth to be read on its way."""
        artifact, follower = self._artifacts[number], self._follower
        if follower is None or (artifact.size_bytes or 0) < FOLLOWED_FROM_BYTES or os.name == "nt":
            return terms  # Windows moves no file that somebody reads

        def on_arriving(partial: Partial) -> None:
            size_bytes = partial.size_bytes or 0
            follower.arriving(number, ArrivingFile(partial.path, artifact.name, size_bytes, partial.generation))

        is_end_first = artifact.name.lower().endswith(_DIRECTORY_AT_END)
        return replace(terms, on_arriving=on_arriving, is_end_first=is_end_first)
