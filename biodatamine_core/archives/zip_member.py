"""How one member of a zip is read: its first bytes, or all of a small one, at once; anything else as a stream."""

import bz2
import io
import lzma
import struct
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from biodatamine_core.archives.inflation import INFLATE_ERROR, RAW, crc32, inflated, inflater
from biodatamine_core.archives.kept_open import bytes_at
from biodatamine_core.archives.lzma_filters import lzma1
from biodatamine_core.archives.streams import BLOCK_BYTES, Decompressor, Deflate, Section, Stored, Verified, Zstandard
from biodatamine_core.records import Content, ProblemKind, UnreadableMember

STORED, DEFLATED, BZIP2, LZMA, ZSTD = 0, 8, 12, 14, 93  # APPNOTE 4.4.5
LOCAL_SIGNATURE = b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE 4.3.7
_USUAL_LOCAL_BYTES = 512  # header, name and extra field; where they are longer, a stream reads the member
_DEFLATE_SLACK_BYTES = 1 << 10  # packed bytes beyond the unpacked ones that an honest deflate stream may need
_FIRST_PACKED_BYTES, _PACKED_STEP_BYTES = 4 << 10, 2 << 10  # isal inflates all that it is given, though less is asked


class Packed(NamedTuple):
    """Where one member lies and how it is packed: enough to read it in this process or another, quick to pickle."""

    content: Content
    header_offset: int
    method: int
    packed_bytes: int
    size_bytes: int
    crc32: int

    def open(self) -> BinaryIO:
        """A stream of what it holds, verified at its end."""
        packed = _section(self.content, self.header_offset, self.packed_bytes)
        try:
            verified = Verified(packed, self._decompressor(packed), self.size_bytes, self.crc32)
        except BaseException:
            packed.close()
            raise
        return io.BufferedReader(verified, BLOCK_BYTES)

    def first(self, length: int) -> bytes | None:
        """What Member.first promises, by one read of the archive and one call to the inflater."""
        if self.method not in (STORED, DEFLATED):
            return None
        wanted_bytes = min(self.packed_bytes, length + _DEFLATE_SLACK_BYTES)
        packed = bytes_at(self.content, self.header_offset, _USUAL_LOCAL_BYTES + wanted_bytes)
        if len(packed) < _LOCAL_HEADER.size or not packed.startswith(LOCAL_SIGNATURE):
            return None
        start = _data_start(packed)
        if start > _USUAL_LOCAL_BYTES or len(packed) < start + wanted_bytes:
            return None
        data = self._unpacked(memoryview(packed)[start : start + wanted_bytes], length)
        if data is None or len(data) != min(length, self.size_bytes):
            return None
        return data if length < self.size_bytes or crc32(data) == self.crc32 else None

    def _unpacked(self, packed: memoryview, length: int) -> bytes | None:
        """All of it, or what comes first; None where it is damaged, or more than stated."""
        if self.method == STORED:
            return bytes(packed[: min(length, self.size_bytes + 1)])
        if length >= self.size_bytes:
            return inflated(packed, self.size_bytes)
        inflating = inflater(RAW)
        try:
            data = inflating.decompress(packed[:_FIRST_PACKED_BYTES], length)
            for at in range(_FIRST_PACKED_BYTES, len(packed), _PACKED_STEP_BYTES):
                if len(data) == length:
                    break
                data += inflating.decompress(packed[at : at + _PACKED_STEP_BYTES], length - len(data))
        except INFLATE_ERROR:
            return None
        return data

    def _decompressor(self, packed: BinaryIO) -> Decompressor:
        if self.method == STORED:
            return Stored()
        if self.method == DEFLATED:
            return Deflate(RAW)
        if self.method == BZIP2:
            return bz2.BZ2Decompressor()
        if self.method == ZSTD:
            return Zstandard()
        return _lzma(packed)


@dataclass(frozen=True, slots=True)
class Place:
    """A stored member as a content of its own; its checksum is not compared there."""

    content: Content
    header_offset: int
    size_bytes: int
    name: str

    @property
    def identity(self) -> str:
        return f"{self.content.identity}[{self.header_offset}+{self.size_bytes}]"

    def open(self) -> BinaryIO:
        return _section(self.content, self.header_offset, self.size_bytes)


def _section(content: Content, header_offset: int, packed_bytes: int) -> BinaryIO:
    """The bytes of a member as they lie in the archive, behind its local header."""
    stream = content.open()
    try:
        stream.seek(header_offset)
        header = stream.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(LOCAL_SIGNATURE):
            raise UnreadableMember(
                ProblemKind.CORRUPT, "It is not where the archive's directory says; the archive is damaged."
            )
        start = header_offset + _data_start(header)
        return io.BufferedReader(Section(stream, start, packed_bytes), BLOCK_BYTES)
    except BaseException:
        stream.close()
        raise


def _data_start(local_header: bytes) -> int:
    """Bytes from the start of the local header to the member's own."""
    *_, name_bytes, extra_bytes = _LOCAL_HEADER.unpack_from(local_header)
    return _LOCAL_HEADER.size + int(name_bytes) + int(extra_bytes)


def _lzma(packed: BinaryIO) -> Decompressor:
    """LZMA as zip wraps it: version, length of the properties, properties, then the raw stream (APPNOTE 5.8.8)."""
    header = packed.read(9)
    if header[2:4] != b"\x05\x00":
        raise UnreadableMember(ProblemKind.CORRUPT, "Its LZMA header is damaged.")
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[lzma1(header[4:])])
