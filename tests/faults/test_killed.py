"""kill -9 of a worker, of who added the scan and of the storage's server: the tables equal an undisturbed run's."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import workspaces
from biodatamine_core.jobs import Job, State, Worker
from biodatamine_core.records import Progress, Stage
from biodatamine_core.settings import Settings
from biodatamine_core.workspaces import Actor, Dataset, Workspace
from tests.builders import dicom_volume, zip_of
from tests.seaweed import Seaweed
from tests.servers import Site, serving
from tests.workers import PATIENCE_S, ending_workers, wait_until

ANA = Actor("cli:ana", is_admin=True, reads_any_path=True)
DATA = {**dicom_volume(5), "broken.dcm": b"not a dicom file", "note.json": b"{}"}
ZIP = zip_of(DATA)
BACK_AFTER_S = 10.0
Tables = dict[str, list[tuple[object, ...]]]


# Killed by the dozen: each is a fork of one process that has everything imported already.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.test_killed", "biodatamine_core.pipeline", "duckdb", "requests"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "store"), tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}))


def workspace_of(settings: Settings, name: str = "default") -> Workspace:
    """Every workspace of these tests gives patients the same keys, so that their tables can be compared."""
    opened = workspaces.open_workspace(settings, ANA, name)
    opened.store.put(f"{opened.prefix}keys/pseudonym", bytes(range(32)))
    return opened


class KillsItself:
    """Ends its process by SIGKILL as soon as the scan reaches a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def report(self, progress: Progress) -> None:
        if progress.stage is self._stage:
            os.kill(os.getpid(), signal.SIGKILL)

    def check(self) -> None: ...


def scan_until_killed(settings: Settings, workspace: str, url: str, stage: Stage) -> None:
    workspace_of(settings, workspace).scan(url, watcher=KillsItself(stage))


def rows(dataset: Dataset) -> Tables:
    """Every table, row for row."""
    with dataset.open() as connection:
        return {
            name: sorted(connection.sql(f"SELECT * FROM {name}").fetchall(), key=repr) for name in dataset.parquet()
        }


def killed_and_gone_on(settings: Settings, name: str, url: str, stage: Stage) -> Dataset:
    """The dataset after a process was killed at this stage, and another one went on."""
    process = PROCESSES.Process(target=scan_until_killed, args=(settings, name, url, stage))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    workspace = workspace_of(settings, name)
    (left,) = workspace.jobs()
    assert left.state is State.WAITING  # its owner is dead: it waits for the next one
    done = Worker(workspace.store, settings).work_once()
    assert done is not None
    assert (done.state, done.attempt, done.deaths, done.version) == (State.DONE, 2, 1, 1)
    assert not list(settings.state_dir.glob("staging/*/"))
    return workspace.dataset(done.dataset_id)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables of a scan that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    settings = Settings(str(folder / "store"), folder / "state", allowed_hosts=frozenset({"127.0.0.1"}))
    with serving() as site:
        return rows(workspace_of(settings, "calm").scan(site.serve("/a.zip", ZIP)))


@pytest.mark.parametrize("stage", list(Stage))
def test_a_worker_killed_at_a_stage_loses_nothing(
    settings: Settings, http_site: Site, undisturbed: Tables, stage: Stage
) -> None:
    dataset = killed_and_gone_on(settings, "killed", http_site.serve("/a.zip", ZIP), stage)
    assert rows(dataset) == undisturbed


@pytest.mark.long
@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("repetition", range(10))
def test_nor_does_it_ten_times(
    settings: Settings, http_site: Site, undisturbed: Tables, stage: Stage, repetition: int
) -> None:
    dataset = killed_and_gone_on(settings, "killed", http_site.serve("/a.zip", ZIP), stage)
    assert rows(dataset) == undisturbed


def test_what_was_downloaded_is_not_downloaded_again(settings: Settings, http_site: Site) -> None:
    url = http_site.serve("/a.zip", ZIP)
    killed_and_gone_on(settings, "default", url, Stage.GROUP)
    assert len(http_site.asked("GET")) == 1


