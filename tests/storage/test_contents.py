"""Contents where they lie: what they are called, when they count as changed, and what is not followed."""

import os
import pickle
from pathlib import Path

import pytest

from biodatamine_core.errors import NotFound
from biodatamine_core.storage import LocalFile, LocalFolder, LocalStorage, StoredObject, object_key, store_object

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of b"test"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("b/2.dcm", "b/10.dcm", "b-1.png", "a.nii"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def paths(folder: Path) -> list[str]:
    return [path for path, _ in LocalFolder(folder).entries()]


def test_a_folder_lists_its_files_sorted_by_path(folder: Path) -> None:
    entries = dict(LocalFolder(folder).entries())
    assert list(entries) == ["a.nii", "b-1.png", "b/10.dcm", "b/2.dcm"]
    for path, content in entries.items():
        assert content is not None
        with content.open() as stream:
            assert (stream.read(), content.name, content.size_bytes) == (path.encode(), Path(path).name, len(path))


def test_links_and_special_files_are_listed_and_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_bytes(b"secret")
    (folder / "b" / "link-to-folder").symlink_to(tmp_path / "secret")
    (folder / "link-to-file").symlink_to(tmp_path / "secret" / "key")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    refused = [path for path, content in LocalFolder(folder).entries() if content is None]
    assert refused == ["b/link-to-folder", "link-to-file", "loop", "pipe"]
    assert LocalFolder(folder).size_bytes == sum(len(path) for path in paths(folder) if path not in refused)


def test_a_name_that_is_no_utf8_is_shown_escaped_and_can_be_read(folder: Path) -> None:
    (folder / os.fsdecode(b"m\xfcller.dcm")).write_bytes(b"bytes")
    content = dict(LocalFolder(folder).entries())["m\\xfcller.dcm"]
    assert content is not None
    with pickle.loads(pickle.dumps(content)).open() as stream:
        assert stream.read() == b"bytes"
    assert content.identity.startswith("file:")
    assert LocalFolder(folder).identity.startswith("folder:")


def test_folders_may_be_nested_deeper_than_python_recurses(tmp_path: Path) -> None:
    levels = [tmp_path / "/".join(["d"] * depth) for depth in range(1, 1200)]
    for level in levels:
        level.mkdir()
    (levels[-1] / "1.dcm").write_bytes(b"")
    assert paths(tmp_path) == ["d/" * 1199 + "1.dcm"]
    (levels[-1] / "1.dcm").unlink()
    for level in reversed(levels):  # pytest removes its folders by recursion
        level.rmdir()


def test_an_empty_folder_has_no_entries(tmp_path: Path) -> None:
    assert (paths(tmp_path), LocalFolder(tmp_path).size_bytes) == ([], 0)


@pytest.mark.parametrize("kind", [LocalFile, LocalFolder])
def test_what_is_gone_is_not_found(tmp_path: Path, kind: type[LocalFile] | type[LocalFolder]) -> None:
    with pytest.raises(NotFound, match="gone"):
        _ = kind(tmp_path / "gone").identity


def test_a_file_is_the_same_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"first")
    before = LocalFile(path).identity
    assert LocalFile(path).identity == before
    path.write_bytes(b"longer than first")
    assert LocalFile(path).identity != before
    assert LocalFile(path).name == "a.zip"


@pytest.mark.parametrize("change", ["changed", "added", "removed", "renamed", "touched"])
def test_a_folder_is_the_same_until_its_listing_changes(folder: Path, change: str) -> None:
    before = LocalFolder(folder).identity
    assert LocalFolder(folder).identity == before
    path = folder / "b" / "2.dcm"
    if change == "changed":
        path.write_bytes(b"longer than before")
    elif change == "added":
        (folder / "b" / "3.dcm").write_bytes(b"")
    elif change == "removed":
        path.unlink()
    elif change == "renamed":
        path.rename(folder / "b" / "4.dcm")
    else:
        os.utime(path, ns=(1, 1))
    assert LocalFolder(folder).identity != before


def test_a_stored_object_is_known_by_its_hash_and_pickles(tmp_path: Path) -> None:
    path = tmp_path / "finished"
    path.write_bytes(b"test")
    stored = store_object(LocalStorage(tmp_path / "store"), path, SHA256, "chest.zip")
    again: StoredObject = pickle.loads(pickle.dumps(stored))
    assert (again.name, again.identity, again.size_bytes) == ("chest.zip", f"sha256:{SHA256}", 4)
    assert again.key == object_key(SHA256) == f"objects/sha256/9f/{SHA256}"
    with again.open() as stream:
        assert stream.read() == b"test"


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    store = LocalStorage(tmp_path / "store")
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(b"test")
        store_object(store, tmp_path / name, SHA256, name)
        assert not (tmp_path / name).exists()
        os.utime(store.local_copy(object_key(SHA256)), (1, 1))
    assert [(entry.key, entry.modified_at) for entry in store.list("")] == [(object_key(SHA256), 1.0)]
