"""The members of one series, found again in the contents that were scanned."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import xxhash

from biodatamine_core import archives
from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import Content, ContentTree, FileRecord, Member
from biodatamine_core.settings import Limits

_BLOCK_BYTES = 1 << 20


def members_of(
    contents: Sequence[Content | ContentTree], files: Iterable[FileRecord], limits: Limits
) -> Iterator[tuple[FileRecord, Member]]:
    """Each file with its member, in the archive's order where that is the only one; what is gone is left out.

    A member must be read before the next one is taken. Raises UnreadableContent where a folder's file changed since.
    """
    waiting = {(file.path, file.occurrence): file for file in files}
    for content in contents:
        is_folder = hasattr(content, "entries")
        for member in _found(content, waiting, limits):
            file = waiting.pop((member.path, member.occurrence))
            if is_folder and _changed(file, member):
                raise UnreadableContent(f"{file.path} changed since it was scanned; scan the dataset again.")
            yield file, member


def _found(
    content: Content | ContentTree, waiting: dict[tuple[str, int], FileRecord], limits: Limits
) -> Iterator[Member]:
    """Looked up where the archive can, else met on a walk that ends with the last of them."""
    if not waiting:
        return
    walk = archives.walk(content, limits, towards=[path for path, _ in waiting])
    first = next(walk, None)
    if first is not None and first.finder is not None and _is_one_archive(first.path, waiting):
        for path, _ in list(waiting):
            member = first.finder(path)
            if member is not None:
                yield member
        return
    data_files = {path: file.data_files for (path, _), file in waiting.items() if file.data_files}
    for member in archives.gathered(walk if first is None else chain([first], walk), data_files):
        if (member.path, member.occurrence) in waiting:
            yield member
        if not waiting:
            return


def _is_one_archive(path: str, waiting: Iterable[tuple[str, int]]) -> bool:
    """Whether all that waits lies in the archive or folder of this path, each path once."""
    archive = path.rpartition("!/")[0]
    return all(wanted.rpartition("!/")[0] == archive and not occurrence for wanted, occurrence in waiting)


def _changed(file: FileRecord, member: Member) -> bool:
    """Whether a file in a folder holds other bytes than when it was scanned: by its hash where the scan took one."""
    unpacked = archives.unpacked(member)
    if file.content_hash is None:
        return unpacked.size_bytes is not None and unpacked.size_bytes != file.size_bytes
    digest = xxhash.xxh3_128()
    with unpacked.open() as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest() != file.content_hash
