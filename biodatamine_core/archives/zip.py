"""ZIP archives, read in place: the directory gives every name, size and checksum before a byte is inflated."""

import stat
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise

from biodatamine_core.archives.compressions import unpacked
from biodatamine_core.archives.index import index_of
from biodatamine_core.archives.interface import is_bomb, too_many_bytes, too_many_files
from biodatamine_core.archives.names import Occurrences, inner_path, is_document, is_listed, is_wanted
from biodatamine_core.archives.zip_directory import DamagedDirectory, Entry, directory, entries, entry_at
from biodatamine_core.archives.zip_member import (
    BZIP2,
    DEFLATED,
    LOCAL_SIGNATURE,
    LZMA,
    STORED,
    ZSTD,
    Packed,
    Place,
)
from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import Content, Member, Problem, ProblemKind, is_distant
from biodatamine_core.settings import Limits

_SIGNATURES = (LOCAL_SIGNATURE, b"PK\x05\x06", b"PK\x07\x08")  # a first file; no file at all; a first part
_PROGRAM = b"MZ"  # of Windows: a zip that unpacks itself, as on many a patient's CD
_PAST_EVERYTHING = (1 << 63) - 1
_TOLD_AHEAD = 256  # entries: about 5 MB of their first bytes
_LOCAL_EXTRA_BYTES = 512  # that a local header may have beyond what the directory says of it


def recognises(content: Content, head: bytes) -> bool:
    if is_document(content.name):
        return False
    return has_signature(head) or (head.startswith(_PROGRAM) and _is_self_extracting(content))


def has_signature(head: bytes) -> bool:
    """Whether these are the first bytes of a zip that begins with its first file."""
    return head.startswith(_SIGNATURES)


def is_streamed(content: Content) -> bool:
    return False


def stated_files(content: Content) -> int | None:
    with content.open() as stream:
        return directory(stream, content).entry_count


