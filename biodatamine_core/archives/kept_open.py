"""An archive stays open while a thread reads many of its members, and is closed when that is done."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from biodatamine_core.records import Content


class _OfThread(threading.local):
    is_wanted = False
    content: Content | None = None
    stream: BinaryIO | None = None


_kept = _OfThread()


@contextmanager
def kept_open() -> Iterator[None]:
    """Within it the content that bytes_at() read last stays open; one at a time, in this thread only."""
    if _kept.is_wanted:
        yield
        return
    _kept.is_wanted = True
    try:
        yield
    finally:
        _kept.is_wanted = False
        _close()


def bytes_at(content: Content, start: int, length: int) -> bytes:
    """Up to `length` bytes of the content from `start`; fewer at its end."""
    if not _kept.is_wanted:
        with content.open() as stream:
            stream.seek(start)
            return stream.read(length)
    if _kept.stream is None or _kept.content is not content:
        _close()
        _kept.content, _kept.stream = content, content.open()
    return _read_at(_kept.stream, start, length)


def _read_at(stream: BinaryIO, start: int, length: int) -> bytes:
    """Of a file past its buffer, which at every place would be filled with what follows."""
    if not (isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO)):
        stream.seek(start)
        return stream.read(length)
    stream.raw.seek(start)
    data = stream.raw.read(length)
    while len(data) < length and (more := stream.raw.read(length - len(data))):
        data += more
    return data


def _close() -> None:
    if _kept.stream is not None:
        _kept.stream.close()
    _kept.content = _kept.stream = None
