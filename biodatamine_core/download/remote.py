"""A file on a server, read by ranges: what is asked for comes once, what will be asked for comes ahead and together."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import BinaryIO, Protocol

from biodatamine_core.download import space
from biodatamine_core.download.mirror import BLOCK_BYTES, Mirror
from biodatamine_core.readers import HEAD_BYTES
from biodatamine_core.records import Artifact, ProblemKind, UnreadableMember, Validator
from biodatamine_core.storage.ranged_stream import ranged_stream

_START_BYTES = HEAD_BYTES + (2 << 10)
"""Of a member: what its reader begins with, and what an archive puts in front of it."""
_GAP_BYTES = 64 << 10
"""Nearer neighbours come in one request: at 10 MB/s such a gap takes 6 ms, a request of its own tens of them."""
_MOST_AT_ONCE_BYTES = 2 << 20
"""Of one request ahead: several of them share a line."""
_FIRST_STEP_BYTES, _LARGEST_STEP_BYTES = 72 << 10, 8 << 20
"""Of what nobody told ahead: a look, and the long reading of a directory, which doubles."""
_TICK_S = 0.1
_ABSENT, _HERE, _ASKED = range(3)


class Server(Protocol):
    """Who brings bytes of remote files: by_range.ByRange."""

    check: Callable[[], None]

    def begin(self, artifact: Artifact, validator: Validator, start: int, stop: int) -> "Future[bytes]": ...

    def raise_failure(self) -> None: ...


class RemoteFile:
    """A DistantContent. Read by one thread; others bring its bytes.

    identity: of what the server says of the file, since its bytes are not known. fetched_bytes: so far.
    """

    def __init__(
        self, server: Server, artifact: Artifact, size_bytes: int, validator: Validator, mirror: Mirror, head: bytes
    ) -> None:
        self.name, self.size_bytes = artifact.name, size_bytes
        self.identity = _identity(artifact, validator, size_bytes)
        self._server, self._artifact, self._validator, self._mirror = server, artifact, validator, mirror
        self._base = mirror.allot(size_bytes)
        self._blocks = bytearray(-(-size_bytes // BLOCK_BYTES))
        self._lock = threading.Lock()
        self._under_way: list[tuple[int, int, Future[None]]] = []
        self._last_step = (0, 0)
        self.fetched_bytes = 0
        self._put(0, head)

    def open(self) -> BinaryIO:
        return ranged_stream(self._read, self.size_bytes)

    def arrived(self) -> "Arrived":
        return Arrived(self)

    def raise_failure(self) -> None:
        self._server.raise_failure()

    def expect(self, places: Sequence[tuple[int, int]]) -> None:
        self._under_way = [part for part in self._under_way if not part[2].done()]
        runs: list[tuple[int, int]] = []
        for start, stop in sorted(places):
            start, stop = max(0, start), min(stop, start + _START_BYTES, self.size_bytes)
            if start >= stop:
                continue
            is_near = bool(runs) and start - runs[-1][1] <= _GAP_BYTES and stop - runs[-1][0] <= _MOST_AT_ONCE_BYTES
            if is_near:
                runs[-1] = (runs[-1][0], max(stop, runs[-1][1]))
            else:
                runs.append((start, stop))
        for start, stop in runs:
            self._ask_for(start // BLOCK_BYTES, -(-stop // BLOCK_BYTES))

    def here(self, start: int, stop: int) -> bytes:
        """What came of these bytes, from start up to the first that did not."""
        first, last = start // BLOCK_BYTES, -(-stop // BLOCK_BYTES)
        ends = [at for state in (_ABSENT, _ASKED) if (at := self._blocks.find(state, first, last)) >= 0]
        end = min([stop, *(at * BLOCK_BYTES for at in ends)])
        return self._mirror.read(self._base + start, end - start) if end > start else b""

    def _read(self, start: int, stop: int) -> bytes:
        """Some bytes from start on, at least one; waits for them."""
        while not (data := self.here(start, stop)):
            self._server.raise_failure()
            block = start // BLOCK_BYTES
            if self._blocks[block] == _ABSENT:
                self._step(block, -(-stop // BLOCK_BYTES))
            future = next(future for first, last, future in self._under_way if first <= block < last)
            while not wait([future], _TICK_S).done:
                self._server.check()
            future.result()
        return data

    def _step(self, block: int, last: int) -> None:
        """Ask for what nobody told ahead: more at a time where it goes on where the last step ended."""
        length, ended = self._last_step
        length = min(2 * length, _LARGEST_STEP_BYTES) if block == ended else _FIRST_STEP_BYTES
        last = min(last, block + length // BLOCK_BYTES)
        self._last_step = (length, last)
        self._ask_for(block, last)

    def _ask_for(self, first: int, last: int) -> None:
        """Begin to bring the absent blocks of a run, in one request from the first of them to the last."""
        first = self._blocks.find(_ABSENT, first, last)
        if first < 0:
            return
        last = self._blocks.rfind(_ABSENT, first, last) + 1
        with self._lock:
            self._blocks[first:last] = self._blocks[first:last].replace(bytes([_ABSENT]), bytes([_ASKED]))
        start, stop = first * BLOCK_BYTES, min(last * BLOCK_BYTES, self.size_bytes)
        brought = self._server.begin(self._artifact, self._validator, start, stop)
        here: Future[None] = Future()
        brought.add_done_callback(lambda done: self._take(start, done, here))
        self._under_way.append((first, last, here))

    def _take(self, start: int, brought: "Future[bytes]", here: "Future[None]") -> None:
        try:
            self._put(start, brought.result())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits for these bytes
            here.set_exception(error)
        else:
            here.set_result(None)

    def _put(self, start: int, data: bytes) -> None:
        """Data ends with a block, or with the file."""
        with space.full_disk_in_words(self._mirror.folder, self.name):
            self._mirror.write(self._base + start, data)
        first, last = start // BLOCK_BYTES, -(-(start + len(data)) // BLOCK_BYTES)
        with self._lock:
            self.fetched_bytes += len(data)
            self._blocks[first:last] = bytes([_HERE]) * (last - first)


class Arrived:
    """A remote file without its server."""

    def __init__(self, remote: RemoteFile) -> None:
        self.name, self.identity, self.size_bytes = remote.name, remote.identity, remote.size_bytes
        self._remote = remote

    def open(self) -> BinaryIO:
        return ranged_stream(self._read, self.size_bytes)

    def _read(self, start: int, stop: int) -> bytes:
        if data := self._remote.here(start, stop):
            return data
        raise UnreadableMember(ProblemKind.MISSING_PART, "Its bytes stayed on the server: only headers were fetched.")


def _identity(artifact: Artifact, validator: Validator, size_bytes: int) -> str:
    facts = [artifact.url, validator.etag or "", validator.last_modified or "", str(size_bytes)]
    return f"remote:{hashlib.sha256(chr(0).join(facts).encode(errors='surrogateescape')).hexdigest()}"
