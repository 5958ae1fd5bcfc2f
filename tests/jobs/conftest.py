"""A workspace of one test, and a worker for it: a thread here, or a program of its own."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from biodatamine_core import workspaces
from biodatamine_core.errors import BioDataMineError
from biodatamine_core.jobs import Worker, presence
from biodatamine_core.settings import Settings
from biodatamine_core.workspaces import Actor, Workspace
from tests.workers import ending_workers

ANA = Actor("cli:ana", is_admin=True, reads_any_path=True)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("BIODATAMINE_ALLOW_HOSTS", "127.0.0.1")
    monkeypatch.setenv("BIODATAMINE_WORKERS", "1")
    return Settings(str(tmp_path / "store"), tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    """As a person at the command line sees it; nobody works on its jobs."""
    with ending_workers(settings.state_dir):
        opened = workspaces.open_workspace(settings, ANA)
        presence.tell(opened.store)  # so that adding a dataset starts no program
        yield opened


@pytest.fixture
def worker(workspace: Workspace) -> Iterator[Worker]:
    """A worker of this workspace, in a thread."""
    worker, is_over = Worker(workspace.store, workspace.settings), threading.Event()

    def work() -> None:
        while not is_over.is_set():
            with suppress(BioDataMineError, ZeroDivisionError):
                if worker.work_once() is None:
                    is_over.wait(0.05)

    thread = threading.Thread(target=work)
    thread.start()
    yield worker
    is_over.set()
    worker.is_closing.set()
    thread.join()
