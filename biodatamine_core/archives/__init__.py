"""Contents become members, read in place: nothing is extracted, whatever is inside."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeGuard, cast

from biodatamine_core.archives import compressed_tar, folder, seven_zip, single_file, split, tar
from biodatamine_core.archives import zip as zip_archive
from biodatamine_core.archives.compressions import SIGNATURE_BYTES, compression_of, unpacked
from biodatamine_core.archives.gathered import gathered
from biodatamine_core.archives.interface import HEAD_BYTES, Archive, too_many_bytes, too_many_files
from biodatamine_core.archives.kept_open import kept_open
from biodatamine_core.archives.nested import Nest, doors_to
from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import Content, ContentTree, Member
from biodatamine_core.settings import Limits

__all__ = [
    "ARCHIVES",
    "SIGNATURE_BYTES",
    "compression_of",
    "gathered",
    "is_streamed",
    "kept_open",
    "stated_files",
    "too_many_bytes",
    "too_many_files",
    "unpacked",
    "walk",
]

ARCHIVES: tuple[Archive, ...] = (split, zip_archive, tar, compressed_tar, seven_zip, single_file)
"""In order of precedence; the last takes what is none of the others. A ContentTree is walked by folder, unsniffed."""


def walk(
    content: Content | ContentTree, limits: Limits, only: str | None = None, towards: Iterable[str] | None = None
) -> Iterator[Member]:
    """Every file in a content and in the archives inside it, in order, the same at every walk: "a.zip!/ct/1.dcm".

    only: a glob over the path, whole or from the root of an archive: "ct/*".
    towards: paths that are looked for: archives inside that hold none of them stay closed.
    A member that is_streamed must be read before the next one is taken; any other can be kept, and pickled. While it
    is needed it must be kept here: it may lie in a temporary file that goes with it.
    Raises UnreadableContent where nothing can be listed at all, LimitExceeded.
    """
    nest = Nest(content, limits, only, None if towards is None else doors_to(towards))
    with _told_in_words(content):
        if _is_tree(content):
            yield from nest.opened(folder.members(content, limits, only), depth=0)
        else:
            archive, opened = _recognised(content)
            depth = 0 if archive is single_file else 1
            yield from nest.opened(archive.members(opened, limits, only), depth)


def is_streamed(content: Content | ContentTree) -> bool:
    """Whether all its members come in one pass, so that nobody knows how far it is. Raises UnreadableContent."""
    if _is_tree(content):
        return False
    with _told_in_words(content):
        archive, opened = _recognised(content)
        return archive.is_streamed(opened)


def stated_files(content: Content | ContentTree) -> int | None:
    """How many files it says it holds, for a progress bar; None where only a walk tells. Raises UnreadableContent."""
    if _is_tree(content):
        return folder.stated_files(content)
    with _told_in_words(content):
        archive, opened = _recognised(content)
        return archive.stated_files(opened)


def _recognised(content: Content | ContentTree) -> tuple[Archive, Content]:
    opened = cast(Content, content)  # a type guard tells only what a tree is, not that the rest is none
    with opened.open() as stream:
        head = stream.read(HEAD_BYTES)
    return next(archive for archive in ARCHIVES if archive.recognises(opened, head)), opened


def _is_tree(content: Content | ContentTree) -> TypeGuard[ContentTree]:
    return hasattr(content, "entries")


@contextmanager
def _told_in_words(content: Content | ContentTree) -> Iterator[None]:
    """What the operating system refuses, as an error for a person."""
    try:
        yield
    except OSError as error:
        raise UnreadableContent(f"{content.name} cannot be read: {error.strerror or type(error).__name__}.") from error
