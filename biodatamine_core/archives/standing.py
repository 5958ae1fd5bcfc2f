"""Members that come in one pass: the file that the walk stands on can be read, and its start again."""

import io
from typing import BinaryIO

from biodatamine_core.archives.streams import BLOCK_BYTES
from biodatamine_core.archives.tar_headers import Tape
from biodatamine_core.records import ProblemKind, UnreadableMember

KEPT_BYTES = 16 << 20
"""The start of the member that the walk stands on is kept, so that it opens again: a reader sniffs, then reads."""


class Standing:
    """The file that the tape stands on. Its first KEPT_BYTES, once read, can be read again."""

    def __init__(self, tape: Tape, data_start: int, size_bytes: int) -> None:
        self._tape = tape
        self._data_start = data_start
        self._size_bytes = size_bytes
        self._pieces: list[bytes] = []
        self._kept_bytes = 0

    def open(self) -> BinaryIO:
        return io.BufferedReader(_FromTape(self), BLOCK_BYTES)

    def first(self, length: int) -> bytes | None:
        """As Member.first; what it took in vain is kept for a stream."""
        wanted = min(length, self._size_bytes)
        if wanted > KEPT_BYTES:
            return None
        try:
            data = self.read(0, wanted)
            while data and len(data) < wanted:
                data += self.read(len(data), wanted - len(data))
        except UnreadableMember:
            return None
        return data if len(data) == wanted else None

    def read(self, position: int, length: int) -> bytes:
        if position < self._kept_bytes:
            self._pieces = [b"".join(self._pieces)]
            return self._pieces[0][position : position + length]
        wanted = min(length, self._size_bytes - position, KEPT_BYTES)
        if wanted <= 0:
            return b""
        at = self._data_start + position
        if self._tape.position < at:
            self._tape.forward_to(at)  # over files that nobody read
        elif self._tape.position > at:
            raise UnreadableMember(
                ProblemKind.UNSUPPORTED,
                f"Bytes past the first {KEPT_BYTES:,} of a file in a compressed archive can be read once, in order; "
                "pack the files as a zip to have this one read.",
            )
        data = self._tape.read(wanted)
        if not data:
            raise UnreadableMember(ProblemKind.TRUNCATED, "Its bytes are cut off: the archive ends before they do.")
        if position == self._kept_bytes and position + len(data) <= KEPT_BYTES:
            self._pieces.append(data)
            self._kept_bytes += len(data)
        return data


class _FromTape(io.RawIOBase):
    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._standing.read(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
