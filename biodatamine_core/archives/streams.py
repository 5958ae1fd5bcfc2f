"""Streams over a part of other bytes: a section of an archive, and what it unpacks to, verified while it is read."""

import io
import lzma
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from biodatamine_core.archives.inflation import INFLATE_ERROR, crc32, inflater
from biodatamine_core.records import Content, ProblemKind, UnreadableMember

BLOCK_BYTES = 1 << 16  # one read of packed bytes
_MOST_ZSTD_WINDOW_LOG = 28  # 256 MB; `zstd --ultra -22` wants 128
DAMAGES = (INFLATE_ERROR, lzma.LZMAError, OSError, EOFError, ValueError)  # what decompressors raise on damaged bytes


class Section(io.RawIOBase):
    """`size_bytes` of another stream from `start`; closing it closes the other.

    Reading past what is there raises UnreadableMember(TRUNCATED): the archive was cut off.
    """

    def __init__(self, whole: BinaryIO, start: int, size_bytes: int) -> None:
        self._whole = whole
        self._start = start
        self._size_bytes = size_bytes
        self._position = 0
        whole.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        self._position = max(0, base + offset)
        self._whole.seek(self._start + self._position)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size_bytes - self._position)
        if wanted <= 0:
            return 0
        data = self._whole.read(wanted)
        if not data:
            raise UnreadableMember(ProblemKind.TRUNCATED, "Its bytes are cut off: the archive ends before they do.")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._whole.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Part:
    """A run of bytes within another content, as a content of its own: a member that lies open in its archive."""

    whole: Content
    start: int
    size_bytes: int
    name: str

    @property
    def identity(self) -> str:
        return f"{self.whole.identity}[{self.start}+{self.size_bytes}]"

    def open(self) -> BinaryIO:
        return io.BufferedReader(Section(self.whole.open(), self.start, self.size_bytes), BLOCK_BYTES)


class Decompressor(Protocol):
    """What bz2 and lzma offer; Deflate below brings inflaters to the same."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class Deflate:
    """An inflater, asked as bz2's and lzma's decompressors are."""

    def __init__(self, window_bits: int) -> None:
        self._inflater = inflater(window_bits)
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def needs_input(self) -> bool:
        return not self._is_full and not self._inflater.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        unpacked = self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)
        self._is_full = len(unpacked) == max_length  # it may hold more, though it has eaten all its input
        return unpacked


class Zstandard:
    """Zstandard's decompressor; it raises ValueError, as the others may, and takes bounded memory."""

    def __init__(self) -> None:
        from backports.zstd import DecompressionParameter, ZstdDecompressor

        self._decompressor = ZstdDecompressor(options={DecompressionParameter.window_log_max: _MOST_ZSTD_WINDOW_LOG})

    @property
    def eof(self) -> bool:
        return self._decompressor.eof

    @property
    def needs_input(self) -> bool:
        return self._decompressor.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._decompressor.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        from backports.zstd import ZstdError

        try:
            return self._decompressor.decompress(data, max_length)
        except ZstdError as error:
            raise ValueError("damaged") from error


class Stored:
    """No compression at all."""

    eof = False

    def __init__(self) -> None:
        self._waiting = b""

    @property
    def needs_input(self) -> bool:
        return not self._waiting

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        data = self._waiting + data
        self._waiting = data[max_length:]
        return data[:max_length]


class Decompressed(io.RawIOBase):
    """What a decompressor makes of a packed stream. Reading raises UnreadableMember(CORRUPT). Not seekable."""

    def __init__(self, packed: BinaryIO, decompressor: Decompressor) -> None:
        self._packed = packed
        self._decompressor = decompressor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._unpack(len(buffer)) if len(buffer) else b""
        buffer[: len(data)] = data
        return len(data)

    def _unpack(self, at_most: int) -> bytes:
        while not self._decompressor.eof:
            packed = self._packed.read(BLOCK_BYTES) if self._decompressor.needs_input else b""
            is_exhausted = self._decompressor.needs_input and not packed
            try:
                data = self._decompressor.decompress(packed, at_most)
            except DAMAGES as error:
                raise UnreadableMember(ProblemKind.CORRUPT, "Its compressed bytes are damaged.") from error
            if data or is_exhausted:
                return data
        return b""

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()


class Verified(Decompressed):
    """The unpacked bytes of one member, held to the size and CRC-32 that the archive states.

    Raises UnreadableMember: WRONG_SIZE as soon as one byte more than stated comes out, or where fewer do;
    WRONG_CHECKSUM, CORRUPT or TRUNCATED. The last bytes are handed out before a verdict on them is given:
    who reads to the end knows.
    """

    def __init__(self, packed: BinaryIO, decompressor: Decompressor, size_bytes: int, crc32: int) -> None:
        super().__init__(packed, decompressor)
        self._left_bytes = size_bytes
        self._size_bytes = size_bytes
        self._stated_crc32 = crc32
        self._crc32 = 0

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not len(buffer):
            return 0
        data = self._unpack(min(len(buffer), self._left_bytes + 1))
        if len(data) > self._left_bytes:
            raise self._wrong_size("more")
        if not data:
            if self._left_bytes:
                raise self._wrong_size("fewer")
            if self._crc32 != self._stated_crc32:
                raise UnreadableMember(
                    ProblemKind.WRONG_CHECKSUM, "Its bytes do not match the checksum in the archive; they were damaged."
                )
            return 0
        self._left_bytes -= len(data)
        self._crc32 = crc32(data, self._crc32)
        buffer[: len(data)] = data
        return len(data)

    def _wrong_size(self, more_or_fewer: str) -> UnreadableMember:
        return UnreadableMember(
            ProblemKind.WRONG_SIZE,
            f"It holds {more_or_fewer} than the {self._size_bytes:,} bytes that the archive states.",
        )
