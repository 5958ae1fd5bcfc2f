"""Headers only, by ranges: what a server keeps is not downloaded, and the tables say what a whole scan's would."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from biodatamine_core import database, pipeline, scan, sources, storage, versions
from biodatamine_core.download import ByRange, fetch
from biodatamine_core.errors import Cancelled, DownloadFailed, LimitExceeded, NotTheData, UnreadableContent
from biodatamine_core.records import Mode, OriginKind, Progress, Pseudonym, is_distant
from biodatamine_core.settings import Limits, Settings
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport import Transport
from tests.builders import dicom_slice, nifti, picture, tar_of, zip_of
from tests.faulty_server import Fault, FaultyServer, faulty_server

PREFIX = "workspaces/w/datasets/d/"
SIDE = 300
"""Pixels: a slice of 180 kB, most of which a scan of the headers has no need of."""


def large_slices(count: int = 40) -> dict[str, bytes]:
    """Slices whose pixels no packing makes smaller, as a scanner's noise."""
    noise = np.random.default_rng(5)
    return {
        f"ct/{number:03}.dcm": dicom_slice(
            instance=number + 1,
            position_mm=(0.0, 0.0, 2.0 * number),
            pixels=noise.integers(0, 60_000, (SIDE, SIDE), np.uint16),
        )
        for number in range(count)
    }


