"""What every compressed stream has in common: it is read forward, and a bomb is stopped."""

import io
from abc import ABC, abstractmethod
from typing import BinaryIO

from biodatamine_core.archives.interface import is_bomb
from biodatamine_core.archives.streams import BLOCK_BYTES
from biodatamine_core.records import ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits


class Unpacking(io.RawIOBase, ABC):
    """What a compressed stream holds. Closing it closes the packed stream. Not seekable.

    begun: first bytes that were read from the packed stream already.
    Reading raises UnreadableMember: TRUNCATED, WRONG_CHECKSUM, CORRUPT, or TOO_LARGE for a bomb.
    """

    def __init__(self, packed: BinaryIO, limits: Limits, begun: bytes, compression: str) -> None:
        self._packed = packed
        self._waiting = begun
        self._compression = compression
        self._limit_bytes = limits.unpacked_bytes
        self._packed_bytes = len(begun)
        self._unpacked_bytes = 0

    @abstractmethod
    def _unpack(self, at_most: int) -> bytes:
        """The next unpacked bytes, some of them; none at the end."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.some(len(buffer)) if len(buffer) else b""
        buffer[: len(data)] = data
        return len(data)

    def some(self, at_most: int) -> bytes:
        """The next unpacked bytes, as many as come at once; none at the end. For who reads large blocks, not a copy."""
        data = self._unpack(at_most)
        self._unpacked_bytes += len(data)
        if self._unpacked_bytes > self._limit_bytes or is_bomb(self._unpacked_bytes, self._packed_bytes):
            raise UnreadableMember(
                ProblemKind.TOO_LARGE,
                f"It unpacks to more than {self._unpacked_bytes:,} bytes from {self._packed_bytes:,}; "
                "it was taken for a decompression bomb.",
            )
        return data

    def _damaged(self) -> UnreadableMember:
        return UnreadableMember(ProblemKind.CORRUPT, f"Its {self._compression} stream is damaged.")

    def _take(self, at_least: int, at_most: int | None = None) -> bytes:
        """The next packed bytes. Raises UnreadableMember where there are not enough."""
        if not self._has(at_least):
            raise UnreadableMember(
                ProblemKind.TRUNCATED,
                f"Its {self._compression} stream is cut off: the end is missing, so it was not copied whole.",
            )
        taken = self._waiting[: at_most or at_least]
        self._waiting = self._waiting[len(taken) :]
        return taken

    def _take_some(self) -> bytes:
        """What is there of packed bytes, one at least."""
        return self._take(1, BLOCK_BYTES)

    def _has(self, length: int) -> bool:
        while len(self._waiting) < length and (packed := self._packed.read(BLOCK_BYTES)):
            self._packed_bytes += len(packed)
            self._waiting += packed
        return len(self._waiting) >= length

    def _pass_the_rest(self) -> None:
        """Read on to the end: the stream beneath may have a checksum to compare there."""
        while self._waiting or self._has(1):
            self._waiting = b""

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()
