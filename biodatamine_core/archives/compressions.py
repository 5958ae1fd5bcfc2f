"""Files that are themselves compressed (.nii.gz, .dcm.bz2): opened as what they hold, in place and within bounds."""

import bz2
import io
import lzma
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, NamedTuple, Protocol

from biodatamine_core.archives import gzip
from biodatamine_core.archives.streams import BLOCK_BYTES, DAMAGES, Decompressor, Zstandard
from biodatamine_core.archives.unpacking import Unpacking
from biodatamine_core.records import Member, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits

SIGNATURE_BYTES = 10  # the longest of them
_MOST_XZ_BYTES = 1 << 28
"""Memory that one xz stream may want: four times what the highest preset needs."""
_MOST_HEADER_BYTES = 512
"""Of a gzip stream, before what it holds: a name stands in it, now and then a comment."""
_XZ_PADDING = bytes(4)  # .xz file format 1.2.1, section 2.2: any number of them between two streams
_XZ_WANTS_MORE = "Memory usage limit exceeded"


def _never_at_once(packed: bytes, length: int) -> None:
    return None


class Compression(NamedTuple):
    """One way to compress a file. signature: of its first SIGNATURE_BYTES.

    open: (packed stream, limits, bytes already read from it) to what it holds, as Unpacking promises.
    first: (its first packed bytes, a length) to as many unpacked ones; None where only the stream gives them.
    """

    name: str
    signature: "re.Pattern[bytes]"
    open: Callable[[BinaryIO, Limits, bytes], io.BufferedReader]
    first: Callable[[bytes, int], bytes | None] = _never_at_once


def compression_of(head: bytes) -> Compression | None:
    """How a file with these first bytes is compressed."""
    return next((compression for compression in COMPRESSIONS if compression.signature.match(head)), None)


def unpacked(member: Member, limits: Limits | None = None) -> Member:
    """The member itself; or, where its bytes are compressed, a member under the same path whose open() unpacks them.

    It looks at the first bytes, so a streamed archive must stand on the member. The size is then unknown.
    Raises UnreadableMember where the first bytes cannot be read.
    """
    if member.refusal is not None:
        return member
    compression = compression_of(member.read(0, SIGNATURE_BYTES))
    if compression is None:
        return member
    starter = None if member.is_streamed else _Starter(member, compression)
    opener = _Opener(member, limits or Limits())
    return replace(member, opener=opener, size_bytes=None, crc32=None, starter=starter)


def opened(packed: BinaryIO, limits: Limits) -> io.BufferedReader | None:
    """What a compressed stream holds; None where it is not compressed. Closing it closes the packed stream."""
    begun = packed.read(SIGNATURE_BYTES)
    compression = compression_of(begun)
    return compression.open(packed, limits, begun) if compression is not None else None


@dataclass(frozen=True, slots=True)
class _Opener:
    member: Member
    limits: Limits

    def __call__(self) -> BinaryIO:
        packed = self.member.open()
        stream = opened(packed, self.limits)
        if stream is None:
            packed.close()
            raise UnreadableMember(ProblemKind.CORRUPT, "It changed while it was read.")
        return stream


@dataclass(frozen=True, slots=True)
class _Starter:
    """Member.first of what a compressed member holds, from about as many packed bytes as are asked for."""

    member: Member
    compression: Compression

    def __call__(self, length: int) -> bytes | None:
        return self.compression.first(self.member.read(0, length + _MOST_HEADER_BYTES), length)


class _PartDecompressor(Decompressor, Protocol):
    @property
    def unused_data(self) -> bytes: ...


class _InParts(Unpacking):
    """bzip2, xz and Zstandard: one part or several, each verified by its decompressor."""

    def __init__(
        self,
        packed: BinaryIO,
        limits: Limits,
        begun: bytes,
        compression: Compression,
        decompressor: Callable[[], _PartDecompressor],
    ) -> None:
        super().__init__(packed, limits, begun, compression.name)
        self._signature = compression.signature
        self._new_decompressor = decompressor
        self._decompressor: _PartDecompressor | None = None

    def _unpack(self, at_most: int) -> bytes:
        while self._decompressor is not None or self._begin_part():
            decompressor = self._decompressor = self._decompressor or self._new_decompressor()
            if decompressor.eof:
                self._waiting = decompressor.unused_data + self._waiting
                self._decompressor = None
                continue
            packed = self._take_some() if decompressor.needs_input else b""
            try:
                data = decompressor.decompress(packed, at_most)
            except DAMAGES as error:
                if str(error) == _XZ_WANTS_MORE:
                    sentence = f"Its xz stream wants more than {_MOST_XZ_BYTES:,} bytes of memory."
                    raise UnreadableMember(ProblemKind.TOO_LARGE, sentence) from error
                raise self._damaged() from error
            if data:
                return data
        return b""

    def _begin_part(self) -> bool:
        """False where no other part follows: padding and garbage there are no part of it."""
        while self._has(SIGNATURE_BYTES) and self._waiting.startswith(_XZ_PADDING):
            self._waiting = self._waiting.lstrip(b"\0")
        if self._signature.match(self._waiting):
            return True
        self._pass_the_rest()
        return False


def _bzip2(packed: BinaryIO, limits: Limits, begun: bytes) -> io.BufferedReader:
    return io.BufferedReader(_InParts(packed, limits, begun, BZIP2, bz2.BZ2Decompressor), BLOCK_BYTES)


def _xz(packed: BinaryIO, limits: Limits, begun: bytes) -> io.BufferedReader:
    def decompressor() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_XZ_BYTES)

    return io.BufferedReader(_InParts(packed, limits, begun, XZ, decompressor), BLOCK_BYTES)


def _zstd(packed: BinaryIO, limits: Limits, begun: bytes) -> io.BufferedReader:
    return io.BufferedReader(_InParts(packed, limits, begun, ZSTD, Zstandard), BLOCK_BYTES)


GZIP = Compression("gzip", re.compile(re.escape(gzip.GZIP_MAGIC)), gzip.inflate, gzip.first)
BZIP2 = Compression("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), _bzip2)
XZ = Compression("xz", re.compile(rb"\xfd7zXZ\x00"), _xz)
ZSTD = Compression(
    "zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), _zstd
)  # RFC 8878, 3.1: also skippable
COMPRESSIONS = (GZIP, BZIP2, XZ, ZSTD)
