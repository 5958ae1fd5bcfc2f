"""All jobs of a storage, quickly: an ended job never changes, so it is read once."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from biodatamine_core.errors import NotFound
from biodatamine_core.jobs.documents import FOLDER, Job, State, stored
from biodatamine_core.jobs.leases import as_seen
from biodatamine_core.storage import Entry, Storage

KEPT_ENDED = 2_000
KEPT_DAYS = 90
"""Ended jobs are forgotten beyond this number and this age, the oldest first."""
_READERS = 16
"""Documents read at once: a listing from S3 waits for answers, not for bytes."""

_ended: dict[tuple[str, str], tuple[tuple[int, float], Job]] = {}
"""(storage's url, key) -> (size and time of the document, the ended job)."""
_ended_lock = threading.Lock()


def read(store: Storage, job_id: str) -> Job:
    """The job as a person should see it. Raises NotFound."""
    return as_seen(stored(store, job_id))


def shown(store: Storage) -> list[Job]:
    """Every job as a person should see it, newest first."""
    return [as_seen(job) for job in everything(store)]


def everything(store: Storage) -> list[Job]:
    """Every job as its document says, newest first."""
    entries = [entry for entry in store.list(FOLDER) if entry.key.endswith(".json")]
    with _ended_lock:
        known = {e.key: _ended[store.url, e.key][1] for e in entries if _mark(e) == _mark_known(store, e)}
    unknown = [entry for entry in entries if entry.key not in known]
    if unknown:
        with ThreadPoolExecutor(min(_READERS, len(unknown))) as pool:
            known |= {job_key: job for job_key, job in pool.map(lambda e: _read(store, e), unknown) if job}
    return [known[entry.key] for entry in reversed(entries) if entry.key in known]


def forget_old(store: Storage, jobs: list[Job]) -> None:
    """Delete the documents of ended jobs beyond KEPT_ENDED and KEPT_DAYS. jobs: as everything() gave them."""
    for job in _old([job for job in jobs if not job.is_active]):
        store.delete(f"{FOLDER}{job.id}.json")
        with _ended_lock:
            _ended.pop((store.url, f"{FOLDER}{job.id}.json"), None)


def _old(ended: list[Job]) -> Iterator[Job]:
    oldest_at = time.time() - KEPT_DAYS * 86_400
    for number, job in enumerate(ended):
        if number >= KEPT_ENDED or (job.ended_at or job.heartbeat_at) < oldest_at:
            yield job


def _read(store: Storage, entry: Entry) -> tuple[str, Job | None]:
    with suppress(NotFound):  # deleted since the listing
        job = stored(store, entry.key.removeprefix(FOLDER).removesuffix(".json"))
        if job.state in (State.DONE, State.FAILED, State.CANCELLED):
            with _ended_lock:
                _ended[store.url, entry.key] = (_mark(entry), job)
        return entry.key, job
    return entry.key, None


def _mark(entry: Entry) -> tuple[int, float]:
    return entry.size_bytes, entry.modified_at


def _mark_known(store: Storage, entry: Entry) -> tuple[int, float] | None:
    found = _ended.get((store.url, entry.key))
    return found[0] if found else None
