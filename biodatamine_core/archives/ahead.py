"""A compressed stream, unpacked ahead by a thread of its own while what came out is parsed: two cores for one pass."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from io import BufferedReader

from biodatamine_core.records import UnreadableMember

_BLOCK_BYTES = 4 << 20  # of unpacked bytes at most; the thread takes no longer steps, so that it soon stops
_BLOCKS_AHEAD = 2


class ReadAhead:
    """Reads another stream forward; a context manager. Decompressors let go of the interpreter's lock.

    What ended the stream early is raised once every byte in front of it was handed out, at each further read again.
    """

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._thread = ThreadPoolExecutor(1, "unpack-ahead")
        self._coming = deque(self._ordered() for _ in range(_BLOCKS_AHEAD))
        self._block = b""
        self._position = 0

    def read(self, length: int) -> bytes:
        """The next `length` bytes; fewer at the end, or in front of what ends it early."""
        data = self._taken(length)
        while len(data) < length:
            try:
                self._block = self._coming[0].result()
            except (UnreadableMember, OSError):
                if data:
                    return data
                raise
            if not self._block:
                return data
            self._coming.popleft()
            self._coming.append(self._ordered())
            self._position = 0
            data += self._taken(length - len(data))
        return data

    def _taken(self, length: int) -> bytes:
        taken = self._block[self._position : self._position + length]
        self._position += len(taken)
        return taken

    def _ordered(self) -> Future[bytes]:
        return self._thread.submit(self._stream.read1, _BLOCK_BYTES)

    def __enter__(self) -> "ReadAhead":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)
