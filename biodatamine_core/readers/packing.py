"""Voxels that are packed within their file: gzip or zlib, bzip2, or written as text."""

import bz2
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from biodatamine_core.readers.spill import MAX_SPILLED_BYTES
from biodatamine_core.records import Member, ProblemKind, UnreadableMember

_BLOCK_BYTES = 1 << 20
_IN_MEMORY_BYTES = 64 << 20
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


@contextmanager
def unpacked_stream(stream: BinaryIO, packing: str | None, start: int) -> Iterator[BinaryIO]:
    """The stream itself; or what it holds from `start` on, unpacked to memory or to a temporary file that is then gone.

    packing: "gzip" (zlib too) or "bzip2". Raises UnreadableMember past MAX_SPILLED_BYTES.
    """
    if packing is None:
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spilled:
        spilled_bytes = 0
        for block in _blocks(stream, packing, start):
            spilled_bytes += len(block)
            if spilled_bytes > MAX_SPILLED_BYTES:
                sentence = f"Larger than the {MAX_SPILLED_BYTES:,} bytes that are unpacked to look at one file."
                raise UnreadableMember(ProblemKind.TOO_LARGE, sentence)
            spilled.write(block)
        spilled.seek(0)
        yield cast(BinaryIO, spilled)


def unpacks_to(member: Member, packing: str, start: int, size_bytes: int) -> bool:
    """Whether at least so many bytes come out; damage counts as fewer."""
    with member.open() as stream:
        left = size_bytes
        try:
            for block in _blocks(stream, packing, start):
                left -= len(block)
                if left <= 0:
                    return True
        except (zlib.error, OSError):
            return False
    return left <= 0


def _blocks(stream: BinaryIO, packing: str, start: int) -> Iterator[bytes]:
    """What comes out, a block at a time: a bomb costs one block."""
    while start:
        passed = len(stream.read(min(start, _BLOCK_BYTES)))
        if not passed:
            return
        start -= passed
    if packing == "bzip2":
        bunzip = bz2.BZ2Decompressor()
        while not bunzip.eof:
            packed = stream.read(_BLOCK_BYTES) if bunzip.needs_input else b""
            data = bunzip.decompress(packed, _BLOCK_BYTES)
            if not packed and not data and bunzip.needs_input:
                return
            yield data
        return
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    packed = b""
    while not inflate.eof:
        packed = packed or stream.read(_BLOCK_BYTES)
        data = inflate.decompress(packed, _BLOCK_BYTES)
        if not packed and not data:
            return
        packed = inflate.unconsumed_tail
        yield data