def members(content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    """In the order of the directory. The directory is read twice as a stream: first to know what the archive claims."""
    overlapping = _survey(content, limits, only)
    occurrences = Occurrences()
    size_bytes, finder = content.size_bytes, _Finder(content)
    try:
        for ordinal, entry in _told_ahead(content, only):
            if entry.is_folder:
                continue
            path, refusal = inner_path(entry.name)
            path = f"{content.name}!/{path}"
            if is_listed(path, only):
                refusal = refusal or _refusal(entry, ordinal in overlapping, size_bytes)
                yield _member(content, entry, path, occurrences.of(path), refusal, finder)
    except DamagedDirectory as damage:
        yield Member(content.name, content.open, refusal=Problem(ProblemKind.CORRUPT, str(damage)))


def _told_ahead(content: Content, only: str | None) -> Iterator[tuple[int, Entry]]:
    """The entries and their ordinals. A content that comes from afar is told the next ones while these are read."""
    numbered = enumerate(entries(content))
    if not is_distant(content):
        yield from numbered
        return
    told: list[tuple[int, Entry]] = []
    damage: DamagedDirectory | None = None
    while damage is None:
        following: list[tuple[int, Entry]] = []
        try:
            for one in islice(numbered, _TOLD_AHEAD):
                following.append(one)
        except DamagedDirectory as found:
            damage = found
        content.expect([_span(entry) for _, entry in following if _is_read(content, entry, only)])
        yield from told
        told = following
        if not following:
            return
    yield from told
    raise damage


def _is_read(content: Content, entry: Entry, only: str | None) -> bool:
    is_met = only is None or is_listed(f"{content.name}!/{inner_path(entry.name)[0]}", only)
    return is_met and not entry.is_folder and _refusal(entry, False, content.size_bytes) is None


def _span(entry: Entry) -> tuple[int, int]:
    """Where its bytes lie, and before them its local header, whose length only the header itself tells."""
    return entry.header_offset, entry.least_end + _LOCAL_EXTRA_BYTES


def _member(
    content: Content, entry: Entry, path: str, occurrence: int, refusal: Problem | None, finder: "_Finder"
) -> Member:
    packed = Packed(content, entry.header_offset, entry.method, entry.packed_bytes, entry.size_bytes, entry.crc32)
    return Member(
        path=path,
        opener=packed.open,
        size_bytes=entry.size_bytes,
        packed_bytes=entry.packed_bytes,
        occurrence=occurrence,
        crc32=entry.crc32,
        refusal=refusal,
        finder=finder,
        place=Place(content, entry.header_offset, entry.size_bytes, path) if entry.method == STORED else None,
        starter=packed.first,
    )


@dataclass(frozen=True, slots=True)
class _Finder:
    """Looks a member up by its path, in an index of the whole directory."""

    content: Content

    def __call__(self, path: str) -> Member | None:
        found = index_of(self.content, self._places).find(path)
        if found is None:
            return None
        entry = entry_at(self.content, found[0])
        refusal = _refusal(entry, False, self.content.size_bytes)
        return unpacked(_member(self.content, entry, path, 0, refusal, self))

    def _places(self) -> Iterator[tuple[str, int, int]]:
        with suppress(DamagedDirectory):  # members() tells the damage
            for entry in entries(self.content):
                path, refusal = inner_path(entry.name)
                if refusal is None and not entry.is_folder:
                    yield f"{self.content.name}!/{path}", entry.position, entry.size_bytes


def _is_self_extracting(content: Content) -> bool:
    try:
        with content.open() as stream:
            return directory(stream, content).entry_count > 0
    except UnreadableContent:
        return False


def _survey(content: Content, limits: Limits, only: str | None) -> frozenset[int]:
    """Ordinals of the entries that overlap another one. Raises LimitExceeded for what the archive claims to hold."""
    starts, ends = array("q"), array("q")
    file_count = unpacked_bytes = 0
    try:
        for entry in entries(content):
            starts.append(min(entry.header_offset, _PAST_EVERYTHING))
            ends.append(min(entry.least_end, _PAST_EVERYTHING))
            is_met = only is None or is_wanted(f"{content.name}!/{inner_path(entry.name)[0]}", only)
            if is_met and not entry.is_folder:
                file_count += 1
                if not is_bomb(entry.size_bytes, entry.packed_bytes):
                    unpacked_bytes += entry.size_bytes
                if file_count > limits.files:
                    raise too_many_files(content.name, limits)
    except DamagedDirectory:
        pass  # members() says so, behind the last entry
    if unpacked_bytes > limits.unpacked_bytes:
        raise too_many_bytes(content.name, unpacked_bytes, limits)
    return _overlapping(starts, ends)


def _overlapping(starts: "array[int]", ends: "array[int]") -> frozenset[int]:
    """Ordinals of the spans that reach into the next one, by position in the archive."""
    order: Sequence[int] = range(len(starts))
    if any(starts[one] > starts[one + 1] for one in order[:-1]):
        order = sorted(order, key=lambda one: (starts[one], ends[one]))
    return frozenset(one for one, following in pairwise(order) if ends[one] > starts[following])


def _refusal(entry: Entry, is_overlapping: bool, archive_bytes: int) -> Problem | None:
    """Why a member must not or cannot be read, as far as the directory tells."""
    if entry.is_encrypted:
        return Problem(
            ProblemKind.ENCRYPTED, "It is encrypted; unpack the archive with its password and scan the result."
        )
    if stat.S_ISLNK(entry.unix_mode):
        return Problem(ProblemKind.LINK, "It is a symbolic link; links are not followed.")
    if stat.S_IFMT(entry.unix_mode) not in (0, stat.S_IFREG):
        return Problem(ProblemKind.UNSUPPORTED, "It is a device or a pipe, not a file.")
    if entry.header_offset < 0 or entry.least_end > archive_bytes:
        return Problem(ProblemKind.TRUNCATED, "It lies outside the archive: the archive was cut off or damaged.")
    if is_bomb(entry.size_bytes, entry.packed_bytes):
        return Problem(
            ProblemKind.TOO_LARGE,
            f"It claims {entry.size_bytes:,} bytes out of {entry.packed_bytes:,}, as a decompression bomb does.",
        )
    if is_overlapping:
        return Problem(
            ProblemKind.CORRUPT, "Its bytes are another member's too, as in a decompression bomb or a damaged archive."
        )
    if entry.method not in (STORED, DEFLATED, BZIP2, LZMA, ZSTD):
        return Problem(
            ProblemKind.UNSUPPORTED,
            f"It is compressed by ZIP method {entry.method}; stored, deflate, bzip2, LZMA and Zstandard are read. "
            "Pack it again.",
        )
    return None
