"""Scans as jobs: a document in storage says where each one stands; a process of its own does the work.

The document `jobs/<id>.json` is the truth. Its heartbeat tells the living from the dead: whoever reads a document whose
process is gone sees a failed job. Cancelling is a mark in the document that the process sees within a second.
(The queue and its workers come with a later issue; the document stays.)
"""

import os
import socket
import subprocess
import sys
import threading
import time
import traceback
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from biodatamine_core import pipeline, storage
from biodatamine_core.errors import BioDataMineError, Cancelled, ChoiceNeeded, StorageConflict
from biodatamine_core.records import Mode, Progress, Pseudonym, Stage, Watcher
from biodatamine_core.settings import Settings, environment
from biodatamine_core.storage import Storage
from biodatamine_core.versions import now_utc

HEARTBEAT_S = 0.5
DEAD_AFTER_S = 30.0
"""No heartbeat for so long: the process is gone. Sixty beats, so that a busy disk does not kill a job."""


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """One scan of one dataset, as its document says. Times are UTC; heartbeat_at is seconds since the epoch.

    candidates: (name, URL, size in bytes or None) of the files that a page links to, where one has to be chosen.
    """

    id: str
    workspace: str
    dataset_id: str
    prefix: str
    url: str
    mode: Mode
    only: str | None
    created_at_utc: str
    created_by: str
    state: State = State.WAITING
    progress: Progress = field(default_factory=Progress)
    started_at: float | None = None
    stage_started_at: float | None = None
    ended_at: float | None = None
    heartbeat_at: float = 0.0
    owner: str | None = None
    cancel_requested: bool = False
    version: int | None = None
    error: str | None = None
    details: str | None = None
    candidates: tuple[tuple[str, str, int | None], ...] = ()

    @property
    def is_active(self) -> bool:
        """Waiting or running: its numbers still change."""
        return self.state in (State.WAITING, State.RUNNING)


def create(
    store: Storage, *, workspace: str, dataset_id: str, prefix: str, url: str, mode: Mode, only: str | None, by: str
) -> Job:
    """Write the document of a new, waiting job."""
    job = Job(
        id=f"{time.strftime('%Y%m%d%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}",
        workspace=workspace,
        dataset_id=dataset_id,
        prefix=prefix,
        url=url,
        mode=mode,
        only=only,
        created_at_utc=now_utc(),
        created_by=by,
        heartbeat_at=time.time(),
    )
    storage.create_document(store, _key(job.id), asdict(job))
    return job


def read(store: Storage, job_id: str) -> Job:
    """The job as it stands now; one whose process died is failed. Raises NotFound."""
    document, _ = storage.read_document(store, _key(job_id))
    job = _from_document(document)
    if job.is_active and _is_dead(job):
        return replace(job, state=State.FAILED, error=_DIED, ended_at=job.heartbeat_at)
    return job


_DIED = "The scan's process ended before it was done. Nothing was published from it; scan again."


def cancel(store: Storage, job_id: str) -> None:
    """Ask a job to stop; its process does so within about a second. One that has ended stays as it is."""

    def mark(document: dict[str, Any]) -> dict[str, Any]:
        if document["state"] not in (State.WAITING, State.RUNNING):
            return document
        return {**document, "cancel_requested": True}

    storage.update_document(store, _key(job_id), mark)


def start(store: Storage, job: Job) -> None:
    """Run a job in a process of its own that outlives whoever started it."""
    variables = {**os.environ, "BIODATAMINE_STORAGE": store.url}
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    process = subprocess.Popen(
        [sys.executable, "-m", "biodatamine_core.jobs", job.id],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )
    # The child is reaped when it ends, so that a dead job is not taken for a living zombie.
    threading.Thread(target=process.wait, daemon=True).start()


