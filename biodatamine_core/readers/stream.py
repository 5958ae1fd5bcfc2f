"""Read headers forward through any stream, seekable or not, in bounded memory."""

import io
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from biodatamine_core.records import Member, ProblemKind, UnreadableMember

MAX_VALUE_BYTES = 64 * 1024 * 1024
"""One header value; the largest honest ones are functional groups and look-up tables of some megabytes."""
MAX_HEADER_BYTES = 256 * 1024 * 1024
_KEPT_BYTES = 1024 * 1024
BLOCK_BYTES = 64 * 1024
MAX_INFLATED_BYTES = 1024 * 1024 * 1024
"""A deflated DICOM dataset; honest ones hold one image or a report."""

_filters_lock = threading.RLock()


@contextmanager
def silenced() -> Iterator[None]:
    """Keep the warnings of decoders about odd files off stderr; what matters becomes FileRecord.problem.

    Python's warning filters belong to the process, so that threads take turns.
    """
    with _filters_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class HeaderStream:
    """A forward reader with a short memory: seeking back reaches the last megabyte only.

    It knows whether more was asked for than there was (`ended_early`), and refuses to keep more than a header's worth.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.ended_early = False
        self._stream = stream
        self._buffer = bytearray()
        self._base = 0  # position of the buffer's first byte in the file
        self._position = 0
        self._kept_in_all = 0

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Forward without reading yet; back within memory. Seeking from the end is not known."""
        target = offset + (self._position if whence == io.SEEK_CUR else 0)
        if whence == io.SEEK_END or target < self._base:
            raise io.UnsupportedOperation("a header is read forward")
        self._position = target
        return target

    def start(self, length: int) -> bytes:
        """The first bytes of the file, looked at before anything is read: not counted as header."""
        self._fill(length)
        return bytes(self._buffer[:length])

    def read(self, length: int) -> bytes:
        """`length` bytes, fewer at the end of the file, which is then remembered as too early."""
        start = self._position - self._base
        if 0 <= length <= len(self._buffer) - start:  # the usual case: nearly every header lies in one block
            self._position += length
            self._kept_in_all += length
            return bytes(memoryview(self._buffer)[start : start + length])
        if not 0 <= length <= MAX_VALUE_BYTES or self._kept_in_all + length > MAX_HEADER_BYTES:
            raise UnreadableMember(
                ProblemKind.TOO_LARGE,
                f"One value of its header claims {length:,} bytes; {MAX_VALUE_BYTES:,} are read at most.",
            )
        self._fill(self._position + length)
        start = self._position - self._base
        data = bytes(self._buffer[start : start + length])
        if (len(data) < length and data.strip(b"\0")) or self._position > self._base + len(self._buffer):
            self.ended_early = True
        self._position += len(data)
        self._kept_in_all += len(data)
        return data

    def remaining(self, limit: int) -> int:
        """How many bytes follow, counted by reading them, up to `limit`."""
        count = 0
        while count < limit:
            chunk = len(self.skip_block(min(BLOCK_BYTES, limit - count)))
            if not chunk:
                break
            count += chunk
        return count

    def skip_block(self, length: int) -> bytes:
        """Bytes that are looked at and forgotten: not counted as header."""
        self._fill(self._position + length)
        start = self._position - self._base
        data = bytes(self._buffer[start : start + length])
        self._position += len(data)
        return data

    def _fill(self, end: int) -> None:
        """Have the bytes up to `end`; forget what lies further back than memory reaches."""
        while (have := self._base + len(self._buffer)) < end:
            if (surplus := min(len(self._buffer), self._position - self._base - _KEPT_BYTES)) > _KEPT_BYTES:
                del self._buffer[:surplus]
                self._base += surplus
            chunk = self._stream.read(max(min(end - have, _KEPT_BYTES), BLOCK_BYTES))
            if not chunk:
                return
            self._buffer += chunk


class InflatedStream:
    """The dataset of a deflated transfer syntax (PS3.5 A.5), inflated block by block: a bomb costs one block."""

    def __init__(self, stream: HeaderStream) -> None:
        self._stream = stream
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._packed = b""
        self._bytes = 0

    def read(self, length: int) -> bytes:
        """Up to `length` bytes. Raises UnreadableMember past the limit, and where the packed bytes are damaged."""
        while not self._inflate.eof:
            self._packed = self._packed or self._stream.skip_block(BLOCK_BYTES)
            if not self._packed:
                return b""
            try:
                data = self._inflate.decompress(self._packed, length)
            except zlib.error as error:
                raise UnreadableMember(ProblemKind.CORRUPT, "Its deflated dataset is damaged.") from error
            self._packed = self._inflate.unconsumed_tail
            self._bytes += len(data)
            if self._bytes > MAX_INFLATED_BYTES:
                sentence = f"It inflates to more than {MAX_INFLATED_BYTES:,} bytes: taken for a decompression bomb."
                raise UnreadableMember(ProblemKind.TOO_LARGE, sentence)
            if data:
                return data
        return b""


def seekable(member: Member, limit_bytes: int) -> BinaryIO:
    """A stream that decoders can jump in: the member's own, or its bytes in memory where it only reads forward.

    Raises UnreadableMember where they would be more than `limit_bytes`. The caller closes it.
    """
    stream = member.open()
    if stream.seekable():
        return stream
    with stream:
        data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise UnreadableMember(
            ProblemKind.TOO_LARGE, f"Larger than the {limit_bytes:,} bytes that are decoded at once."
        )
    return io.BytesIO(data)


def length_bytes(member: Member, at_least: int) -> int:
    """The member's size; counted up to `at_least` by reading where the archive does not state it."""
    if member.size_bytes is not None:
        return member.size_bytes
    with member.open() as stream:
        return HeaderStream(stream).remaining(at_least)
