"""A folder as a storage: every write is a temporary file that is renamed into its place."""

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from biodatamine_core.errors import NotFound, StorageConflict
from biodatamine_core.storage.interface import Entry, Stored
from biodatamine_core.storage.keys import PART, parts_of, parts_of_prefix
from biodatamine_core.storage.locks import exclusive, remove_abandoned, unfinished_file

# "~" is in no key, so that no key can name these two folders.
_UNFINISHED = ".~unfinished"
_LOCKS = ".~locks"
_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """Keys are paths below `root`. Several processes may share it, also over NFS where its locks work.

    All writers of a key hold one lock, so that "compare, then rename" is one step for them; readers need none,
    a rename shows them the old file or the new one. The etag is a hash of the bytes. On Windows a file cannot be
    replaced while somebody reads it; a write then fails with PermissionError and leaves the old value.
    """

    root: Path

    @staticmethod
    def serves(url: str) -> bool:
        """A path, or a file: URL."""
        return url.startswith("file:") or "://" not in url

    @classmethod
    def connect(cls, url: str, state_dir: Path | None = None) -> "LocalStorage":
        """Open the folder, which need not exist yet. It keeps no local copies, so state_dir is not used."""
        storage = cls(Path(_path_in(url)).expanduser().absolute())
        remove_abandoned(storage.root / _UNFINISHED)
        return storage

    @property
    def url(self) -> str:
        return str(self.root)

    def read(self, key: str) -> Stored:
        with self.open(key) as stream:
            data = stream.read()
        return Stored(data, _etag(data))

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise self._not_found(key) from error

    def size_bytes(self, key: str) -> int | None:
        path = self._path(key)
        try:
            return path.stat().st_size if path.is_file() else None
        except FileNotFoundError:
            return None  # deleted between the two questions

    def put(self, key: str, data: bytes) -> str:
        return self._write(key, data)

    def put_if_absent(self, key: str, data: bytes) -> str:
        return self._write(key, data, only_if_absent=True)

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        return self._write(key, data, only_if_etag=etag)

    def put_file(self, key: str, path: Path) -> None:
        target = self._path(key)
        with path.open("r+b") as stream:
            os.fsync(stream.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._lock(key):
                path.replace(target)
                _sync_folder(target.parent)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with path.open("rb") as source, unfinished_file(self.root / _UNFINISHED) as (unfinished, stream):
                shutil.copyfileobj(source, stream, _COPY_BYTES)
                _finish(stream)
                with self._lock(key):
                    self._move(unfinished, target)
            path.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        with self._lock(key):
            self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[Entry]:
        yield from _entries(self.root.joinpath(*parts_of_prefix(prefix)), prefix)

    def local_copy(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise self._not_found(key)
        return path

    def remove_unfinished(self, older_than_s: float) -> None:
        remove_abandoned(self.root / _UNFINISHED, older_than_s)

    def shared_url(self, key: str, seconds: int) -> str | None:
        return None

    def _path(self, key: str) -> Path:
        return self.root.joinpath(*parts_of(key))

    def _lock(self, key: str) -> AbstractContextManager[None]:
        # 256 lock files serve all keys: a lock is held for one rename, and the folder never grows.
        return exclusive(self.root / _LOCKS / hashlib.sha256(key.encode()).hexdigest()[:2])

    def _write(self, key: str, data: bytes, only_if_absent: bool = False, only_if_etag: str | None = None) -> str:
        target = self._path(key)
        with unfinished_file(self.root / _UNFINISHED) as (unfinished, stream):
            stream.write(data)
            _finish(stream)
            with self._lock(key):
                if only_if_absent and target.exists():
                    raise StorageConflict(f'"{key}" exists already; somebody else was first.')
                if only_if_etag is not None and self._etag_now(target) != only_if_etag:
                    raise StorageConflict(f'"{key}" was changed by somebody else in the meantime; read it again.')
                self._move(unfinished, target)
        return _etag(data)

    def _move(self, unfinished: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(target)
        _sync_folder(target.parent)

    def _etag_now(self, path: Path) -> str | None:
        try:
            return _etag(path.read_bytes())
        except FileNotFoundError:
            return None

    def _not_found(self, key: str) -> NotFound:
        return NotFound(f'nothing is stored under "{key}" in {self.root}.')


def _path_in(url: str) -> str:
    """The path in a file: URL; anything else is one."""
    if not url.startswith("file:"):
        return url
    from urllib.request import url2pathname  # 13 ms for an HTTP client, in every worker of a scan

    return url2pathname(urlsplit(url).path)


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _finish(stream: BinaryIO) -> None:
    """Bring every byte to the disk, then close: Windows renames only closed files."""
    stream.flush()
    os.fsync(stream.fileno())
    stream.close()


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows has no such call and needs none."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _entries(folder: Path, prefix: str) -> Iterator[Entry]:
    """Files below a folder in the order of their keys: a folder "a" sorts as "a/", after "a-b"."""
    try:
        with os.scandir(folder) as scan:
            found = [(f"{entry.name}/" if entry.is_dir() else entry.name, entry) for entry in scan]
    except (FileNotFoundError, NotADirectoryError):
        return
    for name, entry in sorted(found, key=lambda pair: pair[0]):
        if not PART.match(entry.name):
            continue
        if name.endswith("/"):
            yield from _entries(folder / entry.name, prefix + name)
            continue
        try:
            facts = entry.stat()
        except FileNotFoundError:
            continue  # deleted while the listing was under way
        # Every write is a new file: two within one tick of the clock have different numbers.
        yield Entry(prefix + name, facts.st_size, facts.st_mtime, f"{facts.st_mtime_ns}-{facts.st_ino}")
