"""A storage is moved whole, looked through for damage, and freed only of what nothing refers to."""

import io
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from biodatamine_core import jobs, pipeline, storage, upkeep, workspaces
from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import Mode, Version
from biodatamine_core.settings import Settings
from biodatamine_core.sources import store_upload
from biodatamine_core.storage import LocalStorage, Storage, object_key
from tests.builders import picture
from tests.seaweed import Seaweed

LONG_AGO = time.time() - 2 * upkeep.SPARED_S
PREFIX = "workspaces/default/datasets/pictures-1/"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> LocalStorage:
    """One dataset of an upload, published."""
    folder = tmp_path_factory.mktemp("scanned")
    store = LocalStorage(folder / "store")
    address = upload(store, "a.png", picture())
    workspaces.open_workspace(Settings(store.url, folder / "state")).scan(address)
    return store


@pytest.fixture
def store(scanned: LocalStorage, tmp_path: Path) -> LocalStorage:
    """The same, for one test to change."""
    return LocalStorage(Path(shutil.copytree(scanned.root, tmp_path / "store")))


def upload(store: Storage, name: str, data: bytes) -> str:
    return store_upload(store, [(name, io.BytesIO(data))])


def aged(store: LocalStorage) -> LocalStorage:
    for entry in store.list(""):
        os.utime(store.root / entry.key, (LONG_AGO, LONG_AGO))
    return store


def version_of(store: Storage) -> Version:
    dataset = workspaces.open_workspace(Settings(store.url)).datasets()[0]
    return dataset.published()


def keys(store: Storage, prefix: str = "") -> set[str]:
    return {entry.key for entry in store.list(prefix)}


def test_a_sound_storage_has_no_damage_and_nothing_loose(store: LocalStorage) -> None:
    state = upkeep.check(aged(store))
    assert (state.damages, state.unreferenced, state.spared) == ((), (), ())
    assert state.keys == len(keys(store))


def an_object(store: LocalStorage) -> str:
    return version_of(store).contents[0].place


def a_table(store: LocalStorage) -> str:
    return version_of(store).tables["series"][0]


def a_document(store: LocalStorage) -> str:
    return next(key for key in keys(store) if key.endswith("dataset.json"))


@pytest.mark.parametrize(
    ("which", "problem"),
    [
        pytest.param(an_object, "not the one that names it", id="object"),
        pytest.param(a_table, "no whole Parquet table", id="table"),
        pytest.param(a_document, "no JSON document", id="document"),
    ],
)
def test_what_was_cut_is_damage(store: LocalStorage, which: Callable[[LocalStorage], str], problem: str) -> None:
    key = which(store)
    store.put(key, store.read(key).data[:-20])
    assert [(damage.key, problem in damage.problem) for damage in upkeep.check(store).damages] == [(key, True)]


@pytest.mark.parametrize("which", [an_object, a_table])
def test_what_is_missing_is_damage_that_names_who_needs_it(
    store: LocalStorage, which: Callable[[LocalStorage], str]
) -> None:
    key = which(store)
    store.delete(key)
    damages = upkeep.check(store).damages
    assert [damage.key for damage in damages] == [key]
    assert "refers to it" in damages[0].problem


def test_what_nothing_refers_to_is_removed_and_all_else_stays(store: LocalStorage) -> None:
    before = keys(store)
    upload(store, "never added.png", picture(shade=1))
    version_folder = a_table(store).split("series/")[0]
    store.put(f"{version_folder}series/killed.parquet", b"half")
    store.put(
        "workspaces/default/datasets/deleted-halfway/versions/1/version.json",
        store.read(f"{version_folder}version.json").data,
    )
    store.put("probes/killed", b"")
    assert upkeep.check(store).unreferenced == ()  # everything is young
    state = upkeep.check(aged(store))
    assert {entry.key for entry in upkeep.remove(store, state)} == {entry.key for entry in state.unreferenced}
    assert keys(store) == before


def test_what_a_live_job_names_is_spared(store: LocalStorage) -> None:
    address = upload(store, "b.png", picture(shade=1))
    loose = keys(store)
    jobs.create(
        store,
        workspace="default",
        dataset_id="pictures-1",
        prefix=PREFIX,
        url=address,
        mode=Mode.FULL,
        only=None,
        by="ana",
    )
    store.put(f"{PREFIX}versions/1/files/under-way.parquet", b"half")
    state = upkeep.check(aged(store))
    assert state.unreferenced == ()
    assert {entry.key for entry in state.spared} == {f"{PREFIX}versions/1/files/under-way.parquet"}
    assert loose <= keys(store)


def test_nothing_is_removed_while_a_version_cannot_be_read(store: LocalStorage) -> None:
    key = f"{a_table(store).split('series/')[0]}version.json"
    upload(store, "never added.png", picture(shade=1))
    store.put(key, b"{")
    state = upkeep.check(aged(store))
    with pytest.raises(UnreadableContent, match="Nothing was removed"):
        upkeep.remove(store, state)


def test_a_version_outside_of_all_workspaces_keeps_what_it_names(tmp_path: Path) -> None:
    store = LocalStorage(tmp_path / "store")
    address = upload(store, "a.png", picture())
    pipeline.run(address, store, "notebook/", settings=Settings(str(store.root), tmp_path / "state"))
    state = upkeep.check(aged(store))
    assert [entry.key.split("/")[0] for entry in state.unreferenced] == ["uploads"]
    assert state.damages == ()


def test_a_copy_on_another_storage_works_and_a_second_one_sends_nothing(
    store: LocalStorage, seaweed: Seaweed, tmp_path: Path
) -> None:
    bucket = storage.connect(seaweed.address(), tmp_path / "state")
    first = upkeep.copy(store, bucket, tmp_path / "scratch")
    assert (first.copied, first.present) == (len(keys(store)), 0)
    assert keys(bucket) == keys(store)
    assert upkeep.check(bucket).damages == ()
    store.put("workspaces/default/workspace.json", b"{}")
    again = upkeep.copy(store, bucket, tmp_path / "scratch")
    assert (again.copied, again.present) == (1, len(keys(store)) - 1)
    back = LocalStorage(tmp_path / "back")
    upkeep.copy(bucket, back, tmp_path / "scratch")
    assert {key: back.read(key).data for key in keys(back)} == {key: store.read(key).data for key in keys(store)}


def test_a_copy_that_was_broken_off_goes_on_and_mends_what_differs(store: LocalStorage, tmp_path: Path) -> None:
    target, key = LocalStorage(tmp_path / "target"), an_object(store)
    target.put(key, bytes(len(store.read(key).data)))  # the right size, other bytes
    target.put("theirs.json", b"{}")
    upkeep.copy(store, target, tmp_path / "scratch")
    assert target.read(key).data == store.read(key).data
    assert keys(target) == keys(store) | {"theirs.json"}


def test_a_damaged_object_is_not_copied(store: LocalStorage, tmp_path: Path) -> None:
    store.put(object_key("ab" * 32), b"other bytes")
    with pytest.raises(UnreadableContent, match="is damaged"):
        upkeep.copy(store, LocalStorage(tmp_path / "target"), tmp_path / "scratch")
