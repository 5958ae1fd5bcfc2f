"""gzip, read forward: every byte in front of a wrong checksum is handed out."""

import io
import struct
import zlib
from typing import BinaryIO

from biodatamine_core.archives.inflation import INFLATE_ERROR, RAW, crc32
from biodatamine_core.archives.streams import BLOCK_BYTES, Deflate
from biodatamine_core.archives.unpacking import Unpacking
from biodatamine_core.records import ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits

GZIP_MAGIC = b"\x1f\x8b\x08"  # RFC 1952; 8 is deflate, the only method there is
_HAS_HEADER_CRC, _HAS_EXTRA, _HAS_NAME, _HAS_COMMENT = 2, 4, 8, 16


def inflate(packed: BinaryIO, limits: Limits, begun: bytes = b"") -> io.BufferedReader:
    """What a gzip stream holds, all its parts after one another; see Unpacking."""
    return io.BufferedReader(_Inflating(packed, limits, begun), BLOCK_BYTES)


def first(packed: bytes, length: int) -> bytes | None:
    """The first `length` bytes (1 or more) of what a gzip stream holds; None where only a stream gives them.

    packed: its own first bytes. That is so where there are fewer, which its checksum must confirm, and where they are
    damaged.
    """
    at = _header_end(packed)
    if at is None:
        return None
    try:
        # Not isal: it decodes a whole block ahead, so that zlib gives some hundred bytes three times as soon.
        data = zlib.decompressobj(RAW).decompress(memoryview(packed)[at:], length)
    except zlib.error:
        return None
    return data if len(data) == length else None


def _header_end(packed: bytes) -> int | None:
    """Where the deflated bytes begin; None where the header is no gzip header, or longer than these bytes."""
    if not packed.startswith(GZIP_MAGIC) or len(packed) < 10:
        return None
    flags, at = packed[3], 10
    if flags & _HAS_EXTRA:
        at += 2 + int.from_bytes(packed[at : at + 2], "little")
    for flag in (_HAS_NAME, _HAS_COMMENT):
        if flags & flag:
            at = packed.find(b"\0", at) + 1
            if not at:
                return None
    return at + (2 if flags & _HAS_HEADER_CRC else 0)


class _Inflating(Unpacking):
    """Header, deflated bytes, CRC-32 and size; then perhaps another part. Source: RFC 1952, section 2.3.

    Not zlib's own gzip mode: that withholds the last bytes of a file whose checksum is wrong.
    """

    def __init__(self, packed: BinaryIO, limits: Limits, begun: bytes) -> None:
        super().__init__(packed, limits, begun, "gzip")
        self._inflater: Deflate | None = None
        self._part_crc32 = self._part_bytes = 0

    def _unpack(self, at_most: int) -> bytes:
        while self._inflater is not None or self._begin_part():
            inflater = self._inflater = self._inflater or Deflate(RAW)
            if inflater.eof:
                self._end_part(inflater.unused_data)
                self._inflater = None
                continue
            packed = self._take_some() if inflater.needs_input else b""
            try:
                data = inflater.decompress(packed, at_most)
            except INFLATE_ERROR as error:
                raise self._damaged() from error
            if data:
                self._part_crc32 = crc32(data, self._part_crc32)
                self._part_bytes += len(data)
                return data
        return b""

    def _begin_part(self) -> bool:
        """Pass the header of the next part. False where none follows: padding and garbage there are no part of it."""
        if not self._has(len(GZIP_MAGIC)) or not self._waiting.startswith(GZIP_MAGIC):
            self._pass_the_rest()
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
        stated_crc32, size_bytes = struct.unpack("<2L", self._take(8))
        if stated_crc32 != self._part_crc32 or size_bytes != self._part_bytes & 0xFFFFFFFF:
            raise UnreadableMember(
                ProblemKind.WRONG_CHECKSUM, "What it holds does not match its gzip checksum; it was damaged."
            )

    def _pass_text(self) -> None:
        while (end := self._waiting.find(b"\0")) < 0:
            self._waiting = b""
            self._waiting = self._take_some()
        self._waiting = self._waiting[end + 1 :]
