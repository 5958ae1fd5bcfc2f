"""Compressed tar archives: one stream, unpacked once; each member is read while the walk stands on it."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from biodatamine_core.archives.gzip import GZIP_MAGIC, inflate
from biodatamine_core.archives.interface import HEAD_BYTES
from biodatamine_core.archives.streams import BLOCK_BYTES
from biodatamine_core.archives.tar import members_on
from biodatamine_core.archives.tar_headers import Header, Tape, is_header
from biodatamine_core.records import Content, Member, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits

KEPT_BYTES = 16 << 20
"""The start of the member that the walk stands on is kept, so that it opens again: a reader sniffs, then reads."""
_UNLIMITED = Limits(unpacked_bytes=1 << 63)  # the files are counted, not the stream: --only may want a few of them


def recognises(content: Content, head: bytes) -> bool:
    if not head.startswith(GZIP_MAGIC):
        return False
    try:
        with inflate(content.open(), _UNLIMITED) as stream:
            return is_header(stream.read(HEAD_BYTES))
    except UnreadableMember:
        return False


def is_streamed(content: Content) -> bool:
    return True


def stated_files(content: Content) -> int | None:
    return None


def members(content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    with inflate(content.open(), _UNLIMITED) as stream:
        tape = Tape(stream)
        yield from members_on(tape, content, limits, only, lambda header: _Standing(tape, header).open)


class _Standing:
    """The file that the tape stands on. Its first KEPT_BYTES, once read, can be read again."""

    def __init__(self, tape: Tape, header: Header) -> None:
        self._tape = tape
        self._header = header
        self._kept = bytearray()

    def open(self) -> BinaryIO:
        return io.BufferedReader(_FromTape(self), BLOCK_BYTES)

    def read(self, position: int, length: int) -> bytes:
        if position < len(self._kept):
            return bytes(self._kept[position : position + length])
        wanted = min(length, self._header.size_bytes - position, KEPT_BYTES)
        if wanted <= 0:
            return b""
        if self._tape.position != self._header.data_start + position:
            raise UnreadableMember(
                ProblemKind.UNSUPPORTED,
                f"Bytes past the first {KEPT_BYTES:,} of a file in a compressed tar can be read once, in order; "
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
