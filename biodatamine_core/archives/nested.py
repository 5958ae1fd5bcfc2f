"""Archives inside archives and folders: opened in place, to a bounded depth, and bombs of them stopped and named."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from biodatamine_core.archives import seven_zip, split, tar
from biodatamine_core.archives import zip as zip_archive
from biodatamine_core.archives.compressions import compression_of, unpacked
from biodatamine_core.archives.interface import HEAD_BYTES, Archive, is_bomb, too_many_files
from biodatamine_core.archives.names import Occurrences, is_closed, is_wanted
from biodatamine_core.archives.seven_zip_directory import MAGIC
from biodatamine_core.archives.spill import spilled
from biodatamine_core.archives.streams import Part
from biodatamine_core.archives.tar_headers import is_header
from biodatamine_core.errors import LimitExceeded, NotFound, UnreadableContent
from biodatamine_core.records import Content, ContentTree, Member, Problem, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits

MOST_DEPTH = 4
"""Archives within one another: "a.zip!/b.zip!/c.tar.gz!/d.zip!/1.dcm"."""
_TOO_DEEP = Problem(
    ProblemKind.TOO_LARGE,
    f"It is an archive inside {MOST_DEPTH} others, as in a decompression bomb; it was not opened. Add it by itself.",
)
_EMPTY = Problem(ProblemKind.EMPTY, "It is an archive without a file in it.")


@dataclass(slots=True)
class Nest:
    """One walk over a content and everything inside it.

    doors: paths of the archives to open; None opens all.
    """

    whole: Content | ContentTree
    limits: Limits
    only: str | None
    doors: frozenset[str] | None = None
    _whole_bytes: int | None = None
    _file_count: int = 0
    _opened_bytes: int = 0
    _occurrences: Occurrences = field(default_factory=Occurrences)

    def opened(self, members: Iterator[Member], depth: int, archive: Member | None = None) -> Iterator[Member]:
        """The members that are wanted; in place of an archive among them, what it holds.

        depth: how many archives the members lie in. archive: the one around them, where it is inside the content.
        """
        own_path = self.whole.name if archive is None else archive.path
        for member in members:
            found = self._archive_in(member)
            if found is not None:
                yield from self._inside(member, found, depth)
            elif member.refusal is not None and member.path == own_path:  # what ended its list: --only does not hide it
                yield self._counted(member if archive is None else replace(member, occurrence=archive.occurrence))
            elif is_wanted(member.path, self.only):
                # An archive inside may have a namesake with the same paths in it.
                occurrence = member.occurrence if archive is None else self._occurrences.of(member.path)
                yield self._counted(_with_occurrence(member, occurrence))

    def _inside(self, member: Member, found: Archive | Problem, depth: int) -> Iterator[Member]:
        """What an archive holds; one refused row under its own path where that cannot be listed."""
        problem = found if isinstance(found, Problem) else self._too_much(member, depth)
        count = 0
        if problem is None and not isinstance(found, Problem):
            try:
                content = self._content_of(member, found)
                self._opened_bytes += content.size_bytes
                inside = found.members(content, self.limits, self.only)
                for inner in self.opened(inside, depth + 1, member):
                    count += 1
                    yield inner
            except UnreadableMember as unreadable:
                problem = unreadable.problem
            except UnreadableContent as error:
                problem = Problem(ProblemKind.CORRUPT, str(error))
            except LimitExceeded as error:
                if self._file_count > self.limits.files:
                    raise
                problem = Problem(ProblemKind.TOO_LARGE, str(error))
        if problem is None and count == 0 and self.only is None:
            problem = _EMPTY
        if problem is not None:
            yield self._counted(replace(member, refusal=problem))

    def _archive_in(self, member: Member) -> Archive | Problem | None:
        """Which archive a member is, by its first bytes; a problem where it is a part of one."""
        if member.refusal is not None or (self.doors is not None and member.path not in self.doors):
            return None
        if part := split.told(member.name):
            return Problem(ProblemKind.UNSUPPORTED, f"It is {part}.")
        if is_closed(member.name):
            return None
        try:
            head = _head(member)
            if compression_of(head):
                head = _head(unpacked(member))
        except (UnreadableMember, OSError, NotFound):
            return None  # whoever reads it tells what is wrong
        if is_header(head):
            return tar
        if head.startswith(MAGIC):
            return seven_zip
        is_zip = zip_archive.has_signature(head) or (member.place and zip_archive.recognises(member.place, head))
        return zip_archive if is_zip else None

    def _counted(self, member: Member) -> Member:
        self._file_count += 1
        if self._file_count > self.limits.files:
            raise too_many_files(self.whole.name, self.limits)
        return member

    def _too_much(self, member: Member, depth: int) -> Problem | None:
        if depth >= MOST_DEPTH:
            return _TOO_DEEP
        if self._whole_bytes is None:
            self._whole_bytes = (
                self.whole.size_bytes
            )  # of a folder this lists it again: once, and only where it matters
        with_this_bytes = self._opened_bytes + (member.size_bytes or 0)
        if is_bomb(with_this_bytes, self._whole_bytes) or with_this_bytes > self.limits.unpacked_bytes:
            return Problem(
                ProblemKind.TOO_LARGE,
                f"The archives inside come to {with_this_bytes:,} bytes out of {self._whole_bytes:,}, "
                "as in a decompression bomb; this one was not opened.",
            )
        return None

    def _content_of(self, member: Member, archive: Archive) -> Content:
        """The archive where it lies open; read forward where that is enough; else unpacked into a temporary file."""
        inner = unpacked(member, self.limits)
        if inner is member and member.place is not None:
            return Part(member.place, 0, member.place.size_bytes, member.path)
        if archive is tar:
            return _Passing(inner)
        return spilled(inner, self.limits.unpacked_bytes - self._opened_bytes)


@dataclass(frozen=True, slots=True)
class _Passing:
    """A content that is read forward only, once."""

    member: Member

    @property
    def name(self) -> str:
        return self.member.path

    @property
    def identity(self) -> str:
        return f"passing:{self.member.path}"

    @property
    def size_bytes(self) -> int:
        return self.member.size_bytes or 0

    def open(self) -> BinaryIO:
        return self.member.open()


def _with_occurrence(member: Member, occurrence: int) -> Member:
    return member if member.occurrence == occurrence else replace(member, occurrence=occurrence)


def _head(member: Member) -> bytes:
    """The first HEAD_BYTES, beneath the buffer: that would unpack a hundred times as many to fill itself."""
    head = member.first(HEAD_BYTES)
    if head is not None:
        return head
    head = b""
    with member.open() as stream:
        source = getattr(stream, "raw", stream)
        while len(head) < HEAD_BYTES and (data := source.read(HEAD_BYTES - len(head))):
            head += data
    return head


def doors_to(paths: Iterable[str]) -> frozenset[str]:
    """The archives to open on the way to these paths."""
    return frozenset(
        "!/".join(parts[:at]) for parts in (path.split("!/") for path in paths) for at in range(1, len(parts))
    )
