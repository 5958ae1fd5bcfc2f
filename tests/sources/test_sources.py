"""From what a person pasted to the artifacts that lie there."""

import importlib
import io
import os
import pkgutil
from pathlib import Path

import pytest

from biodatamine_core import sources
from biodatamine_core.errors import AddressRefused, DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import SOURCES, Reach, parse, store_upload
from biodatamine_core.storage import LocalStorage, object_key
from biodatamine_core.transport import Transport
from tests.servers import Page, Site

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of b"test"


@pytest.fixture
def reach(tmp_path: Path) -> Reach:
    return Reach(Transport(frozenset({"127.0.0.1"}), wait=lambda seconds: None), LocalStorage(tmp_path / "store"))


def test_every_file_of_the_family_is_in_its_tuple() -> None:
    modules = {module.name for module in pkgutil.iter_modules(sources.__path__) if not module.ispkg}
    files = modules - {"interface", "webpage", "part", "recognising"}
    assert {kind.__module__.rpartition(".")[2] for kind in SOURCES if isinstance(kind, type)} == files
    for name in files:
        assert importlib.import_module(f"{sources.__name__}.{name}").__doc__


@pytest.mark.parametrize(
    ("pasted", "url", "title"),
    [
        pytest.param("https://x.org/a/ct.zip", "https://x.org/a/ct.zip", "ct.zip", id="as it is"),
        pytest.param("  <https://x.org/ct.zip>\n", "https://x.org/ct.zip", "ct.zip", id="out of a mail"),
        pytest.param('"https://x.org/ct.zip"', "https://x.org/ct.zip", "ct.zip", id="in quotes"),
        pytest.param("HTTPS://X.Org/CT.zip", "https://x.org/CT.zip", "CT.zip", id="host in capitals"),
        pytest.param("https://x.org:443/a.zip", "https://x.org/a.zip", "a.zip", id="default port"),
        pytest.param("http://x.org:8080/a.zip", "http://x.org:8080/a.zip", "a.zip", id="other port"),
        pytest.param("http://[2606:4700::1]:81/a", "http://[2606:4700::1]:81/a", "a", id="IPv6"),
        pytest.param("https://x.org/a.zip#part", "https://x.org/a.zip", "a.zip", id="fragment"),
        pytest.param("https://ana:geheim@x.org/a.zip", "https://x.org/a.zip", "a.zip", id="password"),
        pytest.param("https://x.org/Th%C3%B6rax.zip", "https://x.org/Th%C3%B6rax.zip", "Thörax.zip", id="escaped"),
        pytest.param("https://x.org/a b.zip?q=1 2", "https://x.org/a%20b.zip?q=1%202", "a b.zip", id="spaces"),
        pytest.param("https://x.org/get?id=3&f=a.zip", "https://x.org/get?id=3&f=a.zip", "get", id="query"),
        pytest.param("https://x.org", "https://x.org/", "x.org", id="host only"),
        pytest.param("https://x.org/data/", "https://x.org/data/", "data", id="folder"),
    ],
)
def test_a_web_address_becomes_canonical(pasted: str, url: str, title: str) -> None:
    source = parse(pasted)
    assert (source.kind, source.url, source.title) == ("http", url, title)


@pytest.mark.parametrize("pasted", ["ftp://ana:geheim@x.org/y.zip?key=geheim", "y.zip", "zenodo 123", "x.org/y.zip"])
def test_what_no_source_reads_is_refused_with_what_may_be_pasted(pasted: str) -> None:
    with pytest.raises(
        UnsupportedURL, match=r'no source reads ".*(y\.zip|123)"; paste .*an http or https URL'
    ) as caught:
        parse(pasted)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "pasted", ["", "  ", '""', "http://", "https:///a.zip", "http://x:y/", "file://server/share/a"]
)
def test_half_an_address_is_refused(pasted: str) -> None:
    with pytest.raises(UnsupportedURL):
        parse(pasted)


def test_a_web_file_is_listed_without_fetching_it(http_site: Site, reach: Reach) -> None:
    headers = {"Content-Disposition": 'attachment; filename="chest.zip"'}
    url = http_site.serve("/download", Page(b"test", headers=headers))
    assert list(parse(url).artifacts(reach)) == [Artifact("chest.zip", url, 4)]
    assert http_site.asked("GET") == []


