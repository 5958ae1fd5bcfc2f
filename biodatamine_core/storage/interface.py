"""What every storage promises. tests/contracts/test_storage.py holds each implementation to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """The bytes under a key, and the tag that put_if_match wants back."""

    data: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a listing. modified_at: seconds since the epoch, UTC. mark: another one after every write."""

    key: str
    size_bytes: int
    modified_at: float
    mark: str = ""


class Storage(Protocol):
    """Bytes by key. A key is "a/b/c": parts of letters, digits and `._-+=@`, no empty part, no "." or "..".

    Every put is atomic: a reader sees the old bytes, the new bytes or nothing, also after kill -9.
    A storage pickles to its description (its url), so that a worker process can open it again.
    """

    @property
    def url(self) -> str:
        """What `storage.connect` takes to open it again."""
        ...

    def read(self, key: str) -> Stored:
        """The whole value: for documents. Raises NotFound."""
        ...

    def open(self, key: str) -> BinaryIO:
        """A seekable, read-only stream over the value. Raises NotFound."""
        ...

    def size_bytes(self, key: str) -> int | None:
        """The value's size, None where the key is absent."""
        ...

    def put(self, key: str, data: bytes) -> str:
        """Write or replace; returns the new etag."""
        ...

    def put_if_absent(self, key: str, data: bytes) -> str:
        """Write only where nothing is; returns the etag. Raises StorageConflict."""
        ...

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        """Replace only what carries this etag; returns the new one. Raises StorageConflict, also for a missing key."""
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Take over a finished local file (it is moved, or uploaded and removed). Replaces what was there."""
        ...

    def delete(self, key: str) -> None:
        """Remove the key; nothing happens where it is absent."""
        ...

    def list(self, prefix: str) -> Iterator[Entry]:
        """All keys below a prefix that ends in "/" (or is empty), sorted. A write under way is not seen."""
        ...

    def local_copy(self, key: str) -> Path:
        """A local file with the value of a key that never changes (an object, a table). Read it, never write it.

        Raises NotFound. The path serves DuckDB and decoders; nothing above storage builds one itself.
        """
        ...

    def remove_unfinished(self, older_than_s: float) -> None:
        """Remove what killed writers left: half uploads, which no listing shows and the disk pays for."""
        ...

    def shared_url(self, key: str, seconds: int) -> str | None:
        """An address at which anybody may read the value for so long; None where the storage has no server."""
        ...
