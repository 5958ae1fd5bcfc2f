"""Cancelling at any stage: the document answers within two seconds, nothing is published, the worker is free again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from biodatamine_core.errors import Cancelled, PutAside
from biodatamine_core.jobs import State, Worker, heart
from biodatamine_core.records import Stage
from biodatamine_core.workspaces import Workspace
from tests.builders import dicom_volume, zip_of
from tests.jobs.watchers import HangsAt
from tests.servers import Site
from tests.workers import PATIENCE_S, wait_until

ZIP = zip_of(dicom_volume(5))


def test_a_wish_is_answered_within_two_seconds_by_design() -> None:
    heard_after_s = heart.HEARTBEAT_S
    beats_of_grace = heart.GRACE_S // heart.HEARTBEAT_S + 1
    assert heard_after_s + beats_of_grace * heart.HEARTBEAT_S <= 1.5  # what is left is for writing it down


@contextmanager
def hanging(workspace: Workspace, url: str, stage: Stage) -> Iterator[HangsAt]:
    """A scan that hangs at this stage; let go, and waited for, at the end."""
    watcher, ended_by = HangsAt(stage), []

    def scan() -> None:
        try:
            workspace.scan(url, watcher=watcher)
        except (Cancelled, PutAside) as error:
            ended_by.append(error)

    thread = threading.Thread(target=scan)
    thread.start()
    try:
        assert watcher.hangs.wait(PATIENCE_S)
        yield watcher
    finally:
        watcher.go_on.set()
        thread.join()
    assert len(ended_by) == 1


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PUBLISH])
def test_a_cancelled_job_ends_whatever_it_hangs_on(workspace: Workspace, http_site: Site, stage: Stage) -> None:
    with hanging(workspace, http_site.serve("/a.zip", ZIP), stage):
        (job,) = workspace.jobs()
        workspace.cancel(job)
        wait_until(workspace, job, lambda job: job.state is State.CANCELLED)
    assert workspace.dataset(job.dataset_id).version is None
    assert workspace.job(job.id).state is State.CANCELLED


def test_a_job_that_is_cancelled_just_before_it_publishes_publishes_nothing(
    workspace: Workspace, http_site: Site
) -> None:
    with hanging(workspace, http_site.serve("/a.zip", ZIP), Stage.PUBLISH):
        (job,) = workspace.jobs()
        workspace.cancel(job)
    assert workspace.job(job.id).state is State.CANCELLED
    assert workspace.dataset(job.dataset_id).version is None


def test_a_worker_whose_server_never_answers_is_free_again_when_its_job_is_cancelled(
    workspace: Workspace, worker: Worker, http_site: Site
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        job = workspace.add(f"http://127.0.0.1:{silent.getsockname()[1]}/a.zip")
        silent.settimeout(PATIENCE_S)
        taken, _ = silent.accept()
        with taken:
            workspace.cancel(job)
            wait_until(workspace, job, lambda job: job.state is State.CANCELLED)
            after = workspace.add(http_site.serve("/b.zip", ZIP))
            wait_until(workspace, after, lambda job: job.state is State.DONE)  # long before the server is given up
