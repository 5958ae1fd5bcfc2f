"""A download is whole, verified and within its limit, or it is not there at all."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from biodatamine_core import download
from biodatamine_core.download import Terms
from biodatamine_core.errors import BrokenOff, Cancelled, DownloadFailed, LimitExceeded, NotTheData
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalStorage, StoredObject, object_key
from biodatamine_core.transport import Transport
from tests.servers import Page, Site

DATA = bytes(range(256)) * 4000  # a million bytes: several chunks
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def reach(tmp_path: Path) -> Reach:
    return Reach(Transport(frozenset({"127.0.0.1"}), wait=lambda seconds: None), LocalStorage(tmp_path / "store"))


Fetch = Callable[..., object]


@pytest.fixture
def fetch(reach: Reach, tmp_path: Path) -> Fetch:
    """A download of "data.zip" with nothing in its way, unless said otherwise."""

    def fetch(
        url: str,
        name: str = "data.zip",
        max_bytes: int = 10**9,
        on_bytes: Callable[[int, int | None], None] = lambda received, expected: None,
        **facts: object,
    ) -> object:
        artifact = Artifact(name, url, **facts)  # type: ignore[arg-type]
        return download.download(artifact, reach, tmp_path / "state" / "downloads", Terms(max_bytes, on_bytes)).content

    return fetch


def kept(reach: Reach, tmp_path: Path) -> tuple[list[str], list[str]]:
    """What lies in the storage, and what is left of downloads."""
    left = [path.name for path in (tmp_path / "state" / "downloads").glob("*")]
    return [entry.key for entry in reach.storage.list("")], left


def test_a_download_becomes_an_object_under_its_hash(
    http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path
) -> None:
    content = fetch(http_site.serve("/get", DATA), "chest.zip")
    assert content == StoredObject(reach.storage, object_key(SHA256), "chest.zip", SHA256, len(DATA))
    assert reach.storage.read(object_key(SHA256)).data == DATA
    assert kept(reach, tmp_path) == ([object_key(SHA256)], [])


@pytest.mark.parametrize(
    ("page", "expected_bytes"),
    [
        pytest.param(Page(DATA), len(DATA), id="with length"),
        pytest.param(Page(DATA, chunked=True), None, id="chunked"),
        pytest.param(Page(DATA, has_length=False), None, id="until the connection closes"),
    ],
)
def test_progress_is_told_from_nothing_to_everything(
    http_site: Site, fetch: Fetch, page: Page, expected_bytes: int | None
) -> None:
    told: list[tuple[int, int | None]] = []
    fetch(http_site.serve("/a.zip", page), on_bytes=lambda *progress: told.append(progress))
    received = [done for done, _ in told]
    assert (received[0], received[-1], received == sorted(received)) == (0, len(DATA), True)
    assert {expected for _, expected in told} == {expected_bytes}
    assert len(told) > 3


def test_the_same_bytes_are_stored_once(http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path) -> None:
    first = fetch(http_site.serve("/a.zip", DATA), "a.zip")
    os.utime(reach.storage.local_copy(object_key(SHA256)), (1, 1))
    second = fetch(http_site.serve("/b.zip", DATA), "b.zip")
    assert isinstance(first, StoredObject) and isinstance(second, StoredObject)
    assert (first.identity, second.identity, second.name) == (f"sha256:{SHA256}", f"sha256:{SHA256}", "b.zip")
    assert next(reach.storage.list("")).modified_at == 1.0
    assert kept(reach, tmp_path) == ([object_key(SHA256)], [])


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Page(DATA, cut_after=600_000), id="connection cut"),
        pytest.param(Page(DATA, length=len(DATA) + 1), id="shorter than announced"),
        pytest.param(Page(DATA, chunked=True, cut_after=600_000), id="chunked and cut"),
        pytest.param(Page(b""), id="no bytes at all"),
        pytest.param(Page(status=503), id="busy"),
    ],
)
def test_a_download_that_fails_once_is_done_again(
    http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path, broken: Page
) -> None:
    assert fetch(http_site.serve("/a.zip", broken, Page(DATA))) is not None
    assert kept(reach, tmp_path) == ([object_key(SHA256)], [])


def test_a_download_that_keeps_breaking_off_leaves_nothing(
    http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path
) -> None:
    with pytest.raises(BrokenOff, match=r"/a\.zip broke off after 600,000 bytes of 1024000"):
        fetch(http_site.serve("/a.zip", Page(DATA, cut_after=600_000)))
    assert len(http_site.asked()) == 4
    assert kept(reach, tmp_path) == ([], [])


def test_a_body_without_length_is_held_against_the_listed_size(http_site: Site, fetch: Fetch) -> None:
    url = http_site.serve("/a.zip", Page(DATA, has_length=False))
    with pytest.raises(BrokenOff, match="sent 1,024,000 bytes where 1,024,001 were expected"):
        fetch(url, size_bytes=len(DATA) + 1)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_a_checksum_is_verified(http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path, algorithm: str) -> None:
    url = http_site.serve("/a.zip", DATA)
    with pytest.raises(DownloadFailed, match=f"data.zip arrived with {algorithm} .* was announced"):
        fetch(url, checksum=f"{algorithm}:{hashlib.new(algorithm, b'other').hexdigest()}")
    assert kept(reach, tmp_path) == ([], [])
    assert fetch(url, checksum=f"{algorithm}:{hashlib.new(algorithm, DATA).hexdigest().upper()}") is not None


@pytest.mark.parametrize(
    "page",
    [pytest.param(Page(DATA), id="announced"), pytest.param(Page(DATA, chunked=True), id="counted while it arrives")],
)
def test_a_download_past_the_limit_fails_and_names_it(
    http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path, page: Page
) -> None:
    with pytest.raises(LimitExceeded, match=r"data\.zip is larger than .* BIODATAMINE_MAX_DOWNLOAD_GB"):
        fetch(http_site.serve("/a.zip", page), max_bytes=len(DATA) - 1)
    assert kept(reach, tmp_path) == ([], [])
    assert fetch(http_site.serve("/b.zip", page), max_bytes=len(DATA)) is not None


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(Page(b"\n<!DOCTYPE html><html>Sign in</html>"), id="doctype"),
        pytest.param(Page(b"\xef\xbb\xbf<HTML lang=de>"), id="byte order mark"),
        pytest.param(Page(b"<!-- login --><head>", content_type="text/html; charset=utf-8"), id="by its type"),
    ],
)
def test_a_web_page_under_the_name_of_a_zip_is_recognised(
    http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path, page: Page
) -> None:
    with pytest.raises(NotTheData) as caught:
        fetch(http_site.serve("/a.zip", page))
    assert str(caught.value) == (
        "This address sent an HTML page, not a zip. Log in there, or paste the link of the download button."
    )
    assert kept(reach, tmp_path) == ([], [])


def test_a_zip_that_is_called_html_by_its_server_is_a_zip(http_site: Site, fetch: Fetch) -> None:
    assert fetch(http_site.serve("/a.zip", Page(b"PK\3\4" + DATA, content_type="text/html"))) is not None


def test_a_final_answer_is_not_asked_for_again(http_site: Site, fetch: Fetch) -> None:
    for status in (403, 404):
        with pytest.raises(DownloadFailed, match=f"answered {status}"):
            fetch(http_site.serve(f"/{status}.zip", Page(status=status)))
    assert http_site.asked() == ["/403.zip", "/404.zip"]


def test_cancelling_leaves_nothing(http_site: Site, reach: Reach, fetch: Fetch, tmp_path: Path) -> None:
    def cancel(received: int, expected: int | None) -> None:
        if received:
            raise Cancelled("stopped by ana")

    with pytest.raises(Cancelled):
        fetch(http_site.serve("/a.zip", DATA), on_bytes=cancel)
    assert kept(reach, tmp_path) == ([], [])
