"""A file that is itself compressed (.nii.gz): read what it holds, in place and within bounds."""

import io
import struct
import zlib
from dataclasses import dataclass, replace
from typing import BinaryIO

from biodatamine_core.archives.interface import is_bomb
from biodatamine_core.archives.streams import BLOCK_BYTES, Deflate
from biodatamine_core.records import Member, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits

GZIP_MAGIC = b"\x1f\x8b\x08"  # RFC 1952; 8 is deflate, the only method there is
_HAS_HEADER_CRC, _HAS_EXTRA, _HAS_NAME, _HAS_COMMENT = 2, 4, 8, 16


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
    """Header, deflated bytes, CRC-32 and size; then perhaps another part. Source: RFC 1952, section 2.3.

    Not zlib's own gzip mode: that withholds the last bytes of a file whose checksum is wrong.
    """

    def __init__(self, packed: BinaryIO, limits: Limits, begun: bytes) -> None:
        self._packed = packed
        self._waiting = begun
        self._limit_bytes = limits.unpacked_bytes
        self._packed_bytes = len(begun)
        self._unpacked_bytes = 0
        self._inflater: Deflate | None = None
        self._part_crc32 = self._part_bytes = 0

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
        while self._inflater is not None or self._begin_part():
            inflater = self._inflater = self._inflater or Deflate(-zlib.MAX_WBITS)
            if inflater.eof:
                self._end_part(inflater.unused_data)
                self._inflater = None
                continue
            packed = self._take(1, BLOCK_BYTES) if inflater.needs_input else b""
            try:
                data = inflater.decompress(packed, at_most)
            except zlib.error as error:
                raise UnreadableMember(ProblemKind.CORRUPT, "Its gzip stream is damaged.") from error
            if data:
                self._part_crc32 = zlib.crc32(data, self._part_crc32)
                self._part_bytes += len(data)
                return data
        return b""

    def _begin_part(self) -> bool:
        """Pass the header of the next part. False where none follows: padding and garbage there are no part of it."""
        if not self._has(len(GZIP_MAGIC)) or not self._waiting.startswith(GZIP_MAGIC):
            while self._waiting or self._has(
                1
            ):  # read on: the stream beneath may have a checksum to compare at its end
                self._waiting = b""
            return False
        flags = self._take(10)[3]
        if flags & _HAS_EXTRA:
            self._take(int.from_bytes(self._take(2), "little"))
        for flag in (_HAS_NAME, _HAS_COMMENT):
            if flags & flag:
                self._pass_text()
        if flags & _HAS_HEADER_CRC:
            self._take(2)
        self._part_crc32 = self._part_bytes = 0
        return True

    def _end_part(self, behind: bytes) -> None:
        """Compare the trailer with what came out. behind: packed bytes that the inflater did not need."""
        self._waiting = behind + self._waiting
        crc32, size_bytes = struct.unpack("<2L", self._take(8))
        if crc32 != self._part_crc32 or size_bytes != self._part_bytes & 0xFFFFFFFF:
            raise UnreadableMember(
                ProblemKind.WRONG_CHECKSUM, "What it holds does not match its gzip checksum; it was damaged."
            )

    def _pass_text(self) -> None:
        while (end := self._waiting.find(b"\0")) < 0:
            self._waiting = b""
            self._waiting = self._take(1, BLOCK_BYTES)
        self._waiting = self._waiting[end + 1 :]

    def _take(self, at_least: int, at_most: int | None = None) -> bytes:
        """The next packed bytes. Raises UnreadableMember where there are not enough."""
        if not self._has(at_least):
            raise UnreadableMember(
                ProblemKind.TRUNCATED, "Its gzip stream is cut off: the end is missing, so it was not copied whole."
            )
        taken = self._waiting[: at_most or at_least]
        self._waiting = self._waiting[len(taken) :]
        return taken

    def _has(self, length: int) -> bool:
        while len(self._waiting) < length and (packed := self._packed.read(BLOCK_BYTES)):
            self._packed_bytes += len(packed)
            self._waiting += packed
        return len(self._waiting) >= length

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()