def mixed() -> dict[str, bytes]:
    return {
        **large_slices(),
        "sub-01/anat/sub-01_T1w.nii.gz": nifti((8, 9, 10), compressed=True),
        "train/a.png": picture(),
        "README.txt": b"What this is.\n",
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


@pytest.fixture(scope="module")
def archive() -> bytes:
    return zip_of(mixed())


@pytest.fixture
def server(archive: bytes) -> Iterator[FaultyServer]:
    with faulty_server(archive) as running:
        yield running


class Hearing:
    """A watcher that keeps the notes, and stops the scan once an event has come."""

    def __init__(self, until: threading.Event | None = None) -> None:
        self.notes: list[str] = []
        self._until = until

    def report(self, progress: Progress) -> None:
        self.notes += [progress.note] if progress.note else []

    def check(self) -> None:
        if self._until is not None and self._until.is_set():
            raise Cancelled("The scan was stopped.")


@dataclass(frozen=True)
class Scanned:
    """The rows of `files` but for what hangs on the identity of the content; what was fetched of what stayed there."""

    rows: list[dict[str, object]]
    fetched_bytes: int | None
    notes: list[str]

    @property
    def readable(self) -> int:
        return sum(bool(row["readable"]) for row in self.rows)


@dataclass(frozen=True)
class Scanner:
    """Headers-only scans of addresses, without what comes behind a scan."""

    settings: Settings
    store: LocalStorage
    files_out: Path

    def scan(self, url: str, only: str | None = None, watcher: Hearing | None = None) -> Scanned:
        watcher = watcher or Hearing()
        reach = Reach(replace(Transport.of(self.settings), wait=lambda seconds: None), self.store)
        with ByRange(reach, self.settings, watcher.check) as by_range:
            artifacts = list(sources.parse(url).artifacts(reach))
            contents = fetch(artifacts, reach, self.settings, watcher, by_range=by_range)
            limits, pseudonym = self.settings.limits, Pseudonym(b"secret")
            scan.scan(contents, Mode.HEADERS, only, limits, pseudonym, 1, self.files_out, watcher)
            by_range.raise_failure()
        rows = pq.read_table(self.files_out).drop_columns("file_id").to_pylist()
        (content,) = contents
        return Scanned(rows, content.fetched_bytes if is_distant(content) else None, by_range.notes)


@pytest.fixture
def scanner(settings: Settings, store: LocalStorage, tmp_path: Path) -> Scanner:
    return Scanner(settings, store, tmp_path / "files.parquet")


def test_headers_of_a_zip_are_read_where_it_is_and_say_the_same(
    server: FaultyServer, scanner: Scanner, archive: bytes, tmp_path: Path
) -> None:
    (tmp_path / "data.zip").write_bytes(archive)
    here, there = scanner.scan(str(tmp_path / "data.zip")), scanner.scan(server.url())
    assert there.rows == here.rows
    assert there.readable == len(mixed())
    assert there.fetched_bytes is not None and there.fetched_bytes <= server.body_bytes < len(archive) / 4
    assert (there.notes, here.fetched_bytes) == ([], None)
    assert not list(scanner.store.list("objects/"))


def test_neighbours_come_together(server: FaultyServer, scanner: Scanner) -> None:
    server.data = zip_of({f"{number:03}.dcm": dicom_slice(instance=number) for number in range(300)})
    assert scanner.scan(server.url()).readable == 300
    assert len(server.requests) <= 5, "a look at the head, one at the tail, and the members between them"


def test_a_published_version_says_what_stayed_on_the_server(
    server: FaultyServer, store: LocalStorage, settings: Settings, archive: bytes
) -> None:
    address = server.url("/data.zip?sig=SECRET")
    version = pipeline.run(address, store, PREFIX, mode=Mode.HEADERS, settings=settings)
    (origin,) = version.contents
    assert (origin.kind, origin.place) == (OriginKind.REMOTE, "")
    assert version.summary.bytes == len(archive)
    assert version.fetched_bytes is not None and version.fetched_bytes < len(archive) / 4
    assert "SECRET" not in store.read(f"{PREFIX}versions/1/version.json").data.decode()
    with pytest.raises(UnreadableContent, match="Download all"):
        storage.content_of(origin, store)

    with database.open_version(versions.parquet_paths(store, version)) as connection:
        drawn = connection.execute(
            "SELECT format, image IS NOT NULL FROM series LEFT JOIN thumbnails USING (series_id)"
        ).fetchall()
        undecodable = connection.execute("SELECT count(*) FROM findings WHERE code = 'undecodable-pixels'").fetchone()
    assert dict(drawn) == {"DICOM": False, "NIfTI": True, "PNG": True}, "drawn where all bytes came along"
    assert undecodable == (0,), "what was not fetched is not damaged"

    before_bytes = server.body_bytes
    assert pipeline.run(address, store, PREFIX, mode=Mode.HEADERS, settings=settings) == version
    assert server.body_bytes - before_bytes < 100_000, "nothing changed: one look was enough"

    whole = pipeline.run(address, store, PREFIX, settings=settings)
    assert (whole.number, whole.mode, whole.fetched_bytes) == (2, Mode.FULL, None)


def test_what_is_in_the_store_is_not_asked_for_by_ranges(
    server: FaultyServer, store: LocalStorage, settings: Settings
) -> None:
    reach = Reach(Transport.of(settings), store)
    artifacts = list(sources.parse(server.url()).artifacts(reach))
    fetch(artifacts, reach, settings, Hearing(), PREFIX)
    before_bytes = server.body_bytes
    with ByRange(reach, settings, Hearing().check) as by_range:
        (content,) = fetch(artifacts, reach, settings, Hearing(), PREFIX, by_range)
    assert not is_distant(content)
    assert server.body_bytes == before_bytes


@pytest.mark.parametrize(
    ("always", "has_validator", "said"),
    [
        pytest.param(Fault(knows_ranges=False), True, "does not send parts", id="no ranges"),
        pytest.param(Fault(), False, "whether a file changed", id="no validator"),
    ],
)
def test_a_server_that_cannot_be_read_by_ranges_is_downloaded_from(
    server: FaultyServer, scanner: Scanner, always: Fault, has_validator: bool, said: str
) -> None:
    server.always, server.has_validator = always, has_validator
    scanned = scanner.scan(server.url())
    assert (scanned.readable, scanned.fetched_bytes) == (len(mixed()), None)
    assert [said in note for note in scanned.notes] == [True]


def test_what_is_packed_as_one_stream_is_downloaded_and_that_is_said(store: LocalStorage, settings: Settings) -> None:
    heard = Hearing()
    with faulty_server(tar_of(large_slices(3), "w:gz")) as server:
        url = server.url("/a.tar.gz")
        version = pipeline.run(url, store, PREFIX, mode=Mode.HEADERS, settings=settings, watcher=heard)
    assert version.summary.readable_files == 3
    assert versions.read(store, PREFIX, 1).notes == ("a.tar.gz is one packed stream, so it was downloaded.",)
    assert heard.notes == list(version.notes)


@pytest.mark.parametrize("name", ["a.tar", "a.dcm"])
def test_a_plain_tar_and_a_single_file_are_read_where_they_are(scanner: Scanner, name: str) -> None:
    slices = large_slices(20)
    data = tar_of(slices) if name == "a.tar" else slices["ct/000.dcm"]
    with faulty_server(data) as server:
        assert scanner.scan(server.url(f"/{name}")).readable == (20 if name == "a.tar" else 1)
        assert server.body_bytes < len(data) * 0.6


def test_only_what_matches_is_fetched(server: FaultyServer, scanner: Scanner) -> None:
    some, whole = scanner.scan(server.url(), only="ct/00?.dcm"), scanner.scan(server.url())
    assert len(some.rows) == 10
    assert some.fetched_bytes is not None and whole.fetched_bytes is not None
    assert some.fetched_bytes < whole.fetched_bytes / 2


def test_a_file_that_changes_meanwhile_is_told(server: FaultyServer, scanner: Scanner, archive: bytes) -> None:
    server.will(*[Fault()] * 6, Fault(becomes=archive[::-1]))
    with pytest.raises(DownloadFailed, match=r"changed while it was read.*scan it again"):
        scanner.scan(server.url())


def test_a_range_that_breaks_off_is_asked_for_again(server: FaultyServer, scanner: Scanner) -> None:
    server.will(Fault(), Fault(), Fault(cut_after=100), Fault(status=503), Fault(cut_after=5_000))
    assert scanner.scan(server.url()).readable == len(mixed())


def test_a_sign_in_page_under_a_zips_name_is_told(server: FaultyServer, scanner: Scanner) -> None:
    server.data = b"<!DOCTYPE html><html><body>Sign in</body></html>"
    with pytest.raises(NotTheData):
        scanner.scan(server.url())


def test_more_than_may_be_downloaded_is_not_fetched(server: FaultyServer, scanner: Scanner) -> None:
    little = replace(scanner.settings, limits=Limits(download_bytes=200_000))
    with pytest.raises(LimitExceeded, match="BIODATAMINE_MAX_DOWNLOAD_GB"):
        replace(scanner, settings=little).scan(server.url())


def test_a_scan_that_waits_for_a_server_can_be_cancelled(server: FaultyServer, scanner: Scanner) -> None:
    server.will(Fault(), Fault())
    server.always = Fault(holds_after=10)
    with pytest.raises(Cancelled):
        scanner.scan(server.url(), watcher=Hearing(until=server.holding))
