"""The document of a job, `jobs/<id>.json`: where a scan stands, who works on it, and what became of it."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from biodatamine_core import storage
from biodatamine_core.records import Mode, Origin, OriginKind, Progress, Stage
from biodatamine_core.storage import Storage
from biodatamine_core.versions import now_utc

FOLDER = "jobs/"
LOG_ENTRIES = 60
"""A job's log keeps its newest sentences; a scan that goes well writes about ten."""


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (State.WAITING, State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Job:
    """One scan of one dataset, as its document says. Times are UTC; those ending in `_at` are seconds since the epoch.

    title: what the dataset is called. owner: the process that holds the lease (see leases.py). attempt: how often the
    job was taken, which numbers its leases. deaths: how many of its owners ended without a word.
    machine: the only host that can do it, where its files lie on one; None for any.
    relabels: corrections enter a new version of what was scanned; nothing is fetched or read where that will do.
    downloaded_bytes, download_s: what came over the network in its last attempt, and how long that took.
    contents: what was downloaded, so that the next attempt need not. log: (UTC time, sentence), oldest first.
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
    title: str = ""
    machine: str | None = None
    state: State = State.WAITING
    progress: Progress = field(default_factory=Progress)
    started_at: float | None = None
    stage_started_at: float | None = None
    ended_at: float | None = None
    heartbeat_at: float = 0.0
    owner: str | None = None
    attempt: int = 0
    deaths: int = 0
    cancel_requested: bool = False
    pause_requested: bool = False
    version: int | None = None
    error: str | None = None
    details: str | None = None
    downloaded_bytes: int | None = None
    download_s: float | None = None
    contents: tuple[Origin, ...] = ()
    log: tuple[tuple[str, str], ...] = ()
    candidates: tuple[tuple[str, str, int | None], ...] = ()
    relabels: bool = False

    @property
    def is_active(self) -> bool:
        """Waiting, running or paused: it has not ended, and another request for its dataset joins it."""
        return self.state in ACTIVE


def create(
    store: Storage,
    *,
    workspace: str,
    dataset_id: str,
    prefix: str,
    url: str,
    mode: Mode,
    only: str | None,
    by: str,
    title: str = "",
    machine: str | None = None,
    owner: str | None = None,
    relabels: bool = False,
) -> Job:
    """Write the document of a new job: waiting, or taken already by the owner that made it."""
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
        title=title,
        machine=machine,
        state=State.RUNNING if owner else State.WAITING,
        owner=owner,
        attempt=1 if owner else 0,
        started_at=time.time() if owner else None,
        heartbeat_at=time.time(),
        log=((now_utc(), "Added to the queue."),),
        relabels=relabels,
    )
    storage.create_document(store, key_of(job.id), asdict(job))
    return job


def key_of(job_id: str) -> str:
    return f"{FOLDER}{job_id}.json"


def stored(store: Storage, job_id: str) -> Job:
    """The job exactly as its document says. Raises NotFound."""
    document, _ = storage.read_document(store, key_of(job_id))
    return from_document(document)


def from_document(document: Mapping[str, Any]) -> Job:
    """The document as a value. Fields of a newer version of ours are passed over."""
    known = {field.name for field in fields(Job)}
    progress = document["progress"]
    return Job(
        **{
            **{name: value for name, value in document.items() if name in known},
            "mode": Mode(document["mode"]),
            "state": State(document["state"]),
            "progress": Progress(**{**progress, "stage": Stage(progress["stage"])}),
            "contents": tuple(
                Origin(**{**origin, "kind": OriginKind(origin["kind"])}) for origin in document.get("contents", ())
            ),
            "log": tuple((at_utc, sentence) for at_utc, sentence in document.get("log", ())),
            "candidates": tuple((name, url, size_bytes) for name, url, size_bytes in document.get("candidates", ())),
        }
    )


def logged(document: Mapping[str, Any], *sentences: str) -> list[Sequence[str]]:
    """The document's log with these sentences at its end, its oldest dropped where it grows too long."""
    return [*document.get("log", ()), *((now_utc(), sentence) for sentence in sentences)][-LOG_ENTRIES:]
