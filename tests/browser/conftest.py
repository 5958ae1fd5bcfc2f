"""A real server with a store of its own, and Chromium in front of it."""

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from biodatamine_core import settings, workspaces
from biodatamine_core.workspaces import Workspace
from tests.builders import zip_of
from tests.workers import ending_workers

PROJECT = Path(__file__).parent.parent.parent
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
"""A scan starts a process; on two busy cores that takes seconds."""
SIZE = {"width": 1440, "height": 900}


@dataclass(frozen=True)
class App:
    """A running server: where it answers, and the variables it was started with."""

    address: str
    variables: dict[str, str]
    pid: int
    _known: dict[tuple[str, bytes], str] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        """The same workspace as its pages show."""
        return workspaces.open_workspace(settings.environment(self.variables))

    def scan(self, name: str, files: Mapping[str, bytes]) -> str:
        """The id of a dataset of these files in a zip of this name; scanned by whichever test asks first."""
        archive = zip_of(files)
        key = name, hashlib.sha256(archive).digest()
        if key not in self._known:
            folder = Path(self.variables["BIODATAMINE_STORAGE"]).parent / "made" / key[1].hex()[:12]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(archive)
            self._known[key] = self.workspace.scan(str(folder / name)).id
        return self._known[key]


def command(port: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving_app(folder: Path, others: Mapping[str, str] | None = None) -> Iterator[App]:
    """The app over an empty store in this folder, until the block ends. others: more variables, or other ones."""
    port = free_port()
    variables = {
        **os.environ,
        "BIODATAMINE_STORAGE": str(folder / "store"),
        "BIODATAMINE_STATE": str(folder / "state"),
        "BIODATAMINE_ALLOW_HOSTS": "127.0.0.1",
        "BIODATAMINE_WORKERS": "1",
        **(others or {}),
    }
    with (folder / "server.log").open("wb") as log, ending_workers(folder / "state"):
        process = subprocess.Popen(command(port), cwd=PROJECT, env=variables, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            until_it_listens = Retry(total=None, connect=300, read=0, backoff_factor=0.1, backoff_max=0.1)
            with requests.Session() as session:
                session.mount(address, HTTPAdapter(max_retries=until_it_listens))
                session.get(f"{address}/_stcore/health", timeout=30).raise_for_status()
            yield App(address, variables, process.pid)
        finally:
            process.terminate()
            process.wait()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One server for all tests that do not mind what others added."""
    with serving_app(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture
def fresh_app(tmp_path: Path) -> Iterator[App]:
    """A server that nobody asked anything yet, over an empty store."""
    with serving_app(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def person(chromium: Browser) -> Iterator[BrowserContext]:
    """Who keeps the app's scripts in the cache from one tab to the next. Every tab is a session of its own."""
    context = chromium.new_context(
        viewport=SIZE,  # type: ignore[arg-type]
        color_scheme="light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(person: BrowserContext) -> Iterator[Page]:
    """A fresh tab at the size that an expert sees the whole dataset on."""
    yield person.new_page()
    for tab in person.pages:
        tab.close()