def run(store: Storage, job: Job, pseudonym: Pseudonym, settings: Settings, watcher: Watcher | None = None) -> Job:
    """Do the job's work in this process, keeping its document true; returns the ended job.

    Raises what stopped it, after the document says so. watcher: hears the same progress (the command line's).
    """
    heart = _Heart(store, job, watcher)
    with heart:
        try:
            version = pipeline.run(
                job.url,
                store,
                job.prefix,
                mode=job.mode,
                only=job.only,
                pseudonym=pseudonym,
                settings=settings,
                watcher=heart,
            )
        except (Cancelled, KeyboardInterrupt):
            heart.end(state=State.CANCELLED, error="Stopped before it was done. Nothing was published from it.")
            raise
        except BioDataMineError as error:
            candidates = error.candidates if isinstance(error, ChoiceNeeded) else ()
            heart.end(state=State.FAILED, error=str(error), details=type(error).__name__, candidates=candidates)
            raise
        except Exception as error:  # one job: whatever stops it is told to the person, never lost
            heart.end(state=State.FAILED, error=_unexpected(error), details=_where(error))
            raise
        heart.end(state=State.DONE, version=version.number)
    return read(store, job.id)


def _unexpected(error: Exception) -> str:
    """Only the error's kind: its text may carry what must stay in the file."""
    return f"The scan stopped on an error of ours ({type(error).__name__}). Nothing was lost; the details say where."


def _where(error: Exception) -> str:
    """The call stack as file:line in function, without values."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames)


class _Heart:
    """A thread that writes progress and heartbeat into the document twice a second, and reads the wish to stop."""

    def __init__(self, store: Storage, job: Job, watcher: Watcher | None) -> None:
        self._store, self._key, self._watcher = store, _key(job.id), watcher
        self._progress = Progress()
        self._stage_started_at = time.time()
        self._cancelled = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_stopped, daemon=True)

    def report(self, progress: Progress) -> None:
        if progress.stage != self._progress.stage:
            self._stage_started_at = time.time()
        self._progress = progress
        if self._watcher:
            self._watcher.report(progress)

    def check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled("The scan was cancelled.")
        if self._watcher:
            self._watcher.check()

    def end(self, **changes: Any) -> None:
        self._stop()
        self._write(ended_at=time.time(), **changes)

    def __enter__(self) -> "_Heart":
        self._write(state=State.RUNNING, owner=_this_process(), started_at=time.time())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _beat_until_stopped(self) -> None:
        while not self._stopping.wait(HEARTBEAT_S):
            with suppress(StorageConflict, OSError):  # a missed beat is made up for by the next
                self._write()

    def _write(self, **changes: Any) -> None:
        now = {
            "progress": asdict(self._progress),
            "stage_started_at": self._stage_started_at,
            "heartbeat_at": time.time(),
            **changes,
        }
        document = storage.update_document(self._store, self._key, lambda stored: {**stored, **now})
        if document["cancel_requested"]:
            self._cancelled.set()


def _from_document(document: dict[str, Any]) -> Job:
    progress = {**document["progress"], "stage": Stage(document["progress"]["stage"])}
    return Job(
        **{
            **document,
            "mode": Mode(document["mode"]),
            "state": State(document["state"]),
            "progress": Progress(**progress),
            "candidates": tuple((name, url, size_bytes) for name, url, size_bytes in document.get("candidates", ())),
        }
    )


def _key(job_id: str) -> str:
    return f"jobs/{job_id}.json"


def _this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_dead(job: Job) -> bool:
    """Silent for long; or, on this machine, its process is no more."""
    if time.time() - job.heartbeat_at > DEAD_AFTER_S:
        return True
    host, _, pid = (job.owner or "").rpartition(":")
    if host != socket.gethostname() or os.name == "nt":  # os.kill(pid, 0) would end the process on Windows
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def main(job_id: str) -> int:
    """The process of one job."""
    settings = environment()
    store = storage.connect(settings.storage_url, settings.state_dir)
    job = read(store, job_id)
    pseudonym = pipeline.pseudonym_under(store, f"workspaces/{job.workspace}/keys/pseudonym")
    try:
        run(store, job, pseudonym, settings)
    except BioDataMineError:
        return 1  # its sentence stands in the document
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
