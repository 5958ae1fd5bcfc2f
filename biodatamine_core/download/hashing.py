"""Hashes of a file that is still growing: read behind the writers, in order, in a thread once it is worth one."""

import hashlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

_THREAD_FROM_BYTES = 8 << 20
_BLOCK_BYTES = 1 << 20


class Hashing:
    """Digests of the first `position` bytes of a file. A resumed download is read from its beginning as well.

    frontier: tells how many bytes are there without a gap; asked by the thread, which `grown` wakes.
    """

    def __init__(self, path: Path, algorithms: Iterable[str], frontier: Callable[[], int]) -> None:
        self._path, self._algorithms, self._frontier = path, tuple(algorithms), frontier
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_over = False
        self._failure: OSError | None = None
        self._begin()

    def grown(self) -> None:
        """There may be more bytes now; cheap."""
        if self._thread is None:
            if self._frontier() - self.position < _THREAD_FROM_BYTES:
                return
            self._thread = threading.Thread(target=self._follow, daemon=True)
            self._thread.start()
        with self._news:
            self._news.notify()

    def start_over(self) -> None:
        """The bytes so far are not worth anything."""
        self.stop()
        self._begin()

    def finished(self) -> dict[str, str]:
        """Algorithm -> hex digest, up to the frontier. Raises OSError where the file cannot be read back."""
        self.stop()
        if self._failure:
            raise self._failure
        self._advance(lambda: False)
        return {name: digest.hexdigest() for name, digest in self._digests.items()}

    def stop(self) -> None:
        with self._news:
            self._is_over = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _begin(self) -> None:
        self.position = 0
        self._is_over = False
        self._digests = {name: hashlib.new(name) for name in self._algorithms}

    def _follow(self) -> None:
        try:
            while not self._is_over:
                self._advance(lambda: self._is_over)
                with self._news:
                    if not self._is_over and self._frontier() - self.position < _BLOCK_BYTES:
                        self._news.wait()
        except OSError as error:
            self._failure = error

    def _advance(self, is_stopped: Callable[[], bool]) -> None:
        block = memoryview(bytearray(_BLOCK_BYTES))
        with self._path.open("rb", buffering=0) as stream:
            stream.seek(self.position)
            while not is_stopped() and (wanted := min(_BLOCK_BYTES, self._frontier() - self.position)) > 0:
                read = stream.readinto(block[:wanted])
                if not read:
                    raise OSError("the file is shorter than what was written to it")
                for digest in self._digests.values():
                    digest.update(block[:read])
                self.position += read
