"""Deflate and CRC-32 by isal and libdeflate, several times as fast as the standard library, which else serves."""

import zlib
from typing import Any, Protocol

_fastest: Any = zlib
try:
    from isal import isal_zlib

    _fastest = isal_zlib
except ImportError:
    pass  # no wheel for this platform: zlib promises the same, slower

__all__ = ["INFLATE_ERROR", "RAW", "crc32", "inflated", "inflater"]

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


def inflated(packed: bytes | memoryview, size_bytes: int) -> bytes | None:
    """All that a deflate stream without header holds; None where it is damaged or holds more than size_bytes.

    By libdeflate: a fifth less time than a stream's inflater.
    """
    import imagecodecs  # it imports numpy, which who reads only headers may do without

    try:
        return bytes(imagecodecs.deflate_decode(packed, out=size_bytes, raw=True))  # type: ignore[arg-type]  # memoryview
    except RuntimeError:  # its DeflateError
        return None


def crc32(data: bytes | memoryview, begun: int = 0) -> int:
    return int(_fastest.crc32(data, begun))
