"""A version's contents are found again, or it is said why they are not."""

import os
from pathlib import Path

import pytest

from biodatamine_core.errors import NotFound, UnreadableContent
from biodatamine_core.records import Content
from biodatamine_core.storage import (
    LocalFile,
    LocalFolder,
    LocalStorage,
    content_of,
    origin_of,
    store_object,
)

SHA256 = "ab" * 32


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def written(path: Path, data: bytes = b"voxels") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_each_kind_of_content_is_found_again(store: LocalStorage, tmp_path: Path) -> None:
    stored = store_object(store, written(tmp_path / "download"), SHA256, "chest.zip")
    contents = [stored, LocalFile(written(tmp_path / "data" / "ct.zip")), LocalFolder(tmp_path / "data")]
    for content in contents:
        origin = origin_of(content)  # type: ignore[arg-type]
        assert origin is not None
        assert content_of(origin, store) == content


def test_a_file_that_changed_since_is_refused(store: LocalStorage, tmp_path: Path) -> None:
    path = written(tmp_path / "ct.zip")
    origin = origin_of(LocalFile(path))
    assert origin is not None
    os.utime(path, ns=(1, 1))
    with pytest.raises(UnreadableContent, match=r"ct\.zip changed since it was scanned"):
        content_of(origin, store)


def test_what_is_gone_is_said_to_be_gone(store: LocalStorage, tmp_path: Path) -> None:
    stored = store_object(store, written(tmp_path / "download"), SHA256, "chest.zip")
    file = LocalFile(written(tmp_path / "data" / "ct.zip"))
    origins = [origin_of(stored), origin_of(file), origin_of(LocalFolder(tmp_path / "data"))]
    store.delete(stored.key)
    file.path.unlink()
    file.path.parent.rmdir()
    for origin in origins:
        assert origin is not None
        with pytest.raises(NotFound, match="any more"):
            content_of(origin, store)


def test_bytes_in_memory_have_no_place_to_find_them_at() -> None:
    class Memory:
        name = identity = "memory"
        size_bytes = 0

        def open(self) -> None: ...

    content: Content = Memory()  # type: ignore[assignment]
    assert origin_of(content) is None
