"""A version's Parquet files under names such as `version://files/0`: who queries them never learns where they lie."""

import io
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

PROTOCOL = "version"


class VersionFiles(AbstractFileSystem):  # type: ignore[misc]
    """These files and nothing else, to be read."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, parquet: Mapping[str, Sequence[Path]]) -> None:
        """parquet: table name -> its files."""
        super().__init__()
        self._paths = {f"{name}/{n}": path for name, paths in parquet.items() for n, path in enumerate(paths)}
        self.names = {
            name: [f"{PROTOCOL}://{name}/{n}" for n, _ in enumerate(paths)] for name, paths in parquet.items()
        }
        """Table name -> what its files are called here."""

    def _at(self, name: str) -> Path:
        path = self._paths.get(str(self._strip_protocol(name)))
        if path is None:
            raise FileNotFoundError(name)
        return path

    def _open(self, path: str, mode: str = "rb", **_: Any) -> "_SharedFile":
        if mode != "rb":
            raise PermissionError(path)
        return _SharedFile(self._at(path))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": self._at(path).stat().st_size, "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        """The file of exactly this name: nothing here is found by a pattern."""
        return [path] if str(self._strip_protocol(path)) in self._paths else []

    def modified(self, path: str) -> datetime:
        """A published file never changes."""
        return datetime.fromtimestamp(0, UTC)


class _SharedFile(io.RawIOBase):
    """A file that several threads seek and read at once: each has its own position, as DuckDB takes for granted."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._size_bytes = os.fstat(self._file.fileno()).st_size
        self._positions: dict[int, int] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._positions.get(threading.get_ident(), 0)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._size_bytes}[whence]
        self._positions[threading.get_ident()] = origin + offset
        return origin + offset

    def read(self, size: int = -1) -> bytes:
        start = self.tell()
        data = os.pread(self._file.fileno(), self._size_bytes - start if size < 0 else size, start)
        self._positions[threading.get_ident()] = start + len(data)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()
