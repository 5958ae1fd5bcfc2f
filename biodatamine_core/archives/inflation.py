"""Deflate and CRC-32 by isal, several times as fast; by the standard library where its wheel is missing."""

import zlib
from typing import Any, Protocol

_fastest: Any = zlib
try:
    from isal import isal_zlib

    _fastest = isal_zlib
except ImportError:
    pass  # no wheel for this platform: zlib promises the same, slower

__all__ = ["INFLATE_ERROR", "RAW", "crc32", "inflater"]

INFLATE_ERROR: type[Exception] = _fastest.error
"""What damaged bytes raise."""
RAW = -zlib.MAX_WBITS
"""A deflate stream without header and checksum."""


class Inflater(Protocol):
    """What zlib.decompressobj gives."""

    @property
    def eof(self) -> bool: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes | memoryview, max_length: int = 0, /) -> bytes: ...


def inflater(window_bits: int) -> Inflater:
    """window_bits: RAW, or as zlib.decompressobj takes them."""
    made: Inflater = _fastest.decompressobj(window_bits)
    return made


def crc32(data: bytes | memoryview, begun: int = 0) -> int:
    return int(_fastest.crc32(data, begun))
