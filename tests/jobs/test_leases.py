"""Leases: taken by one, kept by a heartbeat, lost by the dead; and the turns that jobs wait for."""

import multiprocessing
import os
from dataclasses import replace

import pytest

from biodatamine_core import jobs, storage
from biodatamine_core.jobs import Job, State, documents, leases, listing, turns
from biodatamine_core.records import Mode, Progress, Stage
from biodatamine_core.storage import Storage


@pytest.fixture
def store(tmp_path: object) -> Storage:
    return storage.connect(str(tmp_path))


def new_job(store: Storage, workspace: str = "default") -> Job:
    return jobs.create(
        store, workspace=workspace, dataset_id="d", prefix="p/", url="u", mode=Mode.FULL, only=None, by="x"
    )


def change(store: Storage, job: Job, **changes: object) -> Job:
    storage.update_document(store, jobs.key_of(job.id), lambda document: {**document, **changes})
    return documents.stored(store, job.id)


def test_a_job_is_taken_by_one(store: Storage) -> None:
    job = new_job(store)
    first, second = jobs.take(store, job), jobs.take(store, job)
    assert second is None
    assert first is not None and (first.job.state, first.job.attempt) == (State.RUNNING, 1)
    assert leases.pid_of(str(first.job.owner)) == os.getpid()


def test_a_job_that_was_cancelled_meanwhile_is_not_taken(store: Storage) -> None:
    job = new_job(store)
    jobs.cancel(store, job.id)
    assert jobs.take(store, job) is None


def test_the_living_are_not_gone_and_the_dead_are() -> None:
    assert not leases.is_gone(leases.new_owner())
    process = multiprocessing.get_context("spawn").Process(target=abs, args=(0,))
    process.start()
    pid = process.pid
    process.join()
    machine, _, started_at, word = leases.new_owner().split(":")
    assert leases.is_gone(f"{machine}:{pid}:{started_at}:{word}")
    another_start = float(started_at) - 100  # the number was given out again
    assert leases.is_gone(f"{machine}:{os.getpid()}:{another_start}:{word}")
    assert not leases.is_gone(f"elsewhere:{pid}:{started_at}:{word}")


def test_a_silent_owner_elsewhere_is_dead_after_it_was_watched_for_a_while(store: Storage) -> None:
    job = change(store, new_job(store), state="running", owner="elsewhere:1:1:x", attempt=1, heartbeat_at=1.0)
    observer = leases.Observer()
    assert not observer.is_dead(job, now=100.0)  # however old its beat is: the storage may have been away
    assert not observer.is_dead(job, now=100.0 + leases.DEAD_AFTER_S)
    assert observer.is_dead(job, now=101.0 + leases.DEAD_AFTER_S)
    assert not observer.is_dead(replace(job, heartbeat_at=2.0), now=101.0 + leases.DEAD_AFTER_S)


def test_a_job_whose_owner_is_dead_is_shown_as_waiting(store: Storage) -> None:
    job = change(store, new_job(store), state="running", owner="elsewhere:1:1:x", attempt=1, heartbeat_at=1.0)
    assert (jobs.read(store, job.id).state, jobs.read(store, job.id).owner) == (State.WAITING, None)
    assert jobs.read(store, job.id).is_active


def test_after_three_deaths_a_job_fails_and_says_at_which_step(store: Storage) -> None:
    job = new_job(store)
    for death in range(3):
        lease = jobs.take(store, job)
        assert lease is not None and lease.job.deaths == death
        progress = storage.read_document(store, jobs.key_of(job.id))[0]["progress"]
        job = change(store, job, progress={**progress, "stage": Stage.GROUP})
    assert jobs.take(store, job) is None
    failed = jobs.read(store, job.id)
    assert failed.state is State.FAILED
    assert "3 times" in str(failed.error) and "step group" in str(failed.error)


def test_an_older_document_and_a_newer_one_are_read(store: Storage) -> None:
    job = new_job(store)
    for new in ("attempt", "deaths", "log", "contents", "title", "machine", "pause_requested"):
        storage.update_document(
            store, jobs.key_of(job.id), lambda d, new=new: {k: v for k, v in d.items() if k != new} | {"later": 1}
        )
    assert jobs.read(store, job.id) == replace(job, log=())
    lease = jobs.take(store, documents.stored(store, job.id))
    assert lease is not None and lease.job.attempt == 1


def at(job: Job, workspace: str, state: State, started_at: float | None = None) -> Job:
    return replace(job, id=f"{workspace}-{started_at}-{state}", workspace=workspace, state=state, started_at=started_at)


def test_workspaces_take_turns(store: Storage) -> None:
    job = new_job(store)
    ended = [at(job, "busy", State.DONE, 30.0), at(job, "calm", State.DONE, 10.0)]
    waiting = [at(job, "busy", State.WAITING), at(job, "calm", State.WAITING), at(job, "new", State.WAITING)]
    assert [j.workspace for j in turns.in_turn(waiting, ended + waiting)] == ["new", "calm", "busy"]
    running = [at(job, "new", State.RUNNING, 40.0), at(job, "calm", State.RUNNING, 41.0)]
    assert turns.in_turn(waiting, ended + waiting + running)[0].workspace == "busy"


def test_within_a_workspace_the_first_job_is_first(store: Storage) -> None:
    job = new_job(store)
    late, early = replace(job, id="2"), replace(job, id="1")
    assert turns.in_turn([late, early], [late, early]) == [early, late]


def test_a_job_is_read_again_only_when_its_document_was_written(store: Storage) -> None:
    first, second = new_job(store), new_job(store)
    assert {job.id for job in listing.everything(store)} == {first.id, second.id}
    path = store.local_copy(jobs.key_of(first.id))
    facts = path.stat()
    path.write_bytes(b" " * facts.st_size)  # who reads it fails
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    change(store, second, state="paused")
    assert {job.id: job.state for job in listing.everything(store)} == {first.id: "waiting", second.id: "paused"}


def test_old_jobs_are_forgotten_and_living_ones_are_not(store: Storage) -> None:
    old = change(store, new_job(store), state="done", ended_at=1.0)
    waiting = change(store, new_job(store), heartbeat_at=1.0)
    recent = change(store, new_job(store), state="failed", ended_at=1e12)
    listing.forget_old(store, listing.everything(store))
    assert {job.id for job in listing.everything(store)} == {waiting.id, recent.id}
    assert store.size_bytes(jobs.key_of(old.id)) is None


def test_progress_of_every_stage_is_read_again(store: Storage) -> None:
    job = new_job(store)
    for stage in Stage:
        told = {**storage.read_document(store, jobs.key_of(job.id))[0]["progress"], "stage": stage}
        assert change(store, job, progress=told).progress == Progress(stage=stage)
