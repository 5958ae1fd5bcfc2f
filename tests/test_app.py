"""The app serves this machine, or does not start."""

import subprocess
import tomllib
from contextlib import suppress

import pytest
from starlette.types import Message, Scope

from tests import s3_fronts
from tests.browser.conftest import PROJECT, command, free_port
from ui import early, loopback


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("0.0.0.0", "asked to serve on 0.0.0.0", id="every address"),
        pytest.param("::", "asked to serve on ::", id="every address of IPv6"),
        pytest.param("", "asked to serve every address of this machine", id="no address means every address"),
    ],
)
def test_the_app_refuses_to_serve_others_and_says_why(address: str, said: str) -> None:
    run = subprocess.run(
        command(free_port(), "--server.address", address), cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 1
    assert said in run.stderr
    assert "sign-in does not exist yet" in run.stderr
    assert "--server.address 127.0.0.1" in run.stderr
    assert "Traceback" not in run.stderr + run.stdout


def test_the_app_refuses_a_storage_that_loses_changes_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_fronts.forgetful() as endpoint:
        for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "geheim"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("BIODATAMINE_S3_ENDPOINT", endpoint)
        monkeypatch.setenv("BIODATAMINE_STORAGE", "s3://bucket")
        run = subprocess.run(command(free_port()), cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert "does not start: s3://bucket cannot be used: it ignores conditional writes" in run.stderr
    assert "Traceback" not in run.stderr + run.stdout


@pytest.mark.parametrize(
    ("address", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("localhost.example.org", False),
        ("unix:///tmp/socket", False),
        ("", False),
        (None, False),
    ],
)
def test_only_loopback_is_loopback(address: str | None, is_loopback: bool) -> None:
    assert loopback.is_loopback(address) is is_loopback


@pytest.mark.parametrize(
    ("arrived_at", "status"),
    [
        pytest.param("127.0.0.1", 200, id="this machine"),
        pytest.param("::1", 200, id="this machine by IPv6"),
        pytest.param("192.168.1.5", 403, id="the network"),
        pytest.param(None, 403, id="unknown"),
    ],
)
def test_a_connection_from_the_network_is_turned_away_whoever_started_the_server(
    arrived_at: str | None, status: int
) -> None:
    assert _statuses("http", arrived_at) == [status]


def test_a_websocket_from_the_network_is_closed() -> None:
    assert _statuses("websocket", "192.168.1.5") == [1008]


def test_the_page_config_keeps_errors_telemetry_and_strangers_out() -> None:
    config = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableXsrfProtection"] is True
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"


def _statuses(kind: str, arrived_at: str | None) -> list[int]:
    """What a client sees of a server behind LoopbackOnly."""
    sent: list[Message] = []

    async def inner(scope: Scope, receive: object, send: object) -> None:
        sent.append({"type": "http.response.start", "status": 200})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    server = (arrived_at, 8501) if arrived_at else None
    answering = loopback.LoopbackOnly(inner)({"type": kind, "server": server}, receive, send)
    with suppress(StopIteration):  # it never waits, so one step ends it; the loop of this thread may be Playwright's
        answering.send(None)
    return [message.get("status") or message["code"] for message in sent if "status" in message or "code" in message]


def test_a_page_names_its_scripts_before_it_needs_them() -> None:
    assert [name for name in early.DRAWERS if not any(early.SCRIPTS.glob(f"{name}.*.js"))] == []
    assert early.head().count(b'rel="modulepreload"') == len(early.DRAWERS)
