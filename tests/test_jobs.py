"""Jobs: a document that is always true, a process of its own, and an end that is told."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from biodatamine_core import jobs, workspaces
from biodatamine_core.jobs import Job, State
from biodatamine_core.records import Progress, Stage
from biodatamine_core.settings import Settings
from biodatamine_core.workspaces import Actor, Workspace
from tests.builders import dicom_volume, zip_of
from tests.servers import Page, Site


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("BIODATAMINE_ALLOW_HOSTS", "127.0.0.1")
    monkeypatch.setenv("BIODATAMINE_WORKERS", "1")
    return Settings(str(tmp_path / "store"), tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture
def workspace(settings: Settings) -> Workspace:
    return workspaces.open_workspace(settings, Actor("cli:ana", is_admin=True, reads_any_path=True))


def wait_until(workspace: Workspace, job: Job, holds: Callable[[Job], bool]) -> Job:
    """The job once something holds; gives up when it ended without that."""
    while True:
        now = workspace.job(job.id)
        if holds(now):
            return now
        assert now.is_active, f"the job ended before: {now.state}, {now.error}, {now.details}"


def test_a_job_runs_in_a_process_of_its_own_and_ends_done(workspace: Workspace, http_site: Site) -> None:
    job = workspace.add(http_site.serve("/a.zip", zip_of(dicom_volume(6))))
    ended = wait_until(workspace, job, lambda job: job.state is State.DONE)
    assert ended.owner is not None and not ended.owner.endswith(f":{os.getpid()}")
    assert (ended.version, ended.error) == (1, None)
    assert ended.progress.files_done == 6
    assert workspace.dataset(job.dataset_id).summary.files == 6


def test_a_second_request_joins_the_job_that_runs(workspace: Workspace, http_site: Site) -> None:
    url = http_site.serve("/a.zip", Page(zip_of(dicom_volume(6)), pause_after=10))
    first = workspace.add(url)
    http_site.paused.wait()
    assert workspace.add(url).id == first.id
    http_site.go_on.set()
    wait_until(workspace, first, lambda job: job.state is State.DONE)


def test_the_document_says_how_far_a_download_is(workspace: Workspace, http_site: Site) -> None:
    data = zip_of({"noise.bin": os.urandom(3_000_000)})
    job = workspace.add(http_site.serve("/a.zip", Page(data, pause_after=2_000_000)))
    now = wait_until(workspace, job, lambda job: job.progress.bytes_done > 0)
    assert (now.state, now.progress.stage, now.progress.bytes_total) == (State.RUNNING, Stage.DOWNLOAD, len(data))
    http_site.go_on.set()
    wait_until(workspace, job, lambda job: job.state is State.DONE)


def test_a_cancelled_job_stops_and_publishes_nothing(workspace: Workspace, http_site: Site) -> None:
    job = workspace.add(http_site.serve("/a.zip", Page(os.urandom(3_000_000), pause_after=1_000_000)))
    wait_until(workspace, job, lambda job: job.state is State.RUNNING)
    http_site.paused.wait()
    workspace.cancel(job)
    wait_until(workspace, job, lambda job: job.cancel_requested)
    beat = workspace.job(job.id).heartbeat_at
    wait_until(workspace, job, lambda job: job.heartbeat_at > beat)
    http_site.go_on.set()
    wait_until(workspace, job, lambda job: job.state is State.CANCELLED)
    assert workspace.dataset(job.dataset_id).version is None


def test_a_job_whose_process_was_killed_reads_as_failed_with_a_sentence(workspace: Workspace, http_site: Site) -> None:
    job = workspace.add(http_site.serve("/a.zip", Page(os.urandom(1_000_000), pause_after=10)))
    running = wait_until(workspace, job, lambda job: job.owner is not None)
    os.kill(int(str(running.owner).rpartition(":")[2]), signal.SIGKILL)
    while (dead := workspace.job(job.id)).is_active:
        pass
    assert dead.state is State.FAILED and "scan again" in str(dead.error)
    http_site.go_on.set()
    http_site.serve("/a.zip", zip_of(dicom_volume(6)))
    again = workspace.rescan(workspace.dataset(job.dataset_id))
    wait_until(workspace, again, lambda job: job.state is State.DONE)


def test_a_silent_job_of_another_machine_is_dead_after_a_while(workspace: Workspace) -> None:
    job = jobs.create(
        workspace.store,
        workspace="default",
        dataset_id="d",
        prefix="p/",
        url="u",
        mode=jobs.Mode.FULL,
        only=None,
        by="x",
    )
    assert jobs.read(workspace.store, job.id).is_active
    old = job.heartbeat_at - jobs.DEAD_AFTER_S - 1
    jobs.storage.update_document(workspace.store, f"jobs/{job.id}.json", lambda d: {**d, "heartbeat_at": old})
    assert jobs.read(workspace.store, job.id).state is State.FAILED


def test_a_job_that_fails_keeps_its_sentence(workspace: Workspace, http_site: Site) -> None:
    job = workspace.add(http_site.address + "/nothing.zip")
    while (ended := workspace.job(job.id)).is_active:
        pass
    assert ended.state is State.FAILED and "404" in str(ended.error)


def test_an_ended_job_cannot_be_cancelled_any_more(workspace: Workspace, http_site: Site) -> None:
    dataset = workspace.scan(http_site.serve("/a.zip", zip_of(dicom_volume(6))))
    assert dataset.job is not None
    workspace.cancel(dataset.job)
    assert workspace.job(dataset.job.id).state is State.DONE


class Breaks:
    """Stands for a defect of ours in the middle of a scan."""

    def report(self, progress: Progress) -> None:
        if progress.stage is Stage.SCAN:
            raise ZeroDivisionError("Doe^Jane")

    def check(self) -> None: ...


def test_an_error_of_ours_is_told_without_its_text(workspace: Workspace, http_site: Site) -> None:
    with pytest.raises(ZeroDivisionError):
        workspace.scan(http_site.serve("/a.zip", zip_of(dicom_volume(6))), name="a", watcher=Breaks())
    job = workspace.dataset("a").job
    assert job is not None and job.state is State.FAILED
    assert "ZeroDivisionError" in str(job.error) and "test_jobs.py" in str(job.details)
    assert "Doe" not in f"{job.error} {job.details}"


def _beat(settings: Settings, job_id: str, count: int) -> None:
    store = workspaces.open_workspace(settings, Actor("x", is_admin=True)).store
    for _ in range(count):
        jobs.cancel(store, job_id)


def test_two_processes_that_write_one_document_lose_nothing(workspace: Workspace, settings: Settings) -> None:
    job = jobs.create(
        workspace.store,
        workspace="default",
        dataset_id="d",
        prefix="p/",
        url="u",
        mode=jobs.Mode.FULL,
        only=None,
        by="x",
    )
    other = multiprocessing.get_context("spawn").Process(target=_beat, args=(settings, job.id, 50))
    other.start()
    for number in range(50):
        jobs.storage.update_document(workspace.store, f"jobs/{job.id}.json", lambda d, n=number: {**d, f"n{n}": n})
    other.join()
    document, _ = jobs.storage.read_document(workspace.store, f"jobs/{job.id}.json")
    assert other.exitcode == 0 and document["cancel_requested"]
    assert [document[f"n{n}"] for n in range(50)] == [*range(50)]
