"""`biodatamine work`: worker programs that Redis wakes, and that stop cleanly."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import cli, workspaces
from biodatamine_core.jobs import Job, State, Worker, doorbell, leases, presence
from biodatamine_core.settings import Settings
from biodatamine_core.workspaces import Workspace
from tests.builders import dicom_volume, zip_of
from tests.redis_server import serving_redis
from tests.servers import Page, Site
from tests.workers import PATIENCE_S, ending_workers, wait_until


@pytest.fixture
def with_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with serving_redis() as url, ending_workers(settings.state_dir):
        monkeypatch.setenv("BIODATAMINE_REDIS_URL", url)
        monkeypatch.setenv("BIODATAMINE_STORAGE", settings.storage_url)
        yield replace(settings, redis_url=url)


def working(processes: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "biodatamine_core", "work", "--processes", str(processes)])


def both(opened: list[Workspace], added: list[Job], state: State) -> list[Job]:
    return [wait_until(w, job, lambda job: job.state is state) for w, job in zip(opened, added, strict=True)]


def test_two_workers_on_redis_do_two_jobs_at_once_and_stop_so_that_others_go_on(
    with_redis: Settings, http_site: Site
) -> None:
    opened = [workspaces.open_workspace(with_redis, workspaces.shell_actor(), name) for name in ("one", "two")]
    presence.tell(opened[0].store)  # so that adding a dataset starts no program
    url = http_site.serve("/a.zip", Page(zip_of(dicom_volume(6)), pause_after=10))
    added = [workspace.add(url) for workspace in opened]
    workers = working(2)
    running = both(opened, added, State.RUNNING)
    assert len({leases.pid_of(str(job.owner)) for job in running} | {workers.pid, os.getpid()}) == 4
    workers.send_signal(signal.SIGTERM)
    waiting = both(opened, added, State.WAITING)
    http_site.go_on.set()
    assert workers.wait(PATIENCE_S) == 0
    assert [(job.owner, job.deaths) for job in waiting] == [(None, 0), (None, 0)]
    other = Worker(opened[0].store, with_redis)
    assert [done.version for _ in added if (done := other.work_once())] == [1, 1]
    assert {seen.owner for seen in presence.alive(opened[0].store)} <= {leases.this_process()}


def test_a_queue_that_is_away_stops_nobody_from_adding(settings: Settings) -> None:
    away = replace(settings, redis_url="redis://127.0.0.1:1/0")
    doorbell.ring(away)


def test_what_stands_in_the_queue_is_no_pickle(settings: Settings) -> None:
    bell = doorbell.Doorbell(settings)
    bell.ring()
    (message,) = bell.queue.storage.enqueued_items()
    assert bytes(message).startswith(b'["') and b"next_job" in bytes(message)
    bell.queue.storage.close()


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_a_number_of_processes_that_makes_no_sense_is_wrong_usage(
    number: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["work", "--processes", number])
    assert ended.value.code == 2 and "--processes" in capsys.readouterr().err
