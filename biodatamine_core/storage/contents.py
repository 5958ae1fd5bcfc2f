"""Contents where they lie: a local file, a local folder, an object in a storage. Each pickles to a description."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from biodatamine_core.errors import NotFound
from biodatamine_core.storage.interface import Storage


def object_key(sha256: str) -> str:
    """Where the bytes with this hash are stored: "objects/sha256/ab/abcd...", once for everybody."""
    return f"objects/sha256/{sha256[:2]}/{sha256}"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Raw bytes in a storage, as they came. name: what a person calls it, since its key is only a hash."""

    storage: Storage
    key: str
    name: str
    sha256: str
    size_bytes: int

    @property
    def identity(self) -> str:
        return f"sha256:{self.sha256}"

    def open(self) -> BinaryIO:
        return self.storage.open(self.key)


def store_object(storage: Storage, path: Path, sha256: str, name: str) -> StoredObject:
    """Take over a finished local file with this hash; where the storage holds its bytes already, the file just goes."""
    key, size_bytes = object_key(sha256), path.stat().st_size
    if storage.size_bytes(key) == size_bytes:
        path.unlink()
    else:
        storage.put_file(key, path)
    return StoredObject(storage, key, name, sha256, size_bytes)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that is read where it is. Its identity changes with its place, its size and its modification time."""

    path: Path
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", self.path.absolute())
        object.__setattr__(self, "name", self.name or readable(self.path.name))

    @property
    def identity(self) -> str:
        facts = self._stat()
        return f"file:{_fingerprint([(os.fspath(self.path.resolve()), facts.st_size, facts.st_mtime_ns)])}"

    @property
    def size_bytes(self) -> int:
        return self._stat().st_size

    def open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except FileNotFoundError as error:
            raise _gone(self.path) from error

    def _stat(self) -> os.stat_result:
        try:
            return self.path.stat()
        except FileNotFoundError as error:
            raise _gone(self.path) from error


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder that is read where it is. Its identity changes with the listing: a path, a size, a modification time.

    Links are listed and not followed: nothing outside the folder is read. So is what is neither file nor folder,
    and a folder that may not be opened.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", self.path.resolve())

    @property
    def name(self) -> str:
        return readable(self.path.name) or readable(str(self.path))

    @property
    def identity(self) -> str:
        def listing() -> Iterator[tuple[str, int, int]]:
            for path, entry in self._walk():
                facts = _facts(entry)
                yield path, *((facts.st_size, facts.st_mtime_ns) if facts else (-1, -1))

        return f"folder:{_fingerprint(listing())}"

    @property
    def size_bytes(self) -> int:
        return sum(facts.st_size for _, entry in self._walk() if (facts := _facts(entry)))

    def entries(self) -> Iterator[tuple[str, LocalFile | None]]:
        for path, entry in self._walk():
            shown = readable(path)
            is_file = entry.is_file(follow_symlinks=False)
            yield shown, LocalFile(Path(entry.path), shown.rsplit("/", 1)[-1]) if is_file else None

    def entry(self, path: str) -> LocalFile | None:
        place = self.path / path
        is_followed = place.is_file() and place.resolve() == place  # a link on the way would resolve elsewhere
        return LocalFile(place, path.rsplit("/", 1)[-1]) if is_followed else None

    def _walk(self) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
        """(relative path, entry) of everything but the folders, sorted by path."""
        try:
            waiting = _listing(os.fspath(self.path), "")
        except OSError as error:
            raise NotFound(f'the folder "{readable(str(self.path))}" cannot be listed: {error.strerror}.') from error
        while waiting:
            path, entry = waiting.pop()
            if not path.endswith("/"):
                yield path, entry
                continue
            try:
                waiting.extend(_listing(entry.path, path))
            except OSError:
                yield path.rstrip("/"), entry


def readable(path: str) -> str:
    r"""The path as text that every table and page can hold; bytes that are no UTF-8 are shown as \xff."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _listing(folder: str, prefix: str) -> "list[tuple[str, os.DirEntry[str]]]":
    """What is in one folder, last first. A folder "a" is called "a/", so that it sorts as its files' paths do."""
    with os.scandir(folder) as scan:
        found = [(f"{prefix}{e.name}/" if e.is_dir(follow_symlinks=False) else prefix + e.name, e) for e in scan]
    return sorted(found, key=lambda pair: pair[0], reverse=True)


def _facts(entry: "os.DirEntry[str]") -> os.stat_result | None:
    """Size and time of a regular file; None for what is not read, and for what was deleted meanwhile."""
    try:
        return entry.stat(follow_symlinks=False) if entry.is_file(follow_symlinks=False) else None
    except FileNotFoundError:
        return None


def _fingerprint(listing: Iterable[tuple[str, int, int]]) -> str:
    digest = hashlib.sha256()
    for path, size_bytes, mtime_ns in listing:
        digest.update(f"{size_bytes} {mtime_ns} ".encode() + os.fsencode(path) + b"\0")
    return digest.hexdigest()


def _gone(path: Path) -> NotFound:
    return NotFound(f'"{readable(str(path))}" is not there any more; was it moved or renamed?')
