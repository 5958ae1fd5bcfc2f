"""A file that is no archive: the one member of itself."""

from collections.abc import Iterator

from biodatamine_core.archives.names import is_listed
from biodatamine_core.records import Content, Member
from biodatamine_core.settings import Limits


def recognises(content: Content, head: bytes) -> bool:
    return True


def is_streamed(content: Content) -> bool:
    return False


def stated_files(content: Content) -> int | None:
    return 1


def members(content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    if is_listed(content.name, only):
        yield Member(path=content.name, opener=content.open, size_bytes=content.size_bytes, place=content)
