"""What only a server does: it goes away, refuses, ignores a condition, loses an answer."""

import pickle
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest

from biodatamine_core import storage
from biodatamine_core.errors import InvalidSetting, NotFound, StorageConflict, StorageUnavailable, UnreadableContent
from biodatamine_core.storage import S3Storage, Storage, create_document, read_document, refuse_dishonest, s3_client
from biodatamine_core.storage.ranged_stream import FIRST_WINDOW_BYTES, LARGEST_WINDOW_BYTES
from tests import s3_fronts
from tests.seaweed import SECRET_KEY, Seaweed


@pytest.fixture
def store(seaweed: Seaweed, tmp_path: Path) -> Storage:
    return storage.connect(seaweed.address(), tmp_path)


@pytest.fixture
def with_other_key(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process signs with another secret until the test ends."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "falsch")
    s3_client.client.cache_clear()
    yield
    s3_client.client.cache_clear()


def test_what_it_pickles_to_holds_no_key(store: Storage) -> None:
    store.put("a", b"value")  # the client is made, and stays in this process
    description = pickle.dumps(store)
    assert SECRET_KEY.encode() not in description
    assert SECRET_KEY not in repr(store)


def test_a_server_that_restarts_is_waited_for(store: Storage, seaweed: Seaweed) -> None:
    create_document(store, "a.json", {"count": 1})
    seaweed.kill()
    with ThreadPoolExecutor(2) as threads:
        read = threads.submit(read_document, store, "a.json")
        written = threads.submit(create_document, store, "b.json", {"count": 2})
        seaweed.start()
        assert read.result()[0] == {"count": 1}
        assert written.result() == read_document(store, "b.json")[1]


def test_a_write_whose_answer_was_lost_is_no_conflict(
    seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = seaweed.address()
    with s3_fronts.losing_an_answer(seaweed.endpoint) as endpoint:
        monkeypatch.setenv("BIODATAMINE_S3_ENDPOINT", endpoint)
        store = storage.connect(address, tmp_path)
        etag = store.put_if_absent("version.json", b"ours")
        assert store.put_if_match("version.json", b"next", etag)
        with pytest.raises(StorageConflict):
            store.put_if_absent("version.json", b"late")
    assert store.url == address


def test_a_write_of_which_only_the_head_arrives_changes_nothing(
    store: Storage, seaweed: Seaweed, tmp_path: Path
) -> None:
    heads: list[bytes] = []
    (tmp_path / "file").write_bytes(b"first")

    def remember(request: AWSPreparedRequest, **_: object) -> None:
        lines = "".join(f"{name}: {text(value)}\r\n" for name, value in request.headers.items() if name != "Expect")
        path = urlsplit(request.url).path
        heads.append(f"PUT {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode())

    host = urlsplit(seaweed.endpoint).netloc
    events = s3_client.client(seaweed.endpoint).meta.events
    events.register("before-send.s3.PutObject", remember)
    try:
        etag = store.put("value", b"first")
        store.put_if_match("value", b"first again", etag)
        store.put_file("file", tmp_path / "file")
    finally:
        events.unregister("before-send.s3.PutObject", remember)
    for head in heads:
        with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), timeout=60) as killed:
            killed.sendall(head)
            killed.shutdown(socket.SHUT_WR)
            while killed.recv(1 << 16):
                pass
    assert (len(heads), store.read("value").data, store.read("file").data) == (3, b"first again", b"first")


def text(value: str | bytes) -> str:
    """botocore prepares headers as either."""
    return value.decode() if isinstance(value, bytes) else value


def test_a_service_that_ignores_conditions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with s3_fronts.forgetful() as endpoint:
        monkeypatch.setenv("BIODATAMINE_S3_ENDPOINT", endpoint)
        with pytest.raises(InvalidSetting, match=r"s3://bucket cannot be used: it ignores conditional writes"):
            refuse_dishonest(storage.connect("s3://bucket", tmp_path))


def test_a_service_that_honours_conditions_is_used_and_left_as_it_was(store: Storage, tmp_path: Path) -> None:
    for honest in (store, storage.connect(str(tmp_path / "folder"))):
        refuse_dishonest(honest)
        assert list(honest.list("")) == []


def test_a_wrong_key_is_named_and_not_shown(with_other_key: None, store: Storage) -> None:
    with pytest.raises(InvalidSetting, match=r"refuses the key .*AWS_SECRET_ACCESS_KEY") as caught:
        store.read("a")
    assert "falsch" not in str(caught.value)


def test_a_bucket_that_is_not_there_is_named(seaweed: Seaweed, tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match='no bucket "not-there"'):
        storage.connect("s3://not-there", tmp_path).put("a", b"")


def test_a_server_that_stays_away_is_named(seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client, "PATIENCE_S", 0.1)
    monkeypatch.setenv("BIODATAMINE_S3_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(StorageUnavailable, match=r"http://127\.0\.0\.1:9 does not answer"):
        storage.connect("s3://bucket", tmp_path).read("a")


def test_a_clock_that_is_wrong_is_named(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def yesterday(remove_tzinfo: bool = True) -> datetime:
        now = datetime.now(UTC) - timedelta(days=1)
        return now.replace(tzinfo=None) if remove_tzinfo else now

    monkeypatch.setattr("botocore.auth.get_current_datetime", yesterday)
    with pytest.raises(StorageUnavailable, match="clock of this machine"):
        store.read("a")


@pytest.mark.parametrize(
    "url", ["s3://", "s3://b", "s3://key:geheim@bucket", "s3://bucket/a b", "s3://bucket/../x", "s3://bucket?x=1"]
)
def test_an_address_that_names_no_bucket_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(InvalidSetting, match="must be s3://bucket") as caught:
        storage.connect(url)
    assert "geheim" not in str(caught.value)


def test_a_large_file_goes_up_in_parts_and_comes_back_the_same(store: Storage, tmp_path: Path) -> None:
    path, data = tmp_path / "finished", bytes(range(256)) * (160 << 10)
    path.write_bytes(data)
    store.put_file("objects/a", path)
    assert not path.exists()
    assert store.size_bytes("objects/a") == len(data)
    with store.open("objects/a") as stream:
        assert stream.read() == data
        stream.seek(FIRST_WINDOW_BYTES * 3 + 5)
        assert stream.read(LARGEST_WINDOW_BYTES + 7) == data[FIRST_WINDOW_BYTES * 3 + 5 :][: LARGEST_WINDOW_BYTES + 7]
    assert store.local_copy("objects/a").read_bytes() == data


def test_a_value_that_is_replaced_while_it_is_read_is_not_mixed(store: Storage) -> None:
    store.put("a", b"1" * 2 * FIRST_WINDOW_BYTES)
    with store.open("a") as stream:
        store.put("a", b"2" * 2 * FIRST_WINDOW_BYTES)
        with pytest.raises(UnreadableContent, match="replaced while it was read"):
            stream.read()


def test_a_copy_of_a_damaged_object_is_refused_and_not_kept(store: S3Storage) -> None:
    key = storage.object_key("ab" * 32)
    store.put(key, b"other bytes")
    with pytest.raises(UnreadableContent, match="hash that names it"):
        store.local_copy(key)
    assert [path for path in store.cache.folder.glob("*") if path.is_file()] == []


def test_what_others_keep_in_the_bucket_is_not_listed(seaweed: Seaweed, store: S3Storage) -> None:
    for key in ("ours.json", "their notes.txt"):
        seaweed.client().put_object(Bucket=store.bucket, Key=store.prefix + key, Body=b"")
    assert [entry.key for entry in store.list("")] == ["ours.json"]


def test_two_prefixes_of_a_bucket_are_two_storages(seaweed: Seaweed, tmp_path: Path) -> None:
    bucket = seaweed.address().rpartition("/")[0]
    one, other = storage.connect(f"{bucket}/one", tmp_path), storage.connect(f"{bucket}/one-more/", tmp_path)
    one.put("tables/a", b"1")
    other.put("tables/a", b"2")
    assert (one.local_copy("tables/a").read_bytes(), other.local_copy("tables/a").read_bytes()) == (b"1", b"2")
    one.delete("tables/a")
    with pytest.raises(NotFound):
        one.read("tables/a")
    assert [entry.key for entry in other.list("")] == ["tables/a"]


def test_half_uploads_of_killed_writers_are_removed_once_they_are_old(seaweed: Seaweed, store: S3Storage) -> None:
    def half_uploads() -> int:
        answer = seaweed.client().list_multipart_uploads(Bucket=store.bucket, Prefix=store.prefix)
        return len(answer.get("Uploads", ()))

    seaweed.client().create_multipart_upload(Bucket=store.bucket, Key=f"{store.prefix}objects/a")
    store.remove_unfinished(older_than_s=3600)
    assert half_uploads() == 1
    store.remove_unfinished(older_than_s=-60)
    assert half_uploads() == 0
