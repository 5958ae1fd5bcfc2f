"""A bucket in place: a full scan copies nothing, its pictures come from the server, and a changed object is refused."""

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from biodatamine_core import database, pipeline, versions, viewing, wording
from biodatamine_core.errors import Cancelled, DownloadFailed, UnreadableContent
from biodatamine_core.records import Mode, OriginKind, Progress, Version
from biodatamine_core.settings import Service, Services, Settings, environment
from biodatamine_core.storage import LocalStorage
from tests.builders import dicom_slice, nifti, picture, tar_of, zip_of
from tests.faulty_server import Fault, FaultyServer, faulty_server
from tests.seaweed import Seaweed
from tests.servers import Page, Site
from tests.sources.clouds import ETAG, gcs_object, s3_page
from tests.sources.services import said
from ui import headers_only

PREFIX = "workspaces/w/datasets/d/"
PICTURES = ("0.png", "1.png", "2.png")


def slices(count: int) -> dict[str, bytes]:
    return {f"{n:03}.dcm": dicom_slice(instance=n + 1, position_mm=(0.0, 0.0, 2.0 * n)) for n in range(count)}


OBJECTS = {
    **{f"ct/{name}": data for name, data in slices(8).items()},
    "packed/mr.zip": zip_of({"1.png": picture()}),
    "packed/t1.tar.gz": tar_of({"sub-01_T1w.nii.gz": nifti((8, 9, 10), compressed=True)}, "w:gz"),
    "notes.csv": b"",
}


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


@dataclass(frozen=True)
class Bucket:
    """A private bucket of a real server. address: as a person pastes it."""

    seaweed: Seaweed
    address: str

    def put(self, name: str, data: bytes) -> None:
        place = urlsplit(self.address)
        self.seaweed.client().put_object(Bucket=place.netloc, Key=f"{place.path.lstrip('/')}/{name}", Body=data)


@pytest.fixture
def bucket(seaweed: Seaweed) -> Bucket:
    filled = Bucket(seaweed, seaweed.address())
    for name, data in OBJECTS.items():
        filled.put(name, data)
    return filled


@pytest.fixture
def settings(seaweed: Seaweed, tmp_path: Path) -> Settings:
    variables = {
        **seaweed.variables,
        "BIODATAMINE_STATE": str(tmp_path / "state"),
        "BIODATAMINE_STORAGE": str(tmp_path / "store"),
        "BIODATAMINE_ALLOW_HOSTS": "127.0.0.1",
        "BIODATAMINE_WORKERS": "2",
    }
    return environment(variables)


def rows(store: LocalStorage, version: Version, query: str) -> list[tuple[object, ...]]:
    with database.open_version(versions.parquet_paths(store, version)) as connection:
        return connection.execute(query).fetchall()


def seen(store: LocalStorage, version: Version, series_id: object, settings: Settings) -> bytes:
    with database.open_version(versions.parquet_paths(store, version)) as connection:
        return viewing.packed_volume(connection, version, store, settings, str(series_id))


def test_a_full_scan_of_a_bucket_copies_nothing_and_says_what_a_copy_would(
    bucket: Bucket, store: LocalStorage, settings: Settings, tmp_path: Path
) -> None:
    there = pipeline.run(bucket.address, store, PREFIX, settings=settings)
    assert not list(store.list("objects/"))
    assert [origin.kind for origin in there.contents] == [OriginKind.BUCKET]
    assert (there.mode, there.is_in_place, there.summary.bytes) == (Mode.FULL, True, sum(map(len, OBJECTS.values())))
    assert pipeline.run(bucket.address, store, PREFIX, settings=settings) == there

    copied = pipeline.run(bucket.address, store, "workspaces/w/datasets/e/", mode=Mode.COPY, settings=settings)
    assert (copied.mode, copied.is_in_place, len(list(store.list("objects/")))) == (Mode.FULL, False, len(OBJECTS))
    for query in (
        "SELECT path, size_bytes, format, problem_kind, content_hash FROM files ORDER BY path",
        "SELECT modality, shape, file_count, image IS NOT NULL FROM series LEFT JOIN thumbnails USING (series_id)"
        " ORDER BY ALL",
    ):
        assert rows(store, there, query) == rows(store, copied, query)
    assert rows(store, there, "SELECT count(*), count(image) FROM thumbnails") == [(3, 3)]


def test_the_viewer_reads_from_the_bucket_and_refuses_an_object_that_changed(
    bucket: Bucket, store: LocalStorage, settings: Settings
) -> None:
    version = pipeline.run(bucket.address, store, PREFIX, settings=settings)
    series = dict(rows(store, version, "SELECT format, series_id FROM series"))
    assert all(seen(store, version, series_id, settings) for series_id in series.values())
    elsewhere = replace(settings, state_dir=settings.state_dir / "other")  # without the volumes that are cached
    bucket.put("ct/004.dcm", dicom_slice(instance=9))
    with pytest.raises(UnreadableContent, match=r"ct/004\.dcm changed since it was scanned"):
        seen(store, version, series["DICOM"], elsewhere)
    assert seen(store, version, series["NIfTI"], elsewhere)
    assert pipeline.run(bucket.address, store, PREFIX, settings=settings).number == 2


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server(picture()) as running:
        yield running


