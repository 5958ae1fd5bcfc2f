"""A PNG whose pixels isal has inflated, for Pillow: its zlib takes twice the time, half of all that decoding takes."""

import io
import struct
from functools import partial

from biodatamine_core.records import Member

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IHDR = struct.Struct(">8x4x4sIIBBBBB")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type; a palette holds numbers of colours
_MOST_BYTES = 64 << 20
"""Of pixels and of the file: for a moment they are held twice. Larger ones Pillow inflates bit by bit."""
_ZLIB = b"\x78\x01"  # RFC 1950, 2.2
_BLOCK_BYTES = 65_535  # most of a stored block (RFC 1951, 3.2.4)
_CHECKSUM_BYTES = 4


def inflated(member: Member) -> Member:
    """The same PNG, its pixels stored, not packed; the member as it is, where it is none or anything in it is odd."""
    with member.open() as stream:
        start = stream.read(_IHDR.size)
        pixel_bytes = _pixel_bytes(start)
        data = start + stream.read(_MOST_BYTES) if 0 < pixel_bytes <= _MOST_BYTES else b""
    stored = _stored(data, pixel_bytes)
    return member if stored is None else Member(member.path, partial(io.BytesIO, stored), len(stored))


def _pixel_bytes(start: bytes) -> int:
    """How many bytes the rows take with their filter types (PNG 3rd edition, 7.2); 0 where their order is another."""
    if not start.startswith(_SIGNATURE) or len(start) < _IHDR.size:
        return 0
    kind, width, height, bits, colour, _, _, is_interlaced = _IHDR.unpack(start)
    row_bits = width * bits * _CHANNELS.get(colour, 0)
    return height * (1 + (row_bits + 7) // 8) if kind == b"IHDR" and not is_interlaced else 0


def _stored(data: bytes, pixel_bytes: int) -> bytes | None:
    """None where there are not as many pixels as the header says, or where something follows them."""
    try:
        from isal import isal_zlib
    except ImportError:  # no wheel for this platform
        return None
    packed, begin, end = _pixels(data)
    damaged: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub says an Exception, not a class
    inflater = isal_zlib.decompressobj()
    try:
        rows = inflater.decompress(packed, pixel_bytes + 1)
    except damaged:
        return None
    if len(rows) != pixel_bytes or not inflater.eof or inflater.unused_data:
        return None
    chunk: list[bytes | memoryview] = [b"IDAT", _ZLIB]
    for at in range(0, pixel_bytes, _BLOCK_BYTES):
        block = memoryview(rows)[at : at + _BLOCK_BYTES]
        is_last = at + len(block) == pixel_bytes
        chunk += struct.pack("<BHH", is_last, len(block), len(block) ^ 0xFFFF), block
    chunk.append(packed[-_CHECKSUM_BYTES:])
    length, checksum = sum(map(len, chunk)) - len(b"IDAT"), 0
    for part in chunk:
        checksum = isal_zlib.crc32(part, checksum)
    return b"".join((data[:begin], length.to_bytes(4, "big"), *chunk, checksum.to_bytes(4, "big"), data[end:]))


def _pixels(data: bytes) -> tuple[bytes, int, int]:
    """What its IDAT chunks hold, one after another, and where the first begins and the last ends."""
    packed: list[bytes] = []
    at, begin, end = len(_SIGNATURE), 0, 0
    while at + 12 <= len(data):
        kind, after = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if kind == b"IDAT" and after <= len(data):
            begin, end = begin or at, after
            packed.append(data[at + 8 : after - _CHECKSUM_BYTES])
        elif packed:
            break
        at = after
    return b"".join(packed), begin, end
