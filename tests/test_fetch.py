"""Many artifacts at once, in order, within limits; and nothing that is there already."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import pipeline, versions
from biodatamine_core.download import fetch
from biodatamine_core.errors import Cancelled, DownloadFailed, LimitExceeded, NotFound, PutAside
from biodatamine_core.records import Artifact, Progress, Stage
from biodatamine_core.settings import Limits, Settings
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalFile, LocalFolder, LocalStorage, StoredObject, object_key
from biodatamine_core.transport import Transport
from tests.builders import dicom_slice, zip_of
from tests.faulty_server import Fault, FaultyServer, faulty_server
from tests.servers import Page, Site

DATA = random.Random(3).randbytes(400_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
PREFIX = "workspaces/w/datasets/d/"


class Watching:
    """A watcher that keeps what it hears, and may stop it all."""

    def __init__(self, stop_with: BaseException | None = None, after_bytes: int = 0) -> None:
        self.told: list[Progress] = []
        self._stop_with, self._after_bytes = stop_with, after_bytes

    def report(self, progress: Progress) -> None:
        self.told.append(progress)

    def check(self) -> None:
        if self._stop_with is not None and self.told and self.told[-1].bytes_done >= self._after_bytes:
            raise self._stop_with


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}), connections_per_host=3)


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server(DATA) as running:
        yield running


def reach_of(settings: Settings, store: LocalStorage) -> Reach:
    return Reach(replace(Transport.of(settings), wait=lambda seconds: None), store)


def left(settings: Settings) -> list[str]:
    return [path.name for path in (settings.state_dir / "downloads").glob("*")]


def test_many_files_arrive_in_their_order_and_no_more_at_once_than_allowed(
    http_site: Site, settings: Settings, store: LocalStorage
) -> None:
    bodies = [random.Random(number).randbytes(20_000) for number in range(40)]
    urls = [http_site.serve(f"/{number}.bin", body) for number, body in enumerate(bodies)]
    contents = fetch([Artifact("x", url, 20_000) for url in urls], reach_of(settings, store), settings, Watching())
    assert [content.identity for content in contents] == [
        f"sha256:{hashlib.sha256(body).hexdigest()}" for body in bodies
    ]
    assert left(settings) == []


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(Artifact("a.dcm", "", 0, version="1"), id="its service lists it as empty"),
        pytest.param(Artifact("a.dcm", "", 0), id="the server said so when it was asked"),
        pytest.param(Artifact("a.dcm", ""), id="nobody said so before it came"),
    ],
)
def test_an_empty_file_arrives_empty(
    listed: Artifact, http_site: Site, settings: Settings, store: LocalStorage
) -> None:
    artifact = replace(listed, url=http_site.serve("/a.dcm", b""))
    (content,) = fetch([artifact], reach_of(settings, store), settings, Watching())
    assert (content.size_bytes, content.identity) == (0, f"sha256:{hashlib.sha256(b'').hexdigest()}")


@pytest.mark.parametrize(
    ("size_bytes", "answer"),
    [
        pytest.param(5, Page(b""), id="bytes were announced"),
        pytest.param(None, Page(b"", has_length=False), id="nobody says that it is empty"),
    ],
)
def test_nothing_where_something_was_expected_is_a_failure(
    size_bytes: int | None, answer: Page, http_site: Site, settings: Settings, store: LocalStorage
) -> None:
    artifact = Artifact("a.dcm", http_site.serve("/a.dcm", answer), size_bytes)
    with pytest.raises(DownloadFailed, match="sent 0 bytes where"):
        fetch([artifact], reach_of(settings, store), settings, Watching())


def test_one_host_is_not_asked_more_at_once_than_allowed(
    server: FaultyServer, settings: Settings, store: LocalStorage
) -> None:
    asked_while_held: list[int] = []

    class LettingGo(Watching):
        """Lets the server go on at its fifth look: time enough for every thread to ask, if it were allowed to."""

        looks = 0

        def check(self) -> None:
            self.looks += 1
            if self.looks == 5:
                asked_while_held.append(len(server.requests))
                server.go_on.set()

    server.always = Fault(holds_after=1000)
    artifacts = [Artifact("x", server.url(f"/{number}"), len(DATA)) for number in range(8)]
    fetch(artifacts, reach_of(settings, store), settings, LettingGo())
    assert (asked_while_held, len(server.requests)) == ([3], 8)


def test_progress_counts_all_files_together(http_site: Site, settings: Settings, store: LocalStorage) -> None:
    artifacts = [Artifact("x", http_site.serve(f"/{n}.bin", DATA[:n]), n) for n in (100_000, 200_000)]
    watching = Watching()
    fetch(artifacts, reach_of(settings, store), settings, watching)
    last = watching.told[-1]
    assert (last.stage, last.bytes_done, last.bytes_total) == (Stage.DOWNLOAD, 300_000, 300_000)


def test_the_limit_counts_all_files_together(http_site: Site, settings: Settings, store: LocalStorage) -> None:
    artifacts = [Artifact("x", http_site.serve(f"/{n}.bin", DATA), len(DATA)) for n in range(3)]
    small = replace(settings, limits=Limits(download_bytes=2 * len(DATA)))
    with pytest.raises(LimitExceeded, match="BIODATAMINE_MAX_DOWNLOAD_GB"):
        fetch(artifacts, reach_of(small, store), small, Watching())


def test_what_is_local_stays_where_it_is(settings: Settings, store: LocalStorage, tmp_path: Path) -> None:
    folder = tmp_path / "data set"
    folder.mkdir()
    (folder / "a.zip").write_bytes(DATA)
    none = replace(settings, limits=Limits(download_bytes=1))
    artifacts = [Artifact("a.zip", (folder / "a.zip").as_uri()), Artifact("data set", folder.as_uri())]
    contents = fetch(artifacts, reach_of(none, store), none, Watching())
    assert contents == [LocalFile(folder / "a.zip"), LocalFolder(folder)]
    assert (list(store.list("")), left(settings)) == ([], [])


def test_an_uploaded_file_is_where_it_was_stored(settings: Settings, store: LocalStorage) -> None:
    store.put(object_key(SHA256), DATA)
    reach = reach_of(settings, store)
    (content,) = fetch([Artifact("a.zip", f"stored:{object_key(SHA256)}")], reach, settings, Watching())
    assert content == StoredObject(store, object_key(SHA256), "a.zip", SHA256, len(DATA))
    with pytest.raises(NotFound, match=r"gone\.zip"):
        fetch([Artifact("gone.zip", f"stored:{object_key('0' * 64)}")], reach, settings, Watching())


@pytest.mark.parametrize(
    ("stop", "files_left"), [(Cancelled("stopped by ana"), 0), (PutAside("another machine goes on"), 2)]
)
def test_a_silent_server_does_not_keep_a_stop_waiting(
    server: FaultyServer, settings: Settings, store: LocalStorage, stop: BaseException, files_left: int
) -> None:
    server.always = Fault(holds_after=100_000)
    with pytest.raises(type(stop)):
        fetch([Artifact("x", server.url())], reach_of(settings, store), settings, Watching(stop, after_bytes=100_000))
    assert len(left(settings)) == files_left


def test_one_file_that_fails_stops_the_others_and_they_are_gone_on_with(
    server: FaultyServer, http_site: Site, settings: Settings, store: LocalStorage
) -> None:
    server.will(Fault(holds_after=100_000))
    bad = http_site.serve("/bad.bin", Page(status=410))
    with pytest.raises(DownloadFailed, match="removed for good"):
        fetch([Artifact("good", server.url()), Artifact("bad", bad)], reach_of(settings, store), settings, Watching())
    fetch([Artifact("good", server.url())], reach_of(settings, store), settings, Watching())
    assert left(settings) == []


# ------------------------------------------------------------------------------------------------ what did not change


def test_an_unchanged_file_is_not_downloaded_again(
    server: FaultyServer, settings: Settings, store: LocalStorage
) -> None:
    artifact = Artifact("x.bin", server.url())
    first = fetch([artifact], reach_of(settings, store), settings, Watching(), PREFIX)
    sent = server.body_bytes
    assert fetch([artifact], reach_of(settings, store), settings, Watching(), PREFIX) == first
    assert (sent, server.body_bytes) == (len(DATA), len(DATA))
    server.will(Fault(becomes=DATA[::-1]))
    server.data, server.version = DATA[::-1], 2
    changed = fetch([artifact], reach_of(settings, store), settings, Watching(), PREFIX)
    assert changed[0].identity == f"sha256:{hashlib.sha256(DATA[::-1]).hexdigest()}"


def test_a_checksum_or_version_of_the_source_needs_no_question(
    server: FaultyServer, settings: Settings, store: LocalStorage
) -> None:
    for artifact in (
        Artifact("x.bin", server.url("/by-checksum"), checksum=f"sha256:{SHA256.upper()}"),
        Artifact("x.bin", server.url("/by-version"), version="7"),
    ):
        fetch([artifact], reach_of(settings, store), settings, Watching(), PREFIX)
        asked = len(server.requests)
        fetch([artifact], reach_of(settings, store), settings, Watching(), PREFIX)
        assert len(server.requests) == asked
    fetch([replace(artifact, version="8")], reach_of(settings, store), settings, Watching(), PREFIX)
    assert len(server.requests) == asked + 1


def test_an_object_that_is_gone_from_the_store_is_downloaded_again(
    server: FaultyServer, settings: Settings, store: LocalStorage
) -> None:
    artifact = Artifact("x.bin", server.url())
    for expected_bytes in (len(DATA), 2 * len(DATA)):
        fetch([artifact], reach_of(settings, store), settings, Watching(), PREFIX)
        assert server.body_bytes == expected_bytes
        store.delete(object_key(SHA256))


def test_what_was_downloaded_before_a_failure_is_not_downloaded_again(
    server: FaultyServer, http_site: Site, settings: Settings, store: LocalStorage
) -> None:
    fetch([Artifact("good", server.url())], reach_of(settings, store), settings, Watching(), PREFIX)
    both = [Artifact("good", server.url()), Artifact("bad", http_site.serve("/bad.bin", Page(status=410)))]
    with pytest.raises(DownloadFailed):
        fetch(both, reach_of(settings, store), settings, Watching(), PREFIX)
    fetch(both[:1], reach_of(settings, store), settings, Watching(), PREFIX)
    assert server.body_bytes == len(DATA)


def test_a_rescan_of_an_unchanged_address_transfers_no_body_and_makes_no_version(
    settings: Settings, store: LocalStorage
) -> None:
    with faulty_server(zip_of({"1.dcm": dicom_slice()})) as server:
        first = pipeline.run(server.url(), store, PREFIX, settings=settings)
        sent = server.body_bytes
        assert pipeline.run(server.url(), store, PREFIX, settings=settings) == first
        assert (sent, server.body_bytes) == (len(server.data), len(server.data))
        assert versions.numbers(store, PREFIX) == [1]


def test_no_address_is_kept_in_what_was_downloaded(
    server: FaultyServer, settings: Settings, store: LocalStorage
) -> None:
    fetch(
        [Artifact("x.bin", server.url("/x?signature=geheim"))], reach_of(settings, store), settings, Watching(), PREFIX
    )
    assert "geheim" not in store.read(f"{PREFIX}downloads.json").data.decode()
