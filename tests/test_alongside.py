"""Scanned while it downloads: what came is read before the rest is sent, and the tables are those of a quiet run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from biodatamine_core import pipeline, scan
from biodatamine_core.download import fetch
from biodatamine_core.errors import PutAside
from biodatamine_core.records import Artifact, Content, ContentTree, Mode, Progress, Pseudonym, Stage, Version
from biodatamine_core.scan.alongside import Alongside
from biodatamine_core.scan.parts import Parts
from biodatamine_core.settings import Limits, Settings
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport import Transport
from tests.builders import dicom_slice, picture, zip_of
from tests.faulty_server import Fault, FaultyServer, faulty_server
from tests.test_pipeline import PREFIX, ask

SIDE = 1000
"""Pixels: twelve slices that no packing makes smaller are 24 MB."""
ORDERS = scan.Orders(Mode.FULL, Limits(), Pseudonym(b"secret"))


def large_zip(seed: int) -> bytes:
    noise = np.random.default_rng(seed)
    slices = {
        f"ct/{number:02}.dcm": dicom_slice(
            instance=number + 1,
            position_mm=(0.0, 0.0, 2.0 * number),
            pixels=noise.integers(0, 60_000, (SIDE, SIDE), np.uint16),
        )
        for number in range(12)
    }
    return zip_of({"a.png": picture(), "broken.dcm": dicom_slice()[:300], **slices, "z/last.png": picture(shade=9)})


@pytest.fixture(scope="module")
def archive() -> bytes:
    return large_zip(8)


@pytest.fixture
def server(archive: bytes) -> Iterator[FaultyServer]:
    with faulty_server(archive) as running:
        yield running


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan beside a download is begun also for one that takes no time."""
    monkeypatch.setattr("biodatamine_core.scan.alongside.PATIENCE_SECONDS", 0.0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A server may take its time: these tests wait for what was read, not for bytes."""
    hosts = frozenset({"127.0.0.1"})
    return Settings(state_dir=tmp_path / "state", allowed_hosts=hosts, workers=2, read_timeout_s=600.0)


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


class Watch:
    """A watcher that does something once so many files were read while the download went on."""

    def __init__(self, files: int, act: Callable[[], None]) -> None:
        self.heard: list[Progress] = []
        self._files, self._act = files, act

    @property
    def most_files(self) -> int:
        return max(told.files_done for told in self.heard)

    def report(self, progress: Progress) -> None:
        self.heard.append(progress)
        if progress.stage is Stage.DOWNLOAD and progress.files_done >= self._files:
            self._act()

    def check(self) -> None: ...


def tables_of(store: LocalStorage, version: Version) -> dict[str, list[tuple[object, ...]]]:
    names = ("files", "series", "clues", "findings", "thumbnails")
    return {name: ask(store, version, f"SELECT * FROM {name} ORDER BY ALL") for name in names}


def undisturbed(
    url: str, store: LocalStorage, settings: Settings, tmp_path: Path
) -> dict[str, list[tuple[object, ...]]]:
    """The tables of a run that reads nothing before all is there, with the same key for patients."""
    quiet = LocalStorage(tmp_path / "quiet store")
    quiet.put(pipeline.STORE_SECRET_KEY, store.read(pipeline.STORE_SECRET_KEY).data)
    alone = Settings(state_dir=tmp_path / "quiet", allowed_hosts=settings.allowed_hosts, workers=1)
    return tables_of(quiet, pipeline.run(url, quiet, PREFIX, settings=alone))


def test_members_are_read_before_the_rest_is_sent_and_the_tables_are_the_same(
    server: FaultyServer, store: LocalStorage, settings: Settings, archive: bytes, tmp_path: Path
) -> None:
    server.will(Fault(), Fault(holds_after=len(archive) // 2))
    watch = Watch(4, server.go_on.set)
    version = pipeline.run(server.url(), store, PREFIX, settings=settings, watcher=watch)
    partial = [told for told in watch.heard if told.stage is Stage.DOWNLOAD and told.files_done]
    assert partial[0].bytes_done < len(archive) <= version.summary.bytes
    assert (partial[-1].files_total, partial[-1].unreadable_files) == (15, 1)
    assert partial[-1].formats["DICOM"] >= 3
    assert tables_of(store, version) == undisturbed(server.url(), store, settings, tmp_path)


@dataclass(frozen=True)
class Fetcher:
    """Downloads with a scan alongside, without what comes behind a scan."""

    settings: Settings
    store: LocalStorage
    folder: Path

    def fetch(self, urls: Sequence[str], watch: Watch) -> tuple[Alongside, list[Content | ContentTree]]:
        transport = replace(Transport.of(self.settings), wait=lambda seconds: None)
        reach = Reach(transport, self.store)
        artifacts = [
            Artifact(url.rsplit("/", 1)[-1], url, facts.size_bytes, validator=facts.validator)
            for url in urls
            for facts in [transport.head(url)]
        ]
        self.folder.mkdir(exist_ok=True)
        alongside = Alongside(self.folder, len(artifacts), None, ORDERS, "1")
        with alongside:
            told = alongside.telling(watch)
            return alongside, fetch(artifacts, reach, self.settings, told, follower=alongside)

    def rows(
        self, contents: Sequence[Content | ContentTree], alongside: Alongside | None = None
    ) -> list[dict[str, object]]:
        out = self.folder / "files.parquet"
        watch = Watch(1, lambda: None)
        scan.scan(contents, Mode.FULL, None, Limits(), ORDERS.pseudonym, 1, out, watch, alongside=alongside)
        return pq.read_table(out).to_pylist()


@pytest.fixture
def fetcher(settings: Settings, store: LocalStorage, tmp_path: Path) -> Fetcher:
    return Fetcher(settings, store, tmp_path / "staging")


def handed_over(alongside: Alongside, contents: Sequence[Content | ContentTree], folder: Path) -> int:
    """How many files the scan after the download need not read."""
    parts = Parts(folder / "counted.parquet", "a subject")
    alongside.hand_over(contents, parts, lambda: None)
    return parts.done.files


def test_what_was_read_of_bytes_that_were_replaced_does_not_count(
    server: FaultyServer, fetcher: Fetcher, archive: bytes
) -> None:
    half = len(archive) // 2
    server.will(Fault(), Fault(holds_after=half, cut_after=half + 1000), Fault(becomes=large_zip(9)))
    watch = Watch(4, server.go_on.set)
    alongside, contents = fetcher.fetch([server.url()], watch)
    assert watch.most_files >= 4
    assert handed_over(alongside, contents, fetcher.folder) == 0
    assert fetcher.rows(contents, alongside) == fetcher.rows(contents)


def test_an_attempt_that_ends_in_the_middle_leaves_what_it_read_to_the_next(
    server: FaultyServer, fetcher: Fetcher, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_aside() -> None:
        raise PutAside("Another time.")

    server.will(Fault(), Fault(holds_after=len(archive) // 2))
    with pytest.raises(PutAside):
        fetcher.fetch([server.url()], Watch(4, put_aside))
    server.go_on.set()
    monkeypatch.setattr("biodatamine_core.scan.alongside.PATIENCE_SECONDS", 3600.0)
    alongside, contents = fetcher.fetch([server.url()], Watch(99, put_aside))
    assert handed_over(alongside, contents, fetcher.folder) >= 4
    assert fetcher.rows(contents, alongside) == fetcher.rows(contents)


def test_of_many_artifacts_those_that_landed_are_read_while_others_come(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("biodatamine_core.scan.alongside.FOLLOWED_FROM_BYTES", 1)
    with faulty_server(zip_of({"a.dcm": dicom_slice(), "b.png": picture()})) as server:
        server.always = Fault()
        with faulty_server(zip_of({"c.dcm": dicom_slice()})) as slow:
            slow.will(Fault(holds_after=100))
            urls = [server.url("/1.zip"), server.url("/2.zip"), slow.url("/3.zip")]
            watch = Watch(2, slow.go_on.set)
            alongside, contents = fetcher.fetch(urls, watch)
    assert handed_over(alongside, contents, fetcher.folder) >= 2
    assert fetcher.rows(contents, alongside) == fetcher.rows(contents)
    assert len(fetcher.rows(contents)) == 5


def test_a_small_file_comes_in_one_request(fetcher: Fetcher) -> None:
    with faulty_server(zip_of({"a.dcm": dicom_slice()})) as server:
        alongside, contents = fetcher.fetch([server.url()], Watch(99, lambda: None))
        assert len(server.asked_ranges()) == 1
    assert alongside.seen()[0].files == handed_over(alongside, contents, fetcher.folder) == 0
