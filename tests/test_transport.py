"""Where the HTTP client goes, what it believes, and what it says when it cannot."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from biodatamine_core.errors import AddressRefused, BrokenOff, DownloadFailed
from biodatamine_core.transport import Transport
from tests.servers import Page, Site, certificate, serving


class Pauses(list[float]):
    """Spends no time, and remembers how much it was asked to."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def transport(pauses: Pauses) -> Transport:
    return Transport(allowed_hosts=frozenset({"127.0.0.1"}), wait=pauses, jitter=lambda: 0.0)


def fetch(transport: Transport, url: str) -> bytes:
    with transport.stream(url) as (_, chunks):
        return b"".join(chunks)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_under_every_spelling(http_site: Site, host: str) -> None:
    http_site.serve("/a.zip", b"secret")
    with pytest.raises(AddressRefused, match="BIODATAMINE_ALLOW_HOSTS"):
        fetch(Transport(), f"http://{host}:{http_site.port}/a.zip")
    assert http_site.requests == []


def test_metadata_is_refused_without_a_connection() -> None:
    with pytest.raises(AddressRefused, match=r"169\.254\.169\.254"):
        fetch(Transport(), "http://169.254.169.254/latest/meta-data/")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:{port}"])
def test_an_allowed_host_may_be_private(http_site: Site, host: str) -> None:
    url = http_site.serve("/a.zip", b"data")
    assert fetch(Transport(frozenset({host.format(port=http_site.port)})), url) == b"data"


def test_an_allowed_port_allows_no_other(http_site: Site) -> None:
    with pytest.raises(AddressRefused):
        fetch(Transport(frozenset({"127.0.0.1:1"})), http_site.serve("/a.zip", b"data"))


def test_a_name_is_resolved_once_and_its_address_judged(http_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[str] = []
    resolve: Callable[..., list[tuple[object, ...]]] = socket.getaddrinfo

    def rebinding(host: str, *rest: object, **options: object) -> list[tuple[object, ...]]:
        resolved.append(host)
        return resolve("127.0.0.1", *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(AddressRefused, match=r"data\.example"):
        fetch(Transport(), f"http://data.example:{http_site.port}/a.zip")
    assert (resolved, http_site.requests) == (["data.example"], [])


def test_proxies_of_the_environment_are_not_used(http_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, http_site.address)
    with pytest.raises(AddressRefused):
        fetch(Transport(), "http://10.0.0.1/a.zip")
    assert http_site.requests == []


@pytest.mark.parametrize(
    "url", ["ftp://example.org/a.zip", "file:///etc/passwd", "gopher://x/", "http:///a", "http://h:x/"]
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(Transport(), url)


def test_a_password_in_an_address_is_refused_and_not_shown(transport: Transport, http_site: Site) -> None:
    with pytest.raises(AddressRefused, match="without them") as caught:
        fetch(transport, f"http://ana:geheim@127.0.0.1:{http_site.port}/a.zip")
    assert "geheim" not in str(caught.value)


def test_redirects_are_followed(transport: Transport, http_site: Site) -> None:
    http_site.serve("/data/end.zip", b"data")
    http_site.redirect("/middle", "data/end.zip", status=307)
    start = http_site.redirect("/start", http_site.address + "/middle", status=301)
    assert fetch(transport, start) == b"data"
    assert http_site.asked() == ["/start", "/middle", "/data/end.zip"]


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/", "http://localhost:{port}/a.zip", "//10.0.0.1/a", "file:///etc/passwd"]
)
def test_every_redirect_is_judged(transport: Transport, http_site: Site, target: str) -> None:
    http_site.serve("/a.zip", b"data")
    with pytest.raises(AddressRefused):
        fetch(transport, http_site.redirect("/start", target.format(port=http_site.port)))
    assert http_site.asked() == ["/start"]


def test_a_redirect_loop_ends(transport: Transport, http_site: Site) -> None:
    with pytest.raises(DownloadFailed, match="redirects more than 10 times"):
        fetch(transport, http_site.redirect("/loop", "/loop"))
    assert len(http_site.asked()) == 11


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(401, "sign-in"), (403, "log in there"), (404, "typo"), (410, "removed for good"), (418, "200 was expected")],
)
def test_a_refusal_is_explained_and_not_repeated(
    transport: Transport, http_site: Site, pauses: Pauses, status: int, meaning: str
) -> None:
    url = http_site.serve("/a.zip", Page(status=status))
    with pytest.raises(DownloadFailed, match=f"/a.zip answered {status}: .*{meaning}") as caught:
        fetch(transport, f"{url}?token=geheim")
    assert "geheim" not in str(caught.value)
    assert (http_site.asked(), pauses) == (["/a.zip?token=geheim"], [])


def test_a_busy_server_is_asked_again(transport: Transport, http_site: Site, pauses: Pauses) -> None:
    url = http_site.serve("/a.zip", Page(status=503), Page(status=429, headers={"Retry-After": "7"}), b"data")
    assert fetch(transport, url) == b"data"
    assert pauses == [1.0, 7.0]