def listed(site: Site, server: FaultyServer, *names: str) -> Settings:
    """Settings that find a listing at the site, whose objects come from the server by way of redirects."""
    site.serve("/chest/", s3_page(*((name, len(server.data)) for name in names)))
    server.etag = ETAG
    for name in names:
        site.redirect(f"/chest/{name}", server.url(f"/{name}"))
    return Settings(allowed_hosts=frozenset({"127.0.0.1"}), services=Services(s3=Service(url=site.address)), workers=1)


class Stopping:
    """A watcher that stops the scan once the server holds its answer back."""

    def __init__(self, server: FaultyServer) -> None:
        self._server = server

    def report(self, progress: Progress) -> None:
        """Only `check` is of interest."""

    def check(self) -> None:
        if self._server.holding.is_set():
            raise Cancelled("The scan was stopped.")


def test_every_byte_of_an_archive_in_a_bucket_comes_once(
    http_site: Site, server: FaultyServer, store: LocalStorage, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(5).integers(0, 60_000, (1000, 1000), np.uint16)
    server.data = zip_of({f"{n}.dcm": dicom_slice(instance=n, pixels=pixels + n) for n in range(6)})
    settings = replace(listed(http_site, server, "ct.zip"), state_dir=tmp_path)
    version = pipeline.run("s3://chest", store, PREFIX, settings=settings)
    assert version.summary.readable_files == 6
    assert version.fetched_bytes == len(server.data) > 8 << 20
    assert len(server.asked_ranges()) == 4, "one byte to see that parts are sent, and three stretches"
    size = wording.size(len(server.data))
    assert headers_only.sentence(version) == f"{size} were read where they lie; nothing was copied."


def test_a_connection_that_breaks_in_an_object_is_gone_on_with(
    http_site: Site, server: FaultyServer, store: LocalStorage, tmp_path: Path
) -> None:
    settings = replace(listed(http_site, server, *PICTURES), state_dir=tmp_path)
    server.will(Fault(), Fault(), Fault(cut_after=10))
    version = pipeline.run("s3://chest", store, PREFIX, settings=settings)
    assert rows(store, version, "SELECT count(*), count(DISTINCT content_hash) FROM files WHERE readable") == [(3, 1)]
    asked = server.asked_ranges()
    assert Counter(asked) == {"bytes=0-0": 1, f"bytes=0-{len(server.data) - 1}": 4}, "each once, the broken one again"


def test_an_object_that_changes_while_the_bucket_is_read_ends_the_scan_in_words(
    http_site: Site, server: FaultyServer, store: LocalStorage, tmp_path: Path
) -> None:
    settings = replace(listed(http_site, server, *PICTURES), state_dir=tmp_path)
    server.will(Fault(), Fault(), Fault(becomes=picture(9)))
    with pytest.raises(DownloadFailed, match="changed while it was read"):
        pipeline.run("s3://chest", store, PREFIX, settings=settings)
    assert versions.latest(store, PREFIX) is None


def test_a_scan_in_place_stops_while_it_waits_for_bytes(
    http_site: Site, server: FaultyServer, store: LocalStorage, tmp_path: Path
) -> None:
    settings = replace(listed(http_site, server, *PICTURES), state_dir=tmp_path)
    server.will(Fault())
    server.always = Fault(holds_after=10)
    with pytest.raises(Cancelled):
        pipeline.run("s3://chest", store, PREFIX, settings=settings, watcher=Stopping(server))


def test_a_bucket_whose_server_sends_no_parts_is_copied_and_says_so(
    http_site: Site, server: FaultyServer, store: LocalStorage, tmp_path: Path
) -> None:
    settings = replace(listed(http_site, server, *PICTURES), state_dir=tmp_path)
    server.always = Fault(knows_ranges=False)
    version = pipeline.run("s3://chest", store, PREFIX, settings=settings)
    assert (version.is_in_place, len(list(store.list("objects/")))) == (False, 1)
    assert ["does not send parts" in note for note in version.notes] == [True]


@pytest.mark.parametrize("is_composed", [False, True])
def test_a_bucket_of_google_is_read_in_place_where_every_object_has_an_md5(
    http_site: Site, store: LocalStorage, tmp_path: Path, is_composed: bool
) -> None:
    data = picture()
    item = gcs_object("1.png", data)
    etag = base64.b64decode(item["md5Hash"]).hex()
    if is_composed:
        del item["md5Hash"]
    http_site.serve("/storage/v1/b/chest/o", said({"items": [item]}))
    http_site.serve("/chest/1.png", Page(data, headers={"ETag": f'"{etag}"'}))
    services = Services(gcs=Service(url=http_site.address))
    settings = Settings(allowed_hosts=frozenset({"127.0.0.1"}), services=services, workers=1, state_dir=tmp_path)
    version = pipeline.run("gs://chest", store, PREFIX, settings=settings)
    assert version.summary.readable_files == 1
    assert (version.is_in_place, len(list(store.list("objects/")))) == (not is_composed, int(is_composed))
