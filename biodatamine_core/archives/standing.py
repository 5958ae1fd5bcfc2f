"""Members that come in one pass: the file that the walk stands on can be read, and its start again."""

import io
from collections.abc import Callable
from typing import BinaryIO

from biodatamine_core.archives.streams import BLOCK_BYTES
from biodatamine_core.archives.tar_headers import Tape
from biodatamine_core.records import ProblemKind, UnreadableMember

KEPT_BYTES = 16 << 20
"""The start of the member that the walk stands on is kept, so that it opens again: a reader sniffs, then reads."""


def standing(tape: Tape, data_start: int, size_bytes: int) -> Callable[[], BinaryIO]:
    """The opener of a member on a tape that is read forward only."""
    return _Standing(tape, data_start, size_bytes).open


class _Standing:
    """The file that the tape stands on. Its first KEPT_BYTES, once read, can be read again."""

    def __init__(self, tape: Tape, data_start: int, size_bytes: int) -> None:
        self._tape = tape
        self._data_start = data_start
        self._size_bytes = size_bytes
        self._kept = bytearray()

    def open(self) -> BinaryIO:
        return io.BufferedReader(_FromTape(self), BLOCK_BYTES)

    def read(self, position: int, length: int) -> bytes:
        if position < len(self._kept):
            return bytes(self._kept[position : position + length])
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
        if position == len(self._kept) and position + len(data) <= KEPT_BYTES:
            self._kept += data
        return data


class _FromTape(io.RawIOBase):
    def __init__(self, standing: _Standing) -> None:
        self._standing = standing
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._standing.read(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
