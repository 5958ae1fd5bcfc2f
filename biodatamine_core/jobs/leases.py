"""Who works on a job: taken by compare-and-swap, kept by a heartbeat, passed on when its owner is dead.

A lease is the pair (owner, attempt) in the document. Whoever takes the job raises `attempt`, so that the owner before
finds the lease gone at its next write, and stops.
"""

import os
import secrets
import socket
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from biodatamine_core import storage
from biodatamine_core.errors import NotFound
from biodatamine_core.jobs.documents import Job, State, from_document, key_of, logged
from biodatamine_core.records import Progress
from biodatamine_core.storage import Storage

DEAD_AFTER_S = 30.0
"""No heartbeat for so long: the owner is dead. Sixty beats, so that a busy disk does not kill a job."""
MOST_DEATHS = 3
"""A job that ended its process so often is not started again: the next process would end as well."""


@cache
def this_machine() -> str:
    """This host; in a container its process numbers mean nothing to another one of the same host name."""
    namespace = Path("/proc/self/ns/pid")
    inside = f"/{str(namespace.readlink()).strip('pid:[]')}" if namespace.exists() else ""
    return f"{socket.gethostname()}{inside}"


def host() -> str:
    """The name of this machine, as people know it."""
    return this_machine().partition("/")[0]


def this_process() -> str:
    """host:pid:seconds since the epoch when the process started; a process number alone is given out again."""
    import psutil

    return f"{this_machine()}:{os.getpid()}:{psutil.Process().create_time():.0f}"


def new_owner() -> str:
    """This process, and a word that tells two of its threads apart."""
    return f"{this_process()}:{secrets.token_hex(4)}"


def pid_of(owner: str) -> int:
    """The process number of an owner, on its own machine."""
    return int(owner.split(":")[1])


def is_gone(owner: str) -> bool:
    """Known to be dead: a process of this machine that is no more. Of another machine nobody knows."""
    import psutil

    parts = owner.split(":")
    if len(parts) < 3 or parts[0] != this_machine():
        return False
    try:
        process = psutil.Process(int(parts[1]))
        # A clock that is set moves the start by a little; a number that is given out again moves it by much more.
        is_another = abs(process.create_time() - float(parts[2])) > 2
        return is_another or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def as_seen(job: Job) -> Job:
    """The job as a person should see it: one whose owner is dead, by this machine's clock, waits for the next one.

    Good enough to be shown; whoever takes the job asks an Observer.
    """
    is_silent = time.time() - job.heartbeat_at > DEAD_AFTER_S or (job.owner is not None and is_gone(job.owner))
    return replace(job, state=State.WAITING, owner=None) if job.state is State.RUNNING and is_silent else job


class Observer:
    """Tells dead owners by watching: a heartbeat that does not change for DEAD_AFTER_S of our own clock.

    Clocks of two machines may differ, and after an outage of the storage every heartbeat is old: neither kills a job.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[tuple[int, float], float]] = {}

    def is_dead(self, job: Job, now: float | None = None) -> bool:
        """now: of time.monotonic()."""
        if job.state is not State.RUNNING or job.owner is None:
            return False
        if is_gone(job.owner):
            return True
        now = time.monotonic() if now is None else now
        beat = (job.attempt, job.heartbeat_at)
        if self._seen.get(job.id, (None, 0.0))[0] != beat:
            self._seen[job.id] = (beat, now)
        return now - self._seen[job.id][1] > DEAD_AFTER_S

    def forget_all_but(self, job_ids: set[str]) -> None:
        """What ended needs no watching; and after an outage everybody gets their time again."""
        self._seen = {job_id: seen for job_id, seen in self._seen.items() if job_id in job_ids}


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job and to write its document."""

    job: Job
    """As it was taken."""

    def holds(self, document: dict[str, Any]) -> bool:
        """Still ours: nobody took the job since, and nobody ended it."""
        return (document["state"], document["owner"], document.get("attempt", 0)) == (
            State.RUNNING,
            self.job.owner,
            self.job.attempt,
        )


def take(store: Storage, seen: Job) -> Lease | None:
    """Take a job that was seen waiting, or whose owner was seen dead; None where it is no more as it was seen.

    A job whose owners died MOST_DEATHS times is failed instead, and says at which step.
    """

    owner = new_owner()

    def taken(document: dict[str, Any]) -> dict[str, Any]:
        now = (document["state"], document.get("attempt", 0))
        is_as_seen = now == (seen.state, seen.attempt) and document["heartbeat_at"] == seen.heartbeat_at
        if not is_as_seen or document["cancel_requested"]:
            return document
        deaths = document.get("deaths", 0) + (seen.state is State.RUNNING)
        if deaths >= MOST_DEATHS:
            return {**document, **_given_up(document, deaths)}
        sentence = f"Taken up by a worker on {host()}."
        if seen.state is State.RUNNING:
            sentence = f"The worker before ended without a word at the step {seen.progress.stage}. {sentence}"
        return {
            **document,
            "state": State.RUNNING,
            "owner": owner,
            "attempt": document.get("attempt", 0) + 1,
            "deaths": deaths,
            "started_at": time.time(),
            "stage_started_at": time.time(),
            "heartbeat_at": time.time(),
            "pause_requested": False,
            "progress": asdict(Progress()),
            "log": logged(document, sentence),
        }

    try:
        document = storage.update_document(store, key_of(seen.id), taken)
    except NotFound:
        return None
    return Lease(from_document(document)) if document["owner"] == owner else None


def _given_up(document: dict[str, Any], deaths: int) -> dict[str, Any]:
    stage = document["progress"]["stage"]
    sentence = (
        f"The scan was started {deaths} times, and each time its process ended without a word, the last time at the "
        f"step {stage}. Is there memory and disk left? Nothing was published from it."
    )
    ended = {"state": State.FAILED, "error": sentence, "deaths": deaths, "ended_at": time.time()}
    return {**ended, "log": logged(document, sentence)}
