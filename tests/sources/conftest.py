"""What tests of sources share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core.credentials import Credentials, SignIn, place_of
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalStorage
from tests.servers import Site
from tests.sources.services import Kept, at


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
def reach_with(http_site: Site, tmp_path: Path, pauses: list[float]) -> Callable[[Kept | None, str | None], Reach]:
    """The reach of a server whose services all answer at `http_site`, with this key where the service keeps its own."""

    def reach(kept: Kept | None, key: str | None) -> Reach:
        is_sign_in = kept is not None and not kept.setting and key is not None
        signed = {place_of(http_site.address): SignIn.bearer(key or "", plain_http=True)} if is_sign_in else {}
        services = at(http_site, key, kept.setting if kept is not None else "")
        settings = Settings(services=services, allowed_hosts=frozenset({"127.0.0.1"}))
        made = Reach.of(settings, LocalStorage(tmp_path / "store"), Credentials(signed))
        return replace(made, transport=replace(made.transport, wait=pauses.append))

    return reach


@pytest.fixture
def services(reach_with: Callable[[Kept | None, str | None], Reach]) -> Reach:
    return reach_with(None, None)
