"""Folders: every entry is a file of its own."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from biodatamine_core.archives.compressions import unpacked
from biodatamine_core.archives.interface import too_many_bytes, too_many_files
from biodatamine_core.archives.names import is_listed, is_wanted
from biodatamine_core.errors import NotFound
from biodatamine_core.records import Content, ContentTree, Member, Problem, ProblemKind
from biodatamine_core.settings import Limits

_NOT_FOLLOWED = Problem(ProblemKind.LINK, "It is a link or no regular file; only files of this folder itself are read.")


def members(tree: ContentTree, limits: Limits, only: str | None) -> Iterator[Member]:
    if only is None and tree.size_bytes > limits.unpacked_bytes:
        raise too_many_bytes(tree.name, tree.size_bytes, limits)
    file_count = 0
    for path, content in tree.entries():
        if not is_listed(path, only):
            continue
        file_count += is_wanted(path, only)
        if file_count > limits.files:
            raise too_many_files(tree.name, limits)
        if content is None:
            yield Member(path, io.BytesIO, refusal=_NOT_FOLLOWED)
        else:
            yield replace(_member(path, content), finder=_Finder(tree))


def stated_files(tree: ContentTree) -> int:
    return sum(1 for _ in tree.entries())


@dataclass(frozen=True, slots=True)
class _Finder:
    """Looks a file of the folder up by its path."""

    tree: ContentTree

    def __call__(self, path: str) -> Member | None:
        content = self.tree.entry(path)
        return unpacked(replace(_member(path, content), finder=self)) if content is not None else None


def _member(path: str, content: Content) -> Member:
    try:
        return Member(path, content.open, size_bytes=content.size_bytes, place=content)
    except (OSError, NotFound):  # deleted since it was listed: opening it says so
        return Member(path, content.open)
