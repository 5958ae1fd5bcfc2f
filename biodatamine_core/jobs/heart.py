"""What keeps a lease alive while its job is worked on: progress and heartbeat out, wishes in."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from biodatamine_core import storage
from biodatamine_core.errors import BioDataMineError, Cancelled, NotFound, PutAside
from biodatamine_core.jobs.documents import State, key_of, logged
from biodatamine_core.jobs.leases import Lease
from biodatamine_core.jobs.wishes import STOPPED
from biodatamine_core.records import Origin, Progress, Stage, Watcher
from biodatamine_core.storage import Storage

HEARTBEAT_S = 0.5
GRACE_S = 0.75
"""How long the work may take to notice a wish; then the next beat says so without it: a wish is heard within a beat,
and answered within two seconds of it, whatever the work hangs on."""
OUTAGE_S = 600.0
"""How long the storage may be away before what must be written is given up."""
MOST_CONTENTS = 1_000
"""Descriptions of downloads kept in a document; a source of more files than that is listed and compared again."""

STEPS = {
    Stage.LIST: "Asked the source what it holds.",
    Stage.DOWNLOAD: "Downloads.",
    Stage.SCAN: "Reads the files.",
    Stage.GROUP: "Puts files together into series.",
    Stage.LABEL: "Decides on modality and body zone.",
    Stage.CHECK: "Runs the checks, draws the pictures and stores the tables.",
    Stage.PUBLISH: "Publishes the version.",
}


class Lost(Exception):
    """The document is another's now, or has ended: it must not be written any more."""


class Heart:
    """A thread that writes into the document twice a second; the watcher of the job's pipeline.

    An outage of the storage is waited for: beats are missed and made up for, the work goes on. A lease that was taken
    from us stops the work at its next check; publishing is checked against the document itself.
    """

    def __init__(
        self, store: Storage, lease: Lease, watcher: Watcher | None, is_closing: Callable[[], bool] = lambda: False
    ) -> None:
        self._store, self._lease, self._watcher, self._is_closing = store, lease, watcher, is_closing
        self._key = key_of(lease.job.id)
        self._progress = Progress()
        self._entered: Stage | None = None
        self._stage_started_at = time.time()
        self._download_began: tuple[float, int] | None = None
        self._downloaded: dict[str, float] = {}
        self._news: list[str] = []
        self._writing = threading.RLock()
        self._wish: tuple[State, float] | None = None
        self._is_lost = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_stopped, name=f"heart of {lease.job.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def wish(self) -> State | None:
        """The state that the job was asked to go to."""
        return self._wish[0] if self._wish else None

    def report(self, progress: Progress) -> None:
        if progress.stage != self._entered:
            self._entered, self._stage_started_at = progress.stage, time.time()
            self._news.append(STEPS[progress.stage])
        if progress.note:
            self._news.append(progress.note)
        if progress.stage is Stage.DOWNLOAD:
            self._measure(progress.bytes_done)
        self._progress = progress
        if self._watcher:
            self._watcher.report(progress)

    def _measure(self, bytes_done: int) -> None:
        """From the first report on: what an attempt before this one brought came at another time."""
        began_at, bytes_before = self._download_began = self._download_began or (time.time(), bytes_done)
        self._downloaded = {"downloaded_bytes": bytes_done - bytes_before, "download_s": time.time() - began_at}

    def check(self) -> None:
        """Raises Cancelled or PutAside where the work must not go on. Publishing is checked against the document."""
        if self._progress.stage is Stage.PUBLISH and not self._is_lost and self._wish is None:
            self._write_for_certain({})
        if self._is_lost:
            raise PutAside("Another worker has taken this scan over.")
        if self._wish is not None:
            raise (Cancelled if self._wish[0] is State.CANCELLED else PutAside)("The scan was asked to stop.")
        if self._watcher:
            self._watcher.check()

    def keep_contents(self, contents: Sequence[Origin]) -> None:
        """Remember what was downloaded: an attempt after this one starts from it."""
        if len(contents) <= MOST_CONTENTS:
            self._write_for_certain({"contents": [asdict(origin) for origin in contents]})

    def end(self, state: State, sentence: str, **changes: Any) -> None:
        """The last word, unless the lease is lost: then it is another's."""
        self.stop()
        closing: dict[str, Any] = {"state": state, **changes}
        if state in (State.WAITING, State.PAUSED):
            closing |= {"owner": None, "pause_requested": False}
        else:
            closing["ended_at"] = time.time()
        self._news.append(sentence)
        self._write_for_certain(closing)

    def stop(self) -> None:
        """No more beats."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _beat_until_stopped(self) -> None:
        while not self._stopped.wait(HEARTBEAT_S):
            try:
                self._write({})
            except (NotFound, Lost):
                self._is_lost = True
                return
            except (BioDataMineError, OSError):
                continue  # the storage is away: the next beat makes up for this one
            if self._wish is not None and time.monotonic() - self._wish[1] > GRACE_S and self._answered(self._wish[0]):
                return

    def _answered(self, state: State) -> bool:
        """The work hangs on something that does not ask, such as a disk that stands still: it is cut off from the
        document. Not once it makes its version visible: then the document must say so.
        """
        closing: dict[str, Any] = {"state": state, "pause_requested": False}
        closing |= {"ended_at": time.time(), "error": STOPPED} if state is State.CANCELLED else {"owner": None}
        with self._writing:
            if self._progress.stage is Stage.PUBLISH:
                return False
            self._news.append(said_of(state))
            self._write_for_certain(closing)
            self._is_lost = True
        return True

    def _write_for_certain(self, changes: dict[str, Any]) -> None:
        """Write, waiting for a storage that is away. What it finds lost stays lost."""
        give_up_at = time.monotonic() + OUTAGE_S
        while not self._is_lost:
            try:
                self._write(changes)
                return
            except (NotFound, Lost):
                self._is_lost = True
            except (BioDataMineError, OSError):
                if time.monotonic() > give_up_at:
                    raise
                threading.Event().wait(HEARTBEAT_S)

    def _write(self, changes: dict[str, Any]) -> None:
        with self._writing:
            news = [*self._news]
            now = {
                "progress": asdict(self._progress),
                "stage_started_at": self._stage_started_at,
                "heartbeat_at": time.time(),
                **self._downloaded,
                **changes,
            }

            def beat(document: dict[str, Any]) -> dict[str, Any]:
                if not self._lease.holds(document):
                    raise Lost
                return {**document, **now, "log": logged(document, *news)}

            document = storage.update_document(self._store, self._key, beat)
            del self._news[: len(news)]
            self._hear(document)

    def _hear(self, document: dict[str, Any]) -> None:
        wished = State.CANCELLED if document["cancel_requested"] else None
        wished = wished or (State.PAUSED if document["pause_requested"] else None)
        wished = wished or (State.WAITING if self._is_closing() else None)
        if wished and (self._wish is None or self._wish[0] is not wished):
            self._wish = (wished, time.monotonic())


def said_of(state: State) -> str:
    """How a job that did not end by itself says so in its log."""
    return {
        State.CANCELLED: "Cancelled.",
        State.PAUSED: "Paused; what was downloaded and read is kept.",
    }.get(state, "Its worker was asked to stop; the next one goes on.")