def add_and_watch(settings: Settings, workspace: str, url: str) -> None:
    """What the app does: add the dataset, see to it that a worker runs, go on showing how far it is."""
    os.environ |= {"BIODATAMINE_ALLOW_HOSTS": "127.0.0.1", "BIODATAMINE_WORKERS": "1"}
    workspace_of(settings, workspace).add(url)
    threading.Event().wait()


def check_app_killed(settings: Settings, site: Site, undisturbed: Tables) -> None:
    """One process after the other adds a dataset, and is killed once the scan is seen at a stage, or past it."""
    stages = list(Stage)
    with ending_workers(settings.state_dir):
        for number, stage in enumerate(stages):
            process = PROCESSES.Process(
                target=add_and_watch, args=(settings, stage, site.serve(f"/{stage}/a.zip", ZIP))
            )
            process.start()
            workspace = workspace_of(settings, stage)
            give_up_at = time.monotonic() + PATIENCE_S
            while not (added := workspace.jobs()) and time.monotonic() < give_up_at:
                assert process.is_alive()
            (job,) = added

            def is_there(job: Job, number: int = number) -> bool:
                is_taken = job.attempt > 0 and stages.index(job.progress.stage) >= number
                return is_taken or job.state is State.DONE

            wait_until(workspace, job, is_there)
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
            done = wait_until(workspace, job, lambda job: job.state is State.DONE)
            assert (done.attempt, done.deaths) == (1, 0), "the worker that the first one started outlived them all"
            assert rows(workspace.dataset(job.dataset_id)) == undisturbed


def test_a_scan_outlives_who_added_it_killed_at_every_stage(
    settings: Settings, http_site: Site, undisturbed: Tables
) -> None:
    check_app_killed(settings, http_site, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("repetition", range(10))
def test_so_it_does_ten_times(settings: Settings, http_site: Site, undisturbed: Tables, repetition: int) -> None:
    check_app_killed(settings, http_site, undisturbed)


class KillsTogether:
    """Waits at its stage until every scan is at its own; then the storage's server is killed, and all go on."""

    def __init__(self, stage: Stage, everybody: threading.Barrier) -> None:
        self._stage, self._everybody = stage, everybody
        self._has_waited = False

    def report(self, progress: Progress) -> None:
        if progress.stage is self._stage and not self._has_waited:
            self._has_waited = True
            self._everybody.wait(60)

    def check(self) -> None: ...


def check_server_killed(settings: Settings, seaweed: Seaweed, site: Site, undisturbed: Tables) -> None:
    """One outage of ten seconds meets seven scans, each at another stage."""
    stages = list(Stage)
    urls = {stage: site.serve(f"/{stage}/a.zip", ZIP) for stage in stages}
    restart = threading.Timer(BACK_AFTER_S, seaweed.start)

    def kill() -> None:
        seaweed.kill()
        restart.start()

    everybody = threading.Barrier(len(stages), action=kill)

    def scan(stage: Stage) -> Dataset:
        return workspace_of(settings, stage).scan(urls[stage], watcher=KillsTogether(stage, everybody))

    with ThreadPoolExecutor(len(stages)) as pool:
        scanned = list(pool.map(scan, stages))
    restart.join()
    for dataset in scanned:
        assert dataset.job is not None and dataset.job.state is State.DONE
        assert rows(dataset) == undisturbed


@pytest.fixture
def on_s3(settings: Settings, seaweed: Seaweed) -> Settings:
    return replace(settings, storage_url=seaweed.address())


def test_a_storage_killed_at_every_stage_for_ten_seconds_loses_nothing(
    on_s3: Settings, seaweed: Seaweed, http_site: Site, undisturbed: Tables
) -> None:
    check_server_killed(on_s3, seaweed, http_site, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("repetition", range(10))
def test_nor_does_it_ten_times_over(
    on_s3: Settings, seaweed: Seaweed, http_site: Site, undisturbed: Tables, repetition: int
) -> None:
    check_server_killed(on_s3, seaweed, http_site, undisturbed)
