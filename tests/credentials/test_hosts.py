"""What servers really receive: the sign-in at its own host, and nowhere else."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from biodatamine_core import pipeline, workspaces
from biodatamine_core.credentials import Credentials, Place, SignIn
from biodatamine_core.errors import AddressRefused, DownloadFailed
from biodatamine_core.jobs import State
from biodatamine_core.settings import Settings
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport import Transport, try_sign_in
from tests.builders import dicom_slice, zip_of
from tests.servers import Page, Site, certificate, serving

SECRET = "geheim"
SIGN_IN = SignIn.basic("ana", SECRET, plain_http=True)


@pytest.fixture
def other_site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def transport(http_site: Site) -> Transport:
    credentials = Credentials({Place("127.0.0.1", http_site.port): SIGN_IN})
    return Transport(frozenset({"127.0.0.1", "localhost"}), wait=lambda seconds: None, credentials=credentials)


def fetch(transport: Transport, url: str) -> bytes:
    with transport.stream(url) as (_, chunks):
        return b"".join(chunks)


def was_shown(site: Site) -> list[bool]:
    """For every request to the site, whether it came with the sign-in."""
    return ["Authorization" in headers for _, _, headers in site.requests]


def test_the_host_is_shown_its_sign_in(transport: Transport, http_site: Site) -> None:
    fetch(transport, http_site.serve("/a.zip", b"data"))
    assert http_site.requests[0][2]["Authorization"] == "Basic YW5hOmdlaGVpbQ=="


def test_another_port_and_another_name_are_not(transport: Transport, http_site: Site, other_site: Site) -> None:
    fetch(transport, other_site.serve("/a.zip", b"data"))
    http_site.serve("/a.zip", b"data")
    fetch(transport, f"http://localhost:{http_site.port}/a.zip")
    assert was_shown(other_site) + was_shown(http_site) == [False, False]


def test_a_redirect_within_the_host_keeps_it_and_one_that_leaves_loses_it_for_good(
    transport: Transport, http_site: Site, other_site: Site
) -> None:
    http_site.serve("/end.zip", b"data")
    back = other_site.redirect("/back", f"{http_site.address}/end.zip")
    away = http_site.redirect("/away", back)
    fetch(transport, http_site.redirect("/start", away))
    assert was_shown(http_site) == [True, True, False], "/start, /away, and /end.zip after the detour"
    assert was_shown(other_site) == [False]


def test_another_hosts_sign_in_is_not_fetched_by_a_redirect(http_site: Site, other_site: Site) -> None:
    credentials = Credentials({Place("127.0.0.1", other_site.port): SIGN_IN})
    transport = Transport(frozenset({"127.0.0.1"}), credentials=credentials)
    other_site.serve("/a.zip", b"data")
    fetch(transport, http_site.redirect("/start", f"{other_site.address}/a.zip"))
    assert was_shown(other_site) == [False]


def test_it_is_shown_again_where_a_download_goes_on(transport: Transport, http_site: Site) -> None:
    http_site.serve("/a.zip", Page(status=503), b"data")
    fetch(transport, f"{http_site.address}/a.zip")
    assert was_shown(http_site) == [True, True]


def test_it_is_encrypted_or_stays_here(http_site: Site) -> None:
    credentials = Credentials({Place("127.0.0.1", http_site.port): SignIn.basic("ana", SECRET)})
    fetch(Transport(frozenset({"127.0.0.1"}), credentials=credentials), http_site.serve("/a.zip", b"data"))
    assert was_shown(http_site) == [False]


def test_over_https_it_goes_and_never_on_to_http(
    http_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path / "loopback.pem")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(pem))  # as if an authority had signed it
    with serving(tls=pem) as site:
        credentials = Credentials({Place("127.0.0.1", site.port): SignIn.bearer(SECRET)})
        transport = Transport(frozenset({"127.0.0.1"}), credentials=credentials)
        assert fetch(transport, site.serve("/a.zip", b"data")) == b"data"
        with pytest.raises(AddressRefused, match="not encrypted"):
            fetch(transport, site.redirect("/down", http_site.serve("/a.zip", b"data")))
        assert was_shown(site) == [True, True] and http_site.requests == []


def test_a_host_that_does_not_accept_it_is_told_apart_from_one_that_wants_one(
    transport: Transport, http_site: Site, other_site: Site
) -> None:
    with pytest.raises(DownloadFailed, match="does not accept the sign-in that is kept for this host"):
        fetch(transport, http_site.serve("/a.zip", Page(status=401)))
    with pytest.raises(DownloadFailed, match="add one for this host under Sign-ins"):
        fetch(transport, other_site.serve("/a.zip", Page(status=401)))


def test_a_trial_says_whether_the_sign_in_opens_anything(http_site: Site) -> None:
    settings = Settings(allowed_hosts=frozenset({"127.0.0.1"}))
    right = Credentials({Place("127.0.0.1", http_site.port): SIGN_IN})
    url = http_site.serve("/a.zip", b"data")
    assert try_sign_in(url, settings, right).is_accepted is None
    http_site.expects_authorization = SIGN_IN.headers["Authorization"]
    wrong = Credentials({Place("127.0.0.1", http_site.port): SignIn.bearer("x", plain_http=True)})
    assert try_sign_in(url, settings, right).is_accepted is True
    assert try_sign_in(url, settings, wrong).is_accepted is False
    assert http_site.asked("GET") == ["/a.zip"] * 2, "a refused HEAD is asked once more, for one byte"


def test_a_job_shows_the_sign_in_of_who_asked_for_it_and_keeps_it_out_of_every_document(
    http_site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "credentials.toml"
    file.write_text(
        f'["127.0.0.1:{http_site.port}"]\nbasic = {{ user = "ana", password = "{SECRET}" }}\nplain_http = true\n'
    )
    file.chmod(0o600)
    settings = Settings(
        str(tmp_path / "store"),
        tmp_path / "state",
        allowed_hosts=frozenset({"127.0.0.1"}),
        workers=1,
        credentials_file=file,
    )
    http_site.expects_authorization = SIGN_IN.headers["Authorization"]
    url = http_site.serve("/d.zip", zip_of({"1.dcm": dicom_slice()}))
    workspace = workspaces.open_workspace(settings)
    with caplog.at_level(logging.DEBUG):
        dataset = workspace.scan(url)
    assert dataset.job is not None and dataset.job.state is State.DONE
    assert all(was_shown(http_site))
    written = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    for secret in (SECRET, SIGN_IN.headers["Authorization"].split()[1]):
        assert secret.encode() not in written and secret not in caplog.text + repr(dataset) + repr(workspace)


def test_a_scan_without_the_sign_in_fails_in_a_sentence(http_site: Site, tmp_path: Path) -> None:
    http_site.expects_authorization = SIGN_IN.headers["Authorization"]
    settings = Settings(state_dir=tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}))
    with pytest.raises(DownloadFailed, match="answered 401: it wants a sign-in"):
        pipeline.run(http_site.serve("/d.zip", b"data"), LocalStorage(tmp_path / "store"), "d/", settings=settings)


def test_a_workspace_keeps_the_actors_own(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "store"), tmp_path / "state")
    ana = workspaces.open_workspace(settings, workspaces.Actor("ana", is_admin=True))
    ana.sign_ins.keep(Place("a.org"), SignIn.bearer(SECRET))
    ben = workspaces.open_workspace(settings, workspaces.Actor("ben", is_admin=True))
    assert [str(place) for place, _ in ana.sign_ins.listed()] == ["a.org"]
    assert ben.sign_ins.listed() == []