def test_a_server_that_stays_busy_is_left_alone(transport: Transport, http_site: Site, pauses: Pauses) -> None:
    with pytest.raises(DownloadFailed, match="answered 503: the server has a problem of its own"):
        fetch(transport, http_site.serve("/a.zip", Page(status=503)))
    assert pauses == [1.0, 2.0, 4.0]


def test_a_server_that_wants_to_be_left_alone_for_long_is(
    transport: Transport, http_site: Site, pauses: Pauses
) -> None:
    url = http_site.serve("/a.zip", Page(status=503, headers={"Retry-After": "86400"}))
    with pytest.raises(DownloadFailed, match="left alone for 1,440 minutes"):
        fetch(transport, url)
    assert (http_site.asked(), pauses) == (["/a.zip"], [])


def test_a_time_to_come_back_at_is_kept(transport: Transport, http_site: Site, pauses: Pauses) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    url = http_site.serve("/a.zip", Page(status=503, headers={"Retry-After": soon}), b"data")
    assert fetch(transport, url) == b"data"
    assert 30 < pauses[0] <= 60


def test_many_clients_do_not_come_back_at_once(http_site: Site, pauses: Pauses) -> None:
    transport = Transport(frozenset({"127.0.0.1"}), wait=pauses)
    with pytest.raises(DownloadFailed):
        fetch(transport, http_site.serve("/a.zip", Page(status=503)))
    assert all(full / 2 <= pause <= full for pause, full in zip(pauses, (1, 2, 4), strict=True))
    assert len({pause / full for pause, full in zip(pauses, (1, 2, 4), strict=True)}) > 1


def test_a_closed_port_is_tried_again_then_reported(transport: Transport, pauses: Pauses) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(DownloadFailed, match="cannot be reached"):
            fetch(transport, f"http://127.0.0.1:{unused.getsockname()[1]}/a.zip")
    assert pauses == [1.0, 2.0, 4.0]


def test_a_silent_server_is_given_up(pauses: Pauses) -> None:
    transport = Transport(frozenset({"127.0.0.1"}), read_timeout_s=0.05, wait=pauses)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(DownloadFailed, match="did not answer in time"),
    ):
        fetch(transport, f"http://127.0.0.1:{silent.getsockname()[1]}/a.zip")


def test_a_head_that_drips_for_ever_is_given_up(pauses: Pauses) -> None:
    transport = Transport(frozenset({"127.0.0.1"}), read_timeout_s=0.2, wait=pauses)
    is_over = threading.Event()

    def drip(listening: socket.socket) -> None:
        while not is_over.is_set():
            with suppress(OSError), listening.accept()[0] as connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                while not is_over.wait(0.02):
                    connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        with pytest.raises(DownloadFailed, match="did not answer in time"):
            fetch(transport, f"http://127.0.0.1:{listening.getsockname()[1]}/a.zip")
        is_over.set()
        socket.create_connection(listening.getsockname()).close()  # wakes the thread
        thread.join()


def test_a_server_that_falls_silent_in_the_middle_breaks_off(http_site: Site) -> None:
    transport = Transport(frozenset({"127.0.0.1"}), read_timeout_s=0.05)
    with pytest.raises(BrokenOff, match="after 10 bytes of 30"):
        fetch(transport, http_site.serve("/a.zip", Page(b"x" * 30, pause_after=10)))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(Page(b"x" * 900_000, cut_after=500_000), id="connection cut"),
        pytest.param(Page(b"x" * 100, length=200), id="shorter than announced"),
        pytest.param(Page(b"x" * 900_000, chunked=True, cut_after=500_000), id="chunked and cut"),
    ],
)
def test_half_a_body_is_never_a_whole_one(transport: Transport, http_site: Site, page: Page) -> None:
    with pytest.raises(BrokenOff, match="broke off after"):
        fetch(transport, http_site.serve("/a.zip", page))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(Page(b"data", has_length=False), id="no length"),
        pytest.param(Page(b"data", chunked=True), id="chunked"),
    ],
)
def test_a_body_without_length_arrives(transport: Transport, http_site: Site, page: Page) -> None:
    with transport.stream(http_site.serve("/a.zip", page)) as (facts, chunks):
        assert (facts.size_bytes, b"".join(chunks)) == (None, b"data")


def test_facts_are_known_before_the_bytes(transport: Transport, http_site: Site) -> None:
    headers = {"ETag": '"1"', "Content-Disposition": "attachment; filename=\"x.zip\"; filename*=UTF-8''z%C3%BCrich.zip"}
    url = http_site.serve("/download", Page(b"data", content_type="application/zip", headers=headers))
    facts = transport.head(http_site.redirect("/start", "/download"))
    assert (facts.url, facts.size_bytes, facts.etag) == (url, 4, '"1"')
    assert (facts.content_type, facts.filename) == ("application/zip", "zürich.zip")
    assert http_site.asked("GET") == []


