"""Workers: a job is taken, told of, stopped, set aside, gone on with, and ended."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from biodatamine_core import jobs, storage
from biodatamine_core.errors import PutAside
from biodatamine_core.jobs import Job, State, Worker, leases, presence
from biodatamine_core.records import Progress, Stage
from biodatamine_core.settings import Settings
from biodatamine_core.workspaces import Workspace
from tests.builders import dicom_volume, zip_of
from tests.jobs.watchers import AsksAt
from tests.servers import Page, Site
from tests.workers import wait_until

NOISE = os.urandom(3_000_000)


def is_done(job: Job) -> bool:
    return job.state is State.DONE


def test_an_added_dataset_is_scanned_by_a_program_that_a_kill_does_not_stop(
    workspace: Workspace, http_site: Site
) -> None:
    presence.leave(workspace.store)  # nobody works here: the first request starts somebody
    job = workspace.add(http_site.serve("/a.zip", Page(zip_of(dicom_volume(6)), pause_after=10)))
    running = wait_until(workspace, job, lambda job: job.owner is not None)
    assert leases.pid_of(str(running.owner)) != os.getpid()
    os.kill(leases.pid_of(str(running.owner)), signal.SIGKILL)
    http_site.go_on.set()
    ended = wait_until(workspace, job, is_done)
    assert (ended.version, ended.error, ended.attempt, ended.deaths) == (1, None, 2, 1)
    assert leases.pid_of(str(ended.owner)) not in (os.getpid(), leases.pid_of(str(running.owner)))
    assert any("ended without a word" in sentence for _, sentence in ended.log)
    assert workspace.dataset(job.dataset_id).summary.files == 6


def test_a_second_request_joins_the_job_that_runs(workspace: Workspace, worker: Worker, http_site: Site) -> None:
    url = http_site.serve("/a.zip", Page(zip_of(dicom_volume(6)), pause_after=10))
    first = workspace.add(url)
    assert http_site.paused.wait(30)
    assert workspace.add(url).id == first.id
    http_site.go_on.set()
    wait_until(workspace, first, is_done)


def test_of_many_requests_at_once_one_makes_the_job_and_the_others_join_it(workspace: Workspace) -> None:
    dataset = workspace.dataset(workspace.add("sample:").dataset_id)
    assert dataset.job is not None
    workspace.cancel(dataset.job)
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: workspace.rescan(dataset).id, range(16)))
    assert len(made) == 1
    assert [job.id for job in workspace.jobs() if job.is_active] == [*made]


def test_the_command_line_joins_a_scan_that_a_worker_does(
    workspace: Workspace, worker: Worker, http_site: Site
) -> None:
    url = http_site.serve("/a.zip", Page(zip_of(dicom_volume(6)), pause_after=10))
    job = workspace.add(url)
    assert http_site.paused.wait(30)

    class GoesOn:
        """Hears the worker's progress here."""

        def report(self, progress: Progress) -> None:
            http_site.go_on.set()

        def check(self) -> None: ...

    dataset = workspace.scan(url, watcher=GoesOn())
    assert dataset.job is not None and (dataset.job.id, dataset.published().number) == (job.id, 1)


def test_the_document_says_how_far_a_download_is(workspace: Workspace, worker: Worker, http_site: Site) -> None:
    data = zip_of({"noise.bin": NOISE})
    job = workspace.add(http_site.serve("/a.zip", Page(data, pause_after=2_000_000)))
    now = wait_until(workspace, job, lambda job: job.progress.bytes_done > 0)
    assert (now.state, now.progress.stage, now.progress.bytes_total) == (State.RUNNING, Stage.DOWNLOAD, len(data))
    http_site.go_on.set()
    wait_until(workspace, job, is_done)


def test_a_cancelled_job_ends_though_its_server_is_silent_and_publishes_nothing(
    workspace: Workspace, worker: Worker, http_site: Site
) -> None:
    job = workspace.add(http_site.serve("/a.zip", Page(zip_of({"n": NOISE}), pause_after=1_000_000)))
    assert http_site.paused.wait(30)
    workspace.cancel(job)
    ended = wait_until(workspace, job, lambda job: job.state is State.CANCELLED)
    assert ended.ended_at is not None and not http_site.go_on.is_set()
    http_site.go_on.set()
    assert "Nothing was published" in str(ended.error)
    assert workspace.dataset(job.dataset_id).version is None


def test_a_waiting_job_is_cancelled_and_paused_without_a_worker(workspace: Workspace) -> None:
    job = workspace.add("sample:")
    workspace.pause(job)
    assert workspace.job(job.id).state is State.PAUSED
    workspace.cancel(job)
    assert workspace.job(job.id).state is State.CANCELLED
    workspace.resume(job)
    assert workspace.job(job.id).state is State.CANCELLED


