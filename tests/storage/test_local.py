"""What only a folder does: addresses, links across file systems, what crashes leave behind."""

import errno
import os
import time
from pathlib import Path

import pytest

from biodatamine_core import storage
from biodatamine_core.errors import InvalidSetting
from biodatamine_core.storage import LocalStorage
from biodatamine_core.storage.locks import remove_abandoned, unfinished_file


def test_a_relative_address_means_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert storage.connect("data/store").url == str(tmp_path / "data/store")
    assert storage.connect((tmp_path / "a b").as_uri()).url == str(tmp_path / "a b")


def test_an_address_nobody_serves_is_refused_without_its_secrets() -> None:
    with pytest.raises(InvalidSetting, match='BIODATAMINE_STORAGE starts with "ftp://"') as caught:
        storage.connect("ftp://key:geheim@host/folder")
    assert "geheim" not in str(caught.value)


def test_a_file_of_another_file_system_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, path = LocalStorage(tmp_path / "store"), tmp_path / "finished"
    path.write_bytes(b"object")
    rename = Path.replace

    def rename_within_the_store(self: Path, target: Path) -> Path:
        if not self.is_relative_to(store.root):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", rename_within_the_store)
    store.put_file("objects/a", path)
    assert not path.exists()
    assert store.read("objects/a").data == b"object"


def test_what_a_crash_left_is_removed_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    long_ago = time.time() - 100_000
    with unfinished_file(tmp_path) as (alive, stream):
        stream.write(b"half")
        stream.flush()
        dead, young = tmp_path / "dead", tmp_path / "young"
        dead.write_bytes(b"half")
        young.write_bytes(b"half")
        for path in (alive, dead):
            os.utime(path, (long_ago, long_ago))
        remove_abandoned(tmp_path)
        assert (alive.exists(), dead.exists(), young.exists()) == (True, False, True)
    assert not alive.exists()


def test_opening_a_storage_removes_what_its_dead_writers_left(tmp_path: Path) -> None:
    LocalStorage(tmp_path).put("a", b"value")
    dead = tmp_path / ".~unfinished" / "dead"
    dead.write_bytes(b"half")
    os.utime(dead, (1, 1))
    assert [entry.key for entry in storage.connect(str(tmp_path)).list("")] == ["a"]
    assert not dead.exists()
