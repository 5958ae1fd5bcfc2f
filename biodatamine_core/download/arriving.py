"""A file on its way, for a process beside the download: it reads what came, and waits for the rest."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from biodatamine_core.download.partial import Part, arrived
from biodatamine_core.errors import DownloadFailed
from biodatamine_core.storage.ranged_stream import ranged_stream

FOLLOWED_FROM_BYTES = 16 << 20
"""Of a file: a smaller one is there before a second process is."""
_LOOK_EVERY_S = 0.1


class NoLongerArriving(DownloadFailed):
    """It began anew, with other bytes than those that were read."""


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """A Content over a partial download of one generation; it pickles to a description.

    What is read of it counts only if the object that is stored in the end is of the same generation.
    """

    path: Path
    name: str
    size_bytes: int
    generation: str

    @property
    def identity(self) -> str:
        return f"arriving:{self.generation}"

    def open(self) -> BinaryIO:
        return ranged_stream(_growing(self).read, self.size_bytes)


_meanwhile: list[Callable[[], None]] = []


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Within it act is called several times a second while this process waits for bytes, by the thread that waits."""
    _meanwhile.append(act)
    try:
        yield
    finally:
        _meanwhile.remove(act)


class _Growing:
    """The open file and what is known to be there of it. It stays open: the finished file is moved away."""

    def __init__(self, file: ArrivingFile) -> None:
        self.file = file
        self._stream = file.path.open("rb", buffering=0)
        self._parts: list[Part] = []

    def close(self) -> None:
        self._stream.close()

    def read(self, start: int, stop: int) -> bytes:
        """These bytes, or the first of them, once one is there. Raises NoLongerArriving."""
        until = self._known_until(start)
        if until <= start:
            self._look()
        while (until := self._known_until(start)) <= start:
            for act in _meanwhile:
                act()
            time.sleep(_LOOK_EVERY_S)
            self._look()
        data = os.pread(self._stream.fileno(), min(stop, until) - start, start)
        if not data:
            raise NoLongerArriving(f"{self.file.name} began anew while it was downloaded.")
        return data

    def _known_until(self, start: int) -> int:
        """The end of the part that holds this byte, as far as it came; 0 where nobody knows of one."""
        return next((part.next_byte for part in self._parts if part.start <= start < part.next_byte), 0)

    def _look(self) -> None:
        try:
            generation, self._parts = arrived(self.file.path)
        except FileNotFoundError:  # whole and stored; or begun anew, and then nothing that is read here counts
            self._parts = [Part(0, self.file.size_bytes, self.file.size_bytes)]
            return
        if generation != self.file.generation:
            raise NoLongerArriving(f"{self.file.name} began anew while it was downloaded.")


_latest: dict[str, _Growing] = {}
"""What was opened last in this process."""


def _growing(file: ArrivingFile) -> _Growing:
    if file.identity not in _latest:
        growing = _Growing(file)
        for other in _latest.values():
            other.close()
        _latest.clear()
        _latest[file.identity] = growing
    return _latest[file.identity]
