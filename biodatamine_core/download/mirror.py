"""What came of files that stay on their server: blocks at their offsets, in one temporary file that goes with them."""

import tempfile
import threading
import weakref
from pathlib import Path

BLOCK_BYTES = 4096


class Mirror:
    """A sparse file for many remote ones, each in a run of its own; it takes the room of what was written.

    Threads share it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed when the mirror goes
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._end = 0

    def allot(self, size_bytes: int) -> int:
        """Where a file of this size begins in the mirror."""
        with self._lock:
            base, blocks = self._end, -(-size_bytes // BLOCK_BYTES)
            self._end += blocks * BLOCK_BYTES
        return base

    def write(self, position: int, data: bytes) -> None:
        with self._lock:
            self._file.seek(position)
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]

    def read(self, position: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(position)
            return self._file.read(length)