def test_where_head_is_refused_get_tells(transport: Transport, http_site: Site) -> None:
    http_site.answers_head = False
    assert transport.head(http_site.serve("/a.zip", b"data")).size_bytes == 4


def test_a_suggested_name_cannot_climb(transport: Transport, http_site: Site) -> None:
    headers = {"Content-Disposition": 'attachment; filename="../../etc/cron.d/y.zip"'}
    assert transport.head(http_site.serve("/a", Page(b"", headers=headers))).filename == "y.zip"


def test_bytes_are_asked_for_plain(transport: Transport, http_site: Site) -> None:
    fetch(transport, http_site.serve("/a.zip", b"data"))
    assert http_site.requests[0][2]["Accept-Encoding"] == "identity"


def test_bytes_packed_for_the_way_are_unpacked(transport: Transport, http_site: Site) -> None:
    page = Page(gzip.compress(b"data" * 1000), headers={"Content-Encoding": "gzip"})
    with transport.stream(http_site.serve("/a.csv", page)) as (facts, chunks):
        assert (facts.size_bytes, b"".join(chunks)) == (None, b"data" * 1000)


def test_a_gzip_file_stays_one_whatever_the_header_says(transport: Transport, http_site: Site) -> None:
    packed = gzip.compress(b"data")
    page = Page(packed, headers={"Content-Encoding": "gzip"})
    with transport.stream(http_site.serve("/brain.nii.gz", page)) as (facts, chunks):
        assert (facts.size_bytes, b"".join(chunks)) == (len(packed), packed)


def test_an_unasked_encoding_is_refused(transport: Transport, http_site: Site) -> None:
    with pytest.raises(DownloadFailed, match='encoded as "br"'):
        fetch(transport, http_site.serve("/a.csv", Page(b"data", headers={"Content-Encoding": "br"})))


def test_hanging_up_ends_the_wait_for_a_host_that_takes_no_connection() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as queue:
        for _ in range(3):  # nobody accepts: the kernel leaves whoever comes next without an answer
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        transport = Transport(frozenset({"127.0.0.1"}), connect_timeout_s=600)

        def ask() -> None:
            with pytest.raises(DownloadFailed) as refused:
                transport.head(f"http://127.0.0.1:{full.getsockname()[1]}/a.zip")
            said.append(str(refused.value))

        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(0.1)
        transport.hang_up()
        asking.join(60)
    assert said == ["The download was stopped."]


@pytest.fixture(scope="module")
def https_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """A server with a certificate that nobody has signed, and that certificate."""
    pem = certificate(tmp_path_factory.mktemp("tls") / "loopback.pem")
    with serving(tls=pem) as site:
        yield site, pem


def test_a_certificate_that_nobody_vouches_for_is_refused(transport: Transport, https_site: tuple[Site, Path]) -> None:
    site, _ = https_site
    with pytest.raises(DownloadFailed, match="offers no valid encryption"):
        fetch(transport, site.serve("/a.zip", b"data"))
    assert site.asked() == []


def test_an_encrypted_way_stays_encrypted(
    transport: Transport, https_site: tuple[Site, Path], http_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, pem = https_site
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(pem))  # as if an authority had signed it
    assert fetch(transport, site.serve("/a.zip", b"data")) == b"data"
    plain = http_site.serve("/a.zip", b"data")
    with pytest.raises(AddressRefused, match="which is not encrypted"):
        fetch(transport, site.redirect("/start", plain))
    assert http_site.requests == []
    assert fetch(transport, http_site.redirect("/start", f"{site.address}/a.zip")) == b"data"


def test_an_encrypted_loopback_is_refused_too(https_site: tuple[Site, Path]) -> None:
    with pytest.raises(AddressRefused):
        fetch(Transport(), https_site[0].serve("/a.zip", b"data"))


def test_a_question_is_posted_and_its_answer_read(http_site: Site, transport: Transport) -> None:
    url = http_site.serve("/batch", b"answer")
    assert b"".join(transport.post(url, b"question", "application/json")) == b"answer"
    assert http_site.bodies == [b"question"]
    assert http_site.requests[0][2]["Content-Type"] == "application/json"


def test_what_is_posted_goes_nowhere_else(http_site: Site, transport: Transport) -> None:
    with serving() as other, pytest.raises(DownloadFailed, match="answered 307"):
        b"".join(transport.post(http_site.redirect("/batch", f"{other.address}/x", 307), b"question", "text/plain"))
    assert other.requests == []


def test_a_refusal_carries_its_status_and_a_page_of_a_list_the_next(http_site: Site, transport: Transport) -> None:
    with pytest.raises(DownloadFailed) as caught:
        fetch(transport, f"{http_site.address}/nothing")
    assert caught.value.status == 404
    url = http_site.serve("/list", Page(b"[]", headers={"Link": '</list?page=2>; rel="next", </list>; rel="first"'}))
    with transport.stream(url) as (facts, _):
        assert facts.next_url == "/list?page=2"
