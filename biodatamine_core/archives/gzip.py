"""A file that is itself compressed (.nii.gz): read what it holds, in place and within bounds."""

import io
import zlib
from dataclasses import dataclass, replace
from typing import BinaryIO

from biodatamine_core.archives.interface import is_bomb
from biodatamine_core.archives.streams import BLOCK_BYTES, Deflate
from biodatamine_core.records import Member, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits

GZIP_MAGIC = b"\x1f\x8b\x08"  # RFC 1952; 8 is deflate, the only method there is
_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS


def unpacked(member: Member, limits: Limits | None = None) -> Member:
    """The member itself; or, where its bytes are gzip, a member under the same path whose open() inflates them.

    It looks at the first bytes, so a streamed archive must stand on the member. The size is then unknown.
    Raises UnreadableMember where the first bytes cannot be read.
    """
    if member.refusal is not None or member.read(0, len(GZIP_MAGIC)) != GZIP_MAGIC:
        return member
    return replace(member, opener=_Opener(member, limits or Limits()), size_bytes=None, crc32=None)


def inflate(packed: BinaryIO, limits: Limits, begun: bytes = b"") -> BinaryIO:
    """What a gzip stream holds, all its parts after one another. Closing it closes the packed stream.

    begun: first bytes that were read from the packed stream already.
    Not seekable. Reading raises UnreadableMember: TRUNCATED, WRONG_CHECKSUM, CORRUPT, or TOO_LARGE for a bomb.
    """
    return io.BufferedReader(_Inflating(packed, limits, begun), BLOCK_BYTES)


@dataclass(frozen=True, slots=True)
class _Opener:
    member: Member
    limits: Limits

    def __call__(self) -> BinaryIO:
        return inflate(self.member.open(), self.limits)


class _Inflating(io.RawIOBase):
    def __init__(self, packed: BinaryIO, limits: Limits, begun: bytes) -> None:
        self._packed = packed
        self._begun = begun
        self._inflater = Deflate(_WITH_GZIP_HEADER)
        self._limit_bytes = limits.unpacked_bytes
        self._packed_bytes = 0
        self._unpacked_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not len(buffer):
            return 0
        data = self._unpack(len(buffer))
        self._unpacked_bytes += len(data)
        if self._unpacked_bytes > self._limit_bytes or is_bomb(self._unpacked_bytes, self._packed_bytes):
            raise UnreadableMember(
                ProblemKind.TOO_LARGE,
                f"It unpacks to more than {self._unpacked_bytes:,} bytes from {self._packed_bytes:,}; "
                "it was taken for a decompression bomb.",
            )
        buffer[: len(data)] = data
        return len(data)

    def _unpack(self, at_most: int) -> bytes:
        while True:
            packed = b""
            if self._inflater.eof:
                packed = self._next_part()
                if not packed:
                    return b""
            elif self._inflater.needs_input:
                packed = self._read_packed()
                if not packed:
                    raise UnreadableMember(
                        ProblemKind.TRUNCATED,
                        "Its gzip stream is cut off: the end is missing, so it was not copied whole.",
                    )
            try:
                data = self._inflater.decompress(packed, at_most)
            except zlib.error as error:
                if "incorrect" in str(error) and "check" in str(error):
                    raise UnreadableMember(
                        ProblemKind.WRONG_CHECKSUM, "What it holds does not match its gzip checksum; it was damaged."
                    ) from error
                raise UnreadableMember(ProblemKind.CORRUPT, "Its gzip stream is damaged.") from error
            if data:
                return data

    def _next_part(self) -> bytes:
        """The start of another gzip stream behind the one that ended; padding and garbage there are no part of it."""
        rest = self._inflater.unused_data or self._read_packed()
        while 0 < len(rest) < len(GZIP_MAGIC):
            more = self._read_packed()
            if not more:
                break
            rest += more
        if rest.startswith(GZIP_MAGIC):
            self._inflater = Deflate(_WITH_GZIP_HEADER)
            return rest
        while rest:  # read on: the stream beneath may have a checksum to compare at its end
            rest = self._read_packed()
        return b""

    def _read_packed(self) -> bytes:
        packed = self._begun or self._packed.read(BLOCK_BYTES)
        self._begun = b""
        self._packed_bytes += len(packed)
        return packed

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()
