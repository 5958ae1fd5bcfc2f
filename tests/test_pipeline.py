"""The whole flow: a URL becomes a version, once, whole, or not at all."""

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import database, pipeline, versions
from biodatamine_core.errors import Cancelled, LimitExceeded, NotFound, NotTheData, UnreadableContent
from biodatamine_core.records import Mode, Progress, Stage, Version
from biodatamine_core.settings import Limits, Settings
from biodatamine_core.storage import LocalStorage
from tests.builders import dicom_slice, dicom_volume, nifti, picture, zip_of
from tests.servers import Site

PREFIX = "workspaces/w/datasets/d/"


def mixed_zip(shade: int = 0) -> bytes:
    """A CT volume, a BIDS MR volume, two pictures, a text and a broken file."""
    return zip_of(
        {
            **{f"ct/{name}": data for name, data in dicom_volume(8, BodyPartExamined="CHEST").items()},
            "sub-01/anat/sub-01_T1w.nii.gz": nifti((8, 9, 10), compressed=True),
            "train/a.png": picture(shade=shade),
            "test/b.png": picture(shade=shade),
            "README.txt": b"What this is.\n",
            "broken.dcm": dicom_slice()[:300],
        }
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def ask(store: LocalStorage, version: Version, sql: str) -> list[tuple[object, ...]]:
    with database.open_version(versions.parquet_paths(store, version)) as connection:
        return connection.execute(sql).fetchall()


def test_a_zip_on_a_web_server_becomes_tables_that_say_what_is_in_it(
    http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    data = mixed_zip()
    version = pipeline.run(http_site.serve("/d01.zip", data), store, PREFIX, settings=settings)
    summary = version.summary
    assert (summary.files, summary.bytes) == (13, len(data))
    assert summary.formats == {"DICOM": 9, "PNG": 2, "NIfTI": 1, "text": 1}
    assert summary.dimensions["3D"] == summary.volumes == 2
    assert summary.modality_groups["CT"] >= 1 and summary.modality_groups["MRI"] == 1
    assert summary.anatomy_zones["chest"] >= 1 and summary.anatomy_zones["head"] == 1
    found = {code for (code,) in ask(store, version, "SELECT code FROM findings")}
    assert {"unreadable-file", "duplicate-file", "mixed-modality"} <= found
    assert ask(store, version, "SELECT count(*) FROM images WHERE path LIKE 'd01.zip!/%'") == [(13,)]


def test_a_member_of_every_kind_has_exactly_one_row(http_site: Site, store: LocalStorage, settings: Settings) -> None:
    version = pipeline.run(http_site.serve("/d01.zip", mixed_zip()), store, PREFIX, settings=settings)
    rows = ask(store, version, "SELECT count(*), count(DISTINCT file_id), count(DISTINCT path) FROM files")
    assert rows == [(13, 13, 13)]


def test_scanning_an_unchanged_source_again_adds_no_version(
    http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    url = http_site.serve("/d.zip", mixed_zip())
    first = pipeline.run(url, store, PREFIX, settings=settings)
    assert pipeline.run(url, store, PREFIX, settings=settings) == first
    assert versions.numbers(store, PREFIX) == [1]


def test_changed_bytes_make_a_new_version_and_the_old_one_stays(
    http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    first = pipeline.run(http_site.serve("/d.zip", mixed_zip()), store, PREFIX, settings=settings)
    second = pipeline.run(http_site.serve("/d.zip", mixed_zip(shade=9)), store, PREFIX, settings=settings)
    assert (first.number, second.number) == (1, 2)
    assert versions.read(store, PREFIX, 1) == first


def test_another_mode_is_another_version_and_says_what_it_did_not_look_at(
    http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    url = http_site.serve("/d.zip", mixed_zip())
    pipeline.run(url, store, PREFIX, settings=settings)
    headers = pipeline.run(url, store, PREFIX, mode=Mode.HEADERS, settings=settings)
    assert headers.number == 2 and headers.mode is Mode.HEADERS
    assert ask(store, headers, "SELECT count(content_hash) FROM files") == [(0,)]


def test_a_part_is_scanned_with_only(http_site: Site, store: LocalStorage, settings: Settings) -> None:
    url = http_site.serve("/d.zip", mixed_zip())
    version = pipeline.run(url, store, PREFIX, only="ct/*", settings=settings)
    assert version.summary.formats == {"DICOM": 8}
    with pytest.raises(NotFound, match="no/such"):
        pipeline.run(url, store, PREFIX, only="no/such/*", settings=settings)


def test_a_folder_is_scanned_where_it_is(tmp_path: Path, store: LocalStorage, settings: Settings) -> None:
    folder = tmp_path / "my data"
    (folder / "ct").mkdir(parents=True)
    for name, data in dicom_volume(6).items():
        (folder / "ct" / name).write_bytes(data)
    version = pipeline.run(str(folder), store, PREFIX, settings=settings)
    assert (version.summary.files, version.summary.volumes) == (6, 1)
    assert not list(store.list("objects/")), "a local folder is not copied"


def test_no_identifier_reaches_a_table_or_a_document(http_site: Site, store: LocalStorage, settings: Settings) -> None:
    secrets = {"PatientName": "Doe^Jane", "PatientBirthDate": "19700101", "AccessionNumber": "ACC4711"}
    data = zip_of({"1.dcm": dicom_slice(patient_id="MRN0815", InstitutionName="St. Elsewhere", **secrets)})
    version = pipeline.run(http_site.serve("/d.zip", data), store, PREFIX, settings=settings)
    for table in version.tables:
        text = " ".join(str(row) for row in ask(store, version, f"SELECT * FROM {table}"))
        assert not [s for s in (*secrets.values(), "MRN0815", "St. Elsewhere") if s in text], table
    assert "Doe" not in store.read(f"{PREFIX}versions/1/version.json").data.decode()
    assert version.summary.patients == 1
    (message,) = ask(store, version, "SELECT subject || message FROM findings WHERE code = 'identifying-tags'")
    assert "PatientName" in str(message)


def test_an_html_page_under_a_zips_name_is_told_plainly(
    http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    url = http_site.serve("/data.zip", b"<!DOCTYPE html><html><body>Sign in</body></html>")
    with pytest.raises(NotTheData, match="HTML page"):
        pipeline.run(url, store, PREFIX, settings=settings)
    assert versions.latest(store, PREFIX) is None


def test_an_empty_zip_is_an_error_and_not_a_version_of_zeros(
    http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    with pytest.raises(UnreadableContent, match="holds no files"):
        pipeline.run(http_site.serve("/d.zip", zip_of({})), store, PREFIX, settings=settings)


def test_a_zip_that_is_locked_as_a_whole_is_told_plainly(
    http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    with pytest.raises(UnreadableContent, match="has a password"):
        pipeline.run(
            http_site.serve("/d.zip", locked(zip_of({"a.dcm": dicom_slice()}))), store, PREFIX, settings=settings
        )


def locked(data: bytes) -> bytes:
    """The same zip with the bit set that says its members are encrypted."""
    out = bytearray(data)
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := out.find(signature, at + 1)) >= 0:
            out[at + flags_at] |= 1
    return bytes(out)


@pytest.mark.parametrize(
    ("limits", "variable"),
    [
        (Limits(download_bytes=100), "BIODATAMINE_MAX_DOWNLOAD_GB"),
        (Limits(unpacked_bytes=100), "BIODATAMINE_MAX_UNPACKED_GB"),
        (Limits(files=3), "BIODATAMINE_MAX_FILES"),
    ],
)
def test_past_a_limit_the_dataset_fails_with_a_sentence_that_names_it(
    http_site: Site, store: LocalStorage, settings: Settings, limits: Limits, variable: str
) -> None:
    with pytest.raises(LimitExceeded, match=variable):
        pipeline.run(http_site.serve("/d.zip", mixed_zip()), store, PREFIX, settings=replace(settings, limits=limits))
    assert versions.latest(store, PREFIX) is None


class StopsAt:
    """A watcher that does something to the run once it enters a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def report(self, progress: Progress) -> None:
        if progress.stage is self.stage:
            self.act()

    def check(self) -> None: ...

    def act(self) -> None:
        raise Cancelled("stop")


class KillsAt(StopsAt):
    def act(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class KillsBeforeItIsVisible(LocalStorage):
    def put_if_absent(self, key: str, data: bytes) -> str:
        if key.endswith("version.json"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().put_if_absent(key, data)


@pytest.mark.parametrize("stage", Stage)
def test_cancelled_at_any_stage_nothing_is_published_and_nothing_is_left(
    stage: Stage, http_site: Site, store: LocalStorage, settings: Settings
) -> None:
    url = http_site.serve("/d.zip", mixed_zip())
    with pytest.raises(Cancelled):
        pipeline.run(url, store, PREFIX, settings=settings, watcher=StopsAt(stage))
    assert versions.latest(store, PREFIX) is None
    assert not [path for path in (settings.state_dir).rglob("*") if path.is_file()]


def die(url: str, store: LocalStorage, settings: Settings, stage: Stage | None) -> None:
    pipeline.run(url, store, PREFIX, settings=settings, watcher=KillsAt(stage) if stage else None)


@pytest.mark.parametrize("stage", [*Stage, None], ids=lambda stage: stage or "just before it is visible")
def test_killed_at_any_stage_the_old_state_stays_and_the_next_run_completes(
    stage: Stage | None, http_site: Site, tmp_path: Path, settings: Settings
) -> None:
    store = LocalStorage(tmp_path / "store")
    old = pipeline.run(http_site.serve("/d.zip", mixed_zip()), store, PREFIX, settings=settings)
    url = http_site.serve("/d.zip", mixed_zip(shade=9))
    dying_store = store if stage else KillsBeforeItIsVisible(tmp_path / "store")
    process = multiprocessing.get_context("spawn").Process(target=die, args=(url, dying_store, settings, stage))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert versions.latest(store, PREFIX) == old

    new = pipeline.run(url, store, PREFIX, settings=settings)
    assert new.number == 2
    undisturbed = LocalStorage(tmp_path / "other store")
    undisturbed.put(pipeline.STORE_SECRET_KEY, store.read(pipeline.STORE_SECRET_KEY).data)
    other = pipeline.run(url, undisturbed, PREFIX, settings=settings)
    for table in ("files", "series", "clues", "findings", "thumbnails"):
        sql = f"SELECT * FROM {table} ORDER BY ALL"
        assert ask(store, new, sql) == ask(undisturbed, other, sql), table