def test_a_web_file_that_is_not_there_is_an_error_at_the_listing(http_site: Site, reach: Reach) -> None:
    with pytest.raises(DownloadFailed, match="404"):
        list(parse(f"{http_site.address}/nothing.zip").artifacts(reach))
    with pytest.raises(AddressRefused):
        list(parse(f"http://localhost:{http_site.port}/a.zip").artifacts(reach))


@pytest.mark.parametrize(
    "spelling", ["{path}", "{path}/", "'{path}'", "{uri}", "~/data set", "data set", "./x/../data set"]
)
def test_a_local_folder_has_one_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    path = tmp_path / "data set"
    path.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    source = parse(spelling.format(path=path, uri=path.as_uri()))
    assert (source.kind, source.url, source.title) == ("local", path.as_uri(), "data set")
    assert sources.local_path(source.url) == path


def test_a_local_path_need_not_be_utf8(tmp_path: Path, reach: Reach) -> None:
    path = tmp_path / os.fsdecode(b"m\xfcller.zip")
    path.write_bytes(b"test")
    source = parse(str(path))
    assert sources.local_path(source.url) == path
    assert list(source.artifacts(reach)) == [Artifact("m\\xfcller.zip", source.url, 4)]


@pytest.mark.parametrize("pasted", ["/nothing/here.zip", "./nothing", "~/nothing", "/" + "long" * 2000])
def test_a_local_path_that_is_not_there_is_named(pasted: str, reach: Reach) -> None:
    with pytest.raises(NotFound, match=r"cannot be read: .*Check the path"):
        list(parse(pasted).artifacts(reach))


@pytest.mark.parametrize("pasted", ["/a\0b", "file:///a%00b", "~nobody-of-this-name/a"])
def test_a_path_that_cannot_be_is_refused(pasted: str) -> None:
    with pytest.raises(UnsupportedURL):
        parse(pasted)


def test_a_pipe_is_no_dataset(tmp_path: Path, reach: Reach) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotFound, match="neither a file nor a folder"):
        list(parse(str(tmp_path / "pipe")).artifacts(reach))


def test_the_sample_is_a_folder_of_this_project() -> None:
    source = parse("sample:")
    assert (source.kind, source.url, source.title) == ("sample", "sample:", "Sample dataset")


def test_an_upload_is_stored_and_found_again(reach: Reach) -> None:
    url = store_upload(reach.storage, [("C:\\scans\\a b.zip", io.BytesIO(b"test")), ("b.nii", io.BytesIO(b"other"))])
    source = parse(url)
    assert (source.kind, source.url, source.title) == ("upload", url, "a b.zip and 1 more")
    first, second = source.artifacts(reach)
    assert first == Artifact("a b.zip", f"stored:{object_key(SHA256)}", 4, f"sha256:{SHA256}")
    assert (second.name, second.size_bytes) == ("b.nii", 5)
    assert reach.storage.read(object_key(SHA256)).data == b"test"


def test_the_same_upload_has_the_same_address(reach: Reach) -> None:
    urls = {store_upload(reach.storage, [("a.zip", io.BytesIO(b"test"))]) for _ in range(2)}
    assert [parse(url).title for url in urls] == ["a.zip"]


def test_an_upload_that_is_not_in_this_storage_is_named(reach: Reach) -> None:
    with pytest.raises(NotFound, match=r"chest\.zip"):
        list(parse(f"upload:{SHA256}/chest.zip").artifacts(reach))


def test_an_uploaded_file_cannot_pose_as_a_manifest(reach: Reach) -> None:
    store_upload(reach.storage, [("a.zip", io.BytesIO(b"test"))])  # its bytes are an object with this hash
    with pytest.raises(NotFound):
        list(parse(f"upload:{SHA256}").artifacts(reach))


def test_an_upload_of_nothing_is_refused(reach: Reach) -> None:
    with pytest.raises(NotFound, match="choose at least one"):
        store_upload(reach.storage, [])
