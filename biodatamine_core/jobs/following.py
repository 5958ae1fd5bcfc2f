"""Wait for a job that another process works on, hearing its progress."""

import threading

from biodatamine_core.errors import BioDataMineError, Cancelled
from biodatamine_core.jobs import leases
from biodatamine_core.jobs.documents import Job, State, stored
from biodatamine_core.records import Watcher
from biodatamine_core.storage import Storage

LOOK_EVERY_S = 0.3


def follow(store: Storage, job_id: str, watcher: Watcher | None = None) -> Job | leases.Lease:
    """The job once it is done; or its lease, as soon as nobody works on it: the caller goes on with it then.

    Raises BioDataMineError with its sentence where it failed, Cancelled where it was cancelled.
    """
    observer = leases.Observer()
    while True:
        job = stored(store, job_id)
        if job.state is State.DONE:
            return job
        if job.state is State.CANCELLED:
            raise Cancelled("The scan was cancelled by somebody else.")
        if job.state is State.FAILED:
            raise BioDataMineError(job.error or "The scan ended without a word.")
        if job.state is State.WAITING or observer.is_dead(job):
            lease = leases.take(store, job)
            if lease is not None:
                return lease
        if watcher:
            watcher.report(job.progress)
            watcher.check()
        threading.Event().wait(LOOK_EVERY_S)