def test_a_paused_job_goes_on_with_what_was_downloaded_and_read(
    workspace: Workspace, worker: Worker, http_site: Site
) -> None:
    url = http_site.serve("/a.zip", zip_of(dicom_volume(6)))

    def pause() -> None:
        workspace.pause(workspace.jobs()[0])

    with pytest.raises(PutAside):
        workspace.scan(url, watcher=AsksAt(Stage.GROUP, pause))
    job = workspace.jobs()[0]
    assert (job.state, job.owner, len(job.contents)) == (State.PAUSED, None, 1)
    staged = [path.name for path in workspace.settings.state_dir.glob("staging/*/scanned.parquet")]
    assert staged == ["scanned.parquet"]
    fetched = http_site.asked()
    workspace.resume(job)
    wait_until(workspace, job, is_done)
    assert http_site.asked() == fetched
    assert not list(workspace.settings.state_dir.glob("staging/*/"))
    assert workspace.dataset(job.dataset_id).summary.files == 6


def test_who_lost_the_lease_publishes_nothing(workspace: Workspace, http_site: Site) -> None:
    def take() -> None:
        job = workspace.jobs()[0]
        storage.update_document(workspace.store, jobs.key_of(job.id), lambda d: {**d, "owner": "other:1:1:x"})

    with pytest.raises(PutAside):
        workspace.scan(http_site.serve("/a.zip", zip_of(dicom_volume(6))), watcher=AsksAt(Stage.CHECK, take))
    (job,) = workspace.jobs()
    assert workspace.dataset(job.dataset_id).version is None
    document, _ = storage.read_document(workspace.store, jobs.key_of(job.id))
    assert (document["owner"], document["state"]) == ("other:1:1:x", "running")


def test_a_worker_that_is_closed_lets_its_job_wait_for_the_next(workspace: Workspace, http_site: Site) -> None:
    job = workspace.add(http_site.serve("/a.zip", zip_of(dicom_volume(6))))
    closing = Worker(workspace.store, workspace.settings)
    closing.is_closing.set()
    with pytest.raises(PutAside):
        closing.work_once()
    assert (workspace.job(job.id).state, workspace.job(job.id).deaths) == (State.WAITING, 0)
    done = Worker(workspace.store, workspace.settings).work_once()
    assert done is not None and done.state is State.DONE


def test_a_job_that_fails_keeps_its_sentence(workspace: Workspace, worker: Worker, http_site: Site) -> None:
    job = workspace.add(http_site.address + "/nothing.zip")
    give_up_at = time.monotonic() + 30
    while (ended := workspace.job(job.id)).is_active:
        assert time.monotonic() < give_up_at
    assert ended.state is State.FAILED and "404" in str(ended.error)
    assert ended.log[-1][1] == ended.error


def test_an_ended_job_cannot_be_cancelled_any_more(workspace: Workspace, http_site: Site) -> None:
    dataset = workspace.scan(http_site.serve("/a.zip", zip_of(dicom_volume(6))))
    assert dataset.job is not None
    workspace.cancel(dataset.job)
    assert workspace.job(dataset.job.id).state is State.DONE


def test_an_error_of_ours_is_told_without_its_text(workspace: Workspace, http_site: Site) -> None:
    def break_down() -> None:
        raise ZeroDivisionError("Doe^Jane")

    with pytest.raises(ZeroDivisionError):
        workspace.scan(
            http_site.serve("/a.zip", zip_of(dicom_volume(6))), name="a", watcher=AsksAt(Stage.SCAN, break_down)
        )
    job = workspace.dataset("a").job
    assert job is not None and job.state is State.FAILED
    assert "ZeroDivisionError" in str(job.error) and "test_worker.py" in str(job.details)
    assert "Doe" not in f"{job.error} {job.details} {job.log}"


def test_the_log_tells_the_steps_in_sentences(workspace: Workspace, http_site: Site) -> None:
    dataset = workspace.scan(http_site.serve("/a.zip", zip_of(dicom_volume(6))))
    assert dataset.job is not None
    sentences = [sentence for _, sentence in dataset.job.log]
    assert sentences[-1] == "Done: version 1."
    assert "Reads the files." in sentences and "Runs the checks, draws the pictures and stores the tables." in sentences


def test_jobs_of_another_workspace_are_not_seen(settings: Settings, workspace: Workspace) -> None:
    from biodatamine_core import workspaces
    from biodatamine_core.errors import NotFound

    job = workspace.add("sample:")
    other = workspaces.open_workspace(settings, workspace.actor, "other")
    assert other.jobs() == []
    with pytest.raises(NotFound):
        other.cancel(job)
