"""The worker program: waits for the doorbell, takes the job whose turn it is, and works on it in a thread."""

import threading
import time
from contextlib import suppress

from biodatamine_core import storage
from biodatamine_core.errors import BioDataMineError
from biodatamine_core.jobs import leases, listing, presence, running, turns
from biodatamine_core.jobs.documents import Job, State
from biodatamine_core.jobs.doorbell import Doorbell, away
from biodatamine_core.settings import Settings
from biodatamine_core.storage import Storage

LOOK_EVERY_S = 1.0
"""How often a worker looks for owners that died, and for jobs that nobody rang for."""
LOOK_AT_NOTHING_EVERY_S = 5.0
"""The same where no job waits or runs: every look is a request that somebody pays for, and a ring wakes it sooner."""
CLOSE_WITHIN_S = 20.0
"""How long a worker that was asked to end waits for its job to stand aside."""


class Worker:
    """Takes jobs from the documents, one at a time, until it is closed."""

    def __init__(self, store: Storage, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._observer = leases.Observer()
        self.is_closing = threading.Event()
        self.has_seen_work = True
        self.idle_since = time.monotonic()

    def takeable(self) -> list[Job]:
        """Jobs that wait, and those whose owner is dead, in the order of their turns."""
        jobs = listing.everything(self._store)
        listing.forget_old(self._store, jobs)
        self.has_seen_work = any(job.state in (State.WAITING, State.RUNNING) for job in jobs)
        self._observer.forget_all_but({job.id for job in jobs if job.is_active})
        free = [
            job
            for job in jobs
            if (job.state is State.WAITING or self._observer.is_dead(job)) and job.machine in (None, leases.host())
        ]
        return turns.in_turn(free, jobs)

    def work_once(self) -> Job | None:
        """Take the next job and work on it to its end; None where there is none. Raises what stopped the job."""
        for job in self.takeable():
            lease = leases.take(self._store, job)
            if lease is not None:
                return self._work_on(lease)
        return None

    def _work_on(self, lease: leases.Lease) -> Job:
        from biodatamine_core import pipeline

        self.idle_since = float("inf")
        try:
            key = f"workspaces/{lease.job.workspace}/keys/pseudonym"
            pseudonym = pipeline.pseudonym_under(self._store, key)
            return running.run(self._store, lease, pseudonym, self._settings, is_closing=self.is_closing.is_set)
        finally:
            self.idle_since = time.monotonic()


def serve(settings: Settings, idle_end_s: float | None = None) -> None:
    """Work until SIGTERM or SIGINT; a job under way goes back to waiting. idle_end_s: or until idle for so long."""
    from huey.consumer import Consumer

    store = storage.connect(settings.storage_url, settings.state_dir)
    worker = Worker(store, settings)

    def answer() -> None:
        try:
            has_worked = worker.work_once() is not None
        except BioDataMineError:
            has_worked = True  # its sentence stands in the document
        if has_worked:  # there may be more
            with suppress(*away()):
                doorbell.ring()

    doorbell = Doorbell(settings, answer)
    consumer = Consumer(
        doorbell.queue,
        workers=1,
        periodic=False,
        worker_type="thread",
        max_delay=0.25,
        scheduler_interval=60,
        shutdown_timeout=CLOSE_WITHIN_S,
        graceful_signal="TERM",
    )
    worker.is_closing = consumer.stop_flag
    looking = (worker, doorbell, consumer.stop_flag, store, idle_end_s)
    threading.Thread(target=_look_out, args=looking, daemon=True).start()
    try:
        consumer.run()
    finally:
        consumer.stop_flag.set()
        with suppress(BioDataMineError, OSError):
            presence.leave(store)


def _look_out(
    worker: Worker, doorbell: Doorbell, stop: threading.Event, store: Storage, idle_end_s: float | None
) -> None:
    """Say that this worker lives; ring for jobs that wait and for those whose owner died; end what has no work."""
    absent: tuple[type[Exception], ...] = (BioDataMineError, *away())
    told_at = float("-inf")
    while not stop.is_set():
        try:
            if time.monotonic() - told_at > presence.SEEN_EVERY_S:
                presence.tell(store)
                told_at = time.monotonic()
            if worker.takeable():
                doorbell.ring()
        except absent:
            pass  # the storage or the queue is away; it is asked again
        if idle_end_s is not None and time.monotonic() - worker.idle_since > idle_end_s:
            stop.set()
        stop.wait(LOOK_EVERY_S if worker.has_seen_work else LOOK_AT_NOTHING_EVERY_S)
