"""Plain tar archives: their members lie open in the file, so each can be read at any time."""

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO

from biodatamine_core.archives.gzip import unpacked
from biodatamine_core.archives.index import index_of
from biodatamine_core.archives.interface import too_many_bytes, too_many_files
from biodatamine_core.archives.names import Occurrences, inner_path, is_wanted
from biodatamine_core.archives.streams import BLOCK_BYTES, Section
from biodatamine_core.archives.tar_headers import DamagedTape, Header, Tape, headers, is_header
from biodatamine_core.records import Content, Member, Problem, UnreadableMember
from biodatamine_core.settings import Limits


def recognises(content: Content, head: bytes) -> bool:
    return is_header(head)


def is_streamed(content: Content) -> bool:
    return False


def stated_files(content: Content) -> int | None:
    return None  # a tar has no directory: counting is walking


def members(content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    with content.open() as stream:
        tape = Tape(stream, content.size_bytes)
        for member in members_on(tape, content, limits, only, lambda header: _Opener(content, header)):
            yield replace(member, finder=_Finder(content))


def members_on(
    tape: Tape,
    content: Content,
    limits: Limits,
    only: str | None,
    opener: Callable[[Header], Callable[[], BinaryIO]],
) -> Iterator[Member]:
    """The members on a tape, plain or unpacked on the way. What ends the tape early is told by a last member."""
    occurrences = Occurrences()
    file_count = unpacked_bytes = 0
    try:
        for header in headers(tape):
            path, refusal = inner_path(header.name)
            path = f"{content.name}!/{path}"
            if not is_wanted(path, only):
                continue
            file_count += 1
            if file_count > limits.files:
                raise too_many_files(content.name, limits)
            yield Member(
                path=path,
                opener=opener(header),
                size_bytes=header.size_bytes,
                packed_bytes=header.size_bytes if tape.size_bytes is not None else None,
                occurrence=occurrences.of(path),
                refusal=refusal or header.refusal,
            )
            unpacked_bytes += header.size_bytes
            if unpacked_bytes > limits.unpacked_bytes and tape.forward_to(header.data_end):
                raise too_many_bytes(content.name, unpacked_bytes, limits)  # on bytes that are really there
    except DamagedTape as damage:
        yield Member(content.name, content.open, refusal=damage.problem)
    except UnreadableMember as damage:  # the gzip stream beneath
        sentence = f"Behind its {file_count:,} files nothing more could be listed. {damage.problem.sentence}"
        yield Member(content.name, content.open, refusal=Problem(damage.problem.kind, sentence))


@dataclass(frozen=True, slots=True)
class _Finder:
    """Looks a member up by its path, in an index of the whole tape."""

    content: Content

    def __call__(self, path: str) -> Member | None:
        found = index_of(self.content, self._places).find(path)
        if found is None:
            return None
        data_start, size_bytes = found
        header = Header(path, size_bytes, data_start, data_start + size_bytes, None)
        return unpacked(Member(path, _Opener(self.content, header), size_bytes, size_bytes, finder=self))

    def _places(self) -> Iterator[tuple[str, int, int]]:
        with self.content.open() as stream, suppress(DamagedTape):  # members() tells the damage
            for header in headers(Tape(stream, self.content.size_bytes)):
                path, refusal = inner_path(header.name)
                if refusal is None and header.refusal is None:
                    yield f"{self.content.name}!/{path}", header.data_start, header.size_bytes


@dataclass(frozen=True, slots=True)
class _Opener:
    content: Content
    header: Header

    def __call__(self) -> BinaryIO:
        stream = self.content.open()
        return io.BufferedReader(Section(stream, self.header.data_start, self.header.size_bytes), BLOCK_BYTES)
