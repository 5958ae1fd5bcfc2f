"""All jobs of a storage, quickly: a document is read once, and again when the listing marks it as changed."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from biodatamine_core.errors import NotFound
from biodatamine_core.jobs.documents import FOLDER, Job, stored
from biodatamine_core.jobs.leases import as_seen
from biodatamine_core.storage import Entry, Storage

KEPT_ENDED = 2_000
KEPT_DAYS = 90
"""Ended jobs are forgotten beyond this number and this age, the oldest first."""
_READERS = 16
"""Documents read at once: a listing from S3 waits for answers, not for bytes."""

_known: dict[str, dict[str, tuple[str, Job]]] = {}
"""Storage's url -> key -> (the mark of the listing, the job that was read under it)."""
_known_lock = threading.Lock()


def read(store: Storage, job_id: str) -> Job:
    """The job as a person should see it. Raises NotFound."""
    return as_seen(stored(store, job_id))


def shown(store: Storage) -> list[Job]:
    """Every job as a person should see it, newest first."""
    return [as_seen(job) for job in everything(store)]


def everything(store: Storage) -> list[Job]:
    """Every job as its document says, newest first."""
    entries = [entry for entry in store.list(FOLDER) if entry.key.endswith(".json")]
    with _known_lock:
        before = _known.get(store.url, {})
    now = {e.key: before[e.key] for e in entries if e.key in before and before[e.key][0] == e.mark}
    changed = [entry for entry in entries if entry.key not in now]
    if changed:
        with ThreadPoolExecutor(min(_READERS, len(changed))) as pool:
            now |= {e.key: (e.mark, job) for e, job in pool.map(lambda e: (e, _read(store, e)), changed) if job}
    with _known_lock:
        _known[store.url] = now
    return [now[entry.key][1] for entry in reversed(entries) if entry.key in now]


def forget_old(store: Storage, jobs: list[Job]) -> None:
    """Delete the documents of ended jobs beyond KEPT_ENDED and KEPT_DAYS. jobs: as everything() gave them."""
    for job in _old([job for job in jobs if not job.is_active]):
        store.delete(f"{FOLDER}{job.id}.json")


def _old(ended: list[Job]) -> Iterator[Job]:
    oldest_at = time.time() - KEPT_DAYS * 86_400
    for number, job in enumerate(ended):
        if number >= KEPT_ENDED or (job.ended_at or job.heartbeat_at) < oldest_at:
            yield job


def _read(store: Storage, entry: Entry) -> Job | None:
    with suppress(NotFound):  # deleted since the listing
        return stored(store, entry.key.removeprefix(FOLDER).removesuffix(".json"))
    return None
