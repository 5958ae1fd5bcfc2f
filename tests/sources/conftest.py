"""What tests of sources share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalStorage
from tests.servers import Site
from tests.sources.services import at


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own: nobody's key of Kaggle lies in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that were waited, without spending them."""
    return []


@pytest.fixture
def reach_with(http_site: Site, tmp_path: Path, pauses: list[float]) -> Callable[[str | None], Reach]:
    """The reach of a server whose services all answer at `http_site`, with this key."""

    def reach(token: str | None) -> Reach:
        settings = Settings(services=at(http_site, token), allowed_hosts=frozenset({"127.0.0.1"}))
        made = Reach.of(settings, LocalStorage(tmp_path / "store"))
        return replace(made, transport=replace(made.transport, wait=pauses.append))

    return reach


@pytest.fixture
def services(reach_with: Callable[[str | None], Reach]) -> Reach:
    return reach_with(None)
