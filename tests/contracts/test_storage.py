"""What every storage promises, held against each implementation."""

import multiprocessing
import os
import pickle
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from biodatamine_core import storage as storages
from biodatamine_core.errors import NotFound, StorageConflict
from biodatamine_core.storage import LocalStorage, Storage, create_document, read_document, update_document
from tests.seaweed import Seaweed

BIG_BYTES = 8_000_000


@pytest.fixture(params=[pytest.param("local", id="local folder"), pytest.param("s3", id="S3")])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """An empty storage of each kind; a new kind adds its parameter here."""
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    if request.param == "s3":
        seaweed: Seaweed = request.getfixturevalue("seaweed")
        return storages.connect(seaweed.address(), tmp_path / "state")
    return storages.connect(str(tmp_path / "store"), tmp_path / "state")


def keys(storage: Storage, prefix: str = "") -> list[str]:
    return [entry.key for entry in storage.list(prefix)]


def test_what_is_put_is_read_again(storage: Storage) -> None:
    etag = storage.put("a/b.json", b"first")
    stored = storage.read("a/b.json")
    assert (stored.data, stored.etag) == (b"first", etag)


def test_put_replaces_and_changes_the_etag(storage: Storage) -> None:
    first, second = storage.put("a", b"first"), storage.put("a", b"second")
    assert storage.read("a").data == b"second"
    assert first != second


def test_an_absent_key_is_not_found(storage: Storage) -> None:
    storage.put("folder/key", b"")
    for absent in ("nothing", "folder", "folder/key/below"):
        for ask in (storage.read, storage.open, storage.local_copy):
            with pytest.raises(NotFound, match=absent):
                ask(absent)
        assert storage.size_bytes(absent) is None


def test_put_if_absent_keeps_what_was_first(storage: Storage) -> None:
    storage.put_if_absent("a", b"first")
    with pytest.raises(StorageConflict):
        storage.put_if_absent("a", b"second")
    assert storage.read("a").data == b"first"


def test_put_if_match_writes_once_for_one_etag(storage: Storage) -> None:
    first = storage.put("a", b"first")
    second = storage.put_if_match("a", b"second", first)
    with pytest.raises(StorageConflict):
        storage.put_if_match("a", b"third", first)
    assert storage.read("a").data == b"second"
    assert storage.read("a").etag == second


def test_put_if_match_does_not_bring_back_what_was_deleted(storage: Storage) -> None:
    etag = storage.put("a", b"first")
    storage.delete("a")
    with pytest.raises(StorageConflict):
        storage.put_if_match("a", b"second", etag)
    assert keys(storage) == []


def test_deleting_twice_is_no_error(storage: Storage) -> None:
    storage.put("a/b", b"1")
    storage.delete("a/b")
    storage.delete("a/b")
    assert keys(storage) == []


def test_a_stream_is_read_by_range(storage: Storage) -> None:
    storage.put("a", bytes(range(256)))
    with storage.open("a") as stream:
        assert stream.seekable()
        stream.seek(100)
        assert stream.read(3) == bytes([100, 101, 102])
        stream.seek(-1, os.SEEK_END)
        assert stream.read(10) == b"\xff"
    assert storage.size_bytes("a") == 256


