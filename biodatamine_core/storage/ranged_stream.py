"""A seekable stream over bytes that are fetched by range: reads ahead where it is read in order, and keeps little."""

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FIRST_WINDOW_BYTES = 128 << 10
"""What a look at one place fetches: a directory, a header."""
LARGEST_WINDOW_BYTES = 8 << 20
"""What a stream holds at most. At 100 MB/s it is 80 ms of data for one wait of some milliseconds."""

Fetch = Callable[[int, int], bytes]
"""(start, stop) -> those bytes; or fewer of them from start, at least one, where the others are not at hand."""


def ranged_stream(fetch: Fetch, size_bytes: int, start: bytes = b"") -> BinaryIO:
    """A buffered stream. start: the first bytes, where they are known already."""
    return io.BufferedReader(_Ranged(fetch, size_bytes, start), buffer_size=64 << 10)


class _Ranged(io.RawIOBase):
    """One window of the bytes at a time: it doubles while reading goes on where it ended, and is small elsewhere."""

    def __init__(self, fetch: Fetch, size_bytes: int, start: bytes) -> None:
        self._fetch = fetch
        self._size_bytes = size_bytes
        self._position = 0
        self._window = start
        self._window_start = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size_bytes}[whence]
        if position < 0:
            raise ValueError(f"a stream has no position {position}")
        self._position = position
        return position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        wanted = min(len(target), self._size_bytes - self._position)
        if wanted <= 0:
            return 0
        if not 0 <= self._position - self._window_start < len(self._window):
            self._move_window(wanted)
        offset = self._position - self._window_start
        part = self._window[offset : offset + wanted]
        target[: len(part)] = part
        self._position += len(part)
        return len(part)

    def readall(self) -> bytes:
        parts = []
        while self._position < self._size_bytes:
            stop = min(self._position + LARGEST_WINDOW_BYTES, self._size_bytes)
            parts.append(self._fetch(self._position, stop))
            self._position += len(parts[-1])
        return b"".join(parts)

    def _move_window(self, wanted_bytes: int) -> None:
        gap = self._position - (self._window_start + len(self._window))
        # A step over a few members of an archive is still reading in order.
        in_order = self._window and 0 <= gap <= len(self._window)
        length = 2 * len(self._window) if in_order else FIRST_WINDOW_BYTES
        length = min(max(length, wanted_bytes), LARGEST_WINDOW_BYTES)
        stop = min(self._position + length, self._size_bytes)
        self._window = b""  # before the fetch: never two of them in memory
        window = self._fetch(self._position, stop)
        self._window, self._window_start = window, self._position
