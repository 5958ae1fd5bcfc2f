"""Fixtures that tests of several rooms use."""

from collections.abc import Iterator

import pytest

from tests import seaweed as seaweeds
from tests.seaweed import Seaweed
from tests.servers import Site, serving


@pytest.fixture
def http_site() -> Iterator[Site]:
    """A real HTTP server on loopback: `url = http_site.serve("/d01.zip", data)`."""
    with serving() as site:
        yield site


@pytest.fixture(scope="session")
def seaweed_of_this_worker() -> Iterator[Seaweed]:
    """One S3 server for each test process, started by the first test that asks for it."""
    with seaweeds.serving() as server:
        yield server


@pytest.fixture
def seaweed(seaweed_of_this_worker: Seaweed, monkeypatch: pytest.MonkeyPatch) -> Seaweed:
    """A running S3 server that this test may kill and start again; its variables are in the environment.

    `storage.connect(seaweed.address(), state_dir)` is an empty storage of the test's own.
    """
    if seaweed_of_this_worker.process is None:
        seaweed_of_this_worker.start()
    for name, value in seaweed_of_this_worker.variables.items():
        monkeypatch.setenv(name, value)
    return seaweed_of_this_worker