def test_put_file_takes_the_file_over(storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "finished.part"
    path.write_bytes(b"object")
    storage.put("objects/a", b"older")
    storage.put_file("objects/a", path)
    assert storage.read("objects/a").data == b"object"
    assert not path.exists()


def test_a_local_copy_holds_the_value(storage: Storage) -> None:
    storage.put("objects/a", b"object")
    assert storage.local_copy("objects/a").read_bytes() == b"object"


def test_a_shared_address_opens_without_a_key_where_there_is_a_server(storage: Storage) -> None:
    storage.put("tables/a.parquet", b"value")
    address = storage.shared_url("tables/a.parquet", seconds=60)
    if isinstance(storage, LocalStorage):
        assert address is None
    else:
        assert requests.get(str(address), timeout=30).content == b"value"


def test_a_listing_is_sorted_by_key_and_stays_below_its_prefix(storage: Storage) -> None:
    for key in ("b", "a/2", "a/10", "a-b/1", "a.b", "ab/1", "a/1/x"):
        storage.put(key, key.encode())
    assert keys(storage) == ["a-b/1", "a.b", "a/1/x", "a/10", "a/2", "ab/1", "b"]
    assert keys(storage, "a/") == ["a/1/x", "a/10", "a/2"]
    assert keys(storage, "nothing/") == []
    assert [entry.size_bytes for entry in storage.list("a/1/")] == [5]


def test_the_mark_of_a_key_changes_with_every_write_and_with_nothing_else(storage: Storage) -> None:
    marks = []
    for data in (b"one", b"two", b"six"):
        storage.put("a", data)
        marks += [entry.mark for _ in range(2) for entry in storage.list("")]
    assert marks[::2] == marks[1::2]
    assert len(set(marks)) == 3


def test_a_prefix_is_a_folder(storage: Storage) -> None:
    with pytest.raises(ValueError, match="must end in"):
        list(storage.list("objects/sha"))


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", "./a", "a\\b", "a b", "ä", "a\n", "a/.~locks/b"]
)
def test_a_key_cannot_leave_the_storage(storage: Storage, key: str) -> None:
    for act in (storage.read, storage.open, storage.size_bytes, storage.delete, storage.local_copy):
        with pytest.raises(NotFound, match="cannot be a key"):
            act(key)
    with pytest.raises(NotFound, match="cannot be a key"):
        storage.put(key, b"")


def test_a_storage_pickles_to_its_address(storage: Storage) -> None:
    storage.put("a", b"value")
    again = pickle.loads(pickle.dumps(storage))
    assert again.url == storage.url
    assert again.read("a").data == b"value"
    assert storages.connect(storage.url).read("a").data == b"value"


def increment(address: str, times: int, threads: int = 1) -> None:
    storage = storages.connect(address)

    def add(_: int) -> None:
        for _round in range(times):
            update_document(storage, "counter.json", lambda document: {"count": document["count"] + 1})

    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(add, range(threads)):
            assert done is None


def counted_by_processes(storage: Storage, processes: int, threads: int, times: int) -> object:
    """What a counter says after each thread of each process added one to it so many times."""
    create_document(storage, "counter.json", {"count": 0})
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=increment, args=(storage.url, times, threads)) for _ in range(processes)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * processes
    return read_document(storage, "counter.json")[0]["count"]


def test_twenty_writers_in_several_processes_lose_no_update(storage: Storage) -> None:
    assert counted_by_processes(storage, processes=2, threads=10, times=2) == 40


@pytest.mark.long
def test_twenty_processes_lose_no_update_in_twenty_rounds(storage: Storage) -> None:
    assert counted_by_processes(storage, processes=20, threads=1, times=20) == 400


def test_of_twenty_creators_one_succeeds(storage: Storage) -> None:
    def create(number: int) -> bool:
        try:
            create_document(storage, "version.json", {"by": number})
        except StorageConflict:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        won = [number for number, success in enumerate(threads.map(create, range(20))) if success]
    assert len(won) == 1
    assert read_document(storage, "version.json")[0] == {"by": won[0]}


def write_for_ever(address: str, ready: "multiprocessing.synchronize.Event") -> None:
    storage = storages.connect(address)
    while True:
        for letter in (b"a", b"b"):
            storage.put("value", letter * BIG_BYTES)
            ready.set()


@pytest.mark.parametrize(
    "delay_s", [0.009, *(pytest.param(delay_s, marks=pytest.mark.long) for delay_s in (0.0, 0.004, 0.015))]
)
def test_a_killed_writer_leaves_the_old_value_or_the_new_and_no_lock(storage: Storage, delay_s: float) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    writer = spawn.Process(target=write_for_ever, args=(storage.url, ready))
    writer.start()
    assert ready.wait(30)
    writer.join(delay_s)  # somewhere in the middle of a write
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    data = storage.read("value").data
    assert data in (b"a" * BIG_BYTES, b"b" * BIG_BYTES)
    assert keys(storage) == ["value"]
    storage.put("value", b"next")  # would wait for ever for a lock that was not freed
    assert storage.read("value").data == b"next"
