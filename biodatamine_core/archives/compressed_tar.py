"""Compressed tar archives (tar.gz, tar.bz2, tar.xz, tar.zst): one stream, unpacked once."""

from collections.abc import Iterator

from biodatamine_core.archives.ahead import UNLIMITED, unpacking
from biodatamine_core.archives.compressions import compression_of, opened
from biodatamine_core.archives.interface import HEAD_BYTES
from biodatamine_core.archives.tar import streamed_members
from biodatamine_core.archives.tar_headers import is_header
from biodatamine_core.records import Content, Member, UnreadableMember
from biodatamine_core.settings import Limits


def recognises(content: Content, head: bytes) -> bool:
    if compression_of(head) is None:
        return False
    try:
        with content.open() as packed:
            stream = opened(packed, UNLIMITED)
            return stream is not None and is_header(stream.read(HEAD_BYTES))
    except UnreadableMember:
        return False


def is_streamed(content: Content) -> bool:
    return True


def stated_files(content: Content) -> int | None:
    return None


def members(content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    with unpacking(content) as stream:
        yield from streamed_members(stream, content, limits, only)
