"""Plain tar archives: their members lie open in the file, so each can be read at any time."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from biodatamine_core.archives.compressions import unpacked
from biodatamine_core.archives.index import index_of
from biodatamine_core.archives.interface import too_many_bytes, too_many_files
from biodatamine_core.archives.names import Occurrences, inner_path, is_listed, is_wanted
from biodatamine_core.archives.standing import Standing
from biodatamine_core.archives.streams import Part
from biodatamine_core.archives.tar_headers import DamagedTape, Forward, Header, Tape, headers, is_header
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
        if not stream.seekable():
            yield from streamed_members(stream, content, limits, only)
            return
        tape = Tape(stream, content.size_bytes)
        finder = _Finder(content)
        yield from _members_on(
            tape, content, limits, only, lambda header, path: replace(_lying_open(content, header, path), finder=finder)
        )


def streamed_members(stream: Forward, content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    """The members of a tar that is read forward only: unpacked on the way, or within another archive."""
    tape = Tape(stream)
    yield from _members_on(tape, content, limits, only, lambda header, path: _passing(tape, header, path))


def _members_on(
    tape: Tape, content: Content, limits: Limits, only: str | None, member_of: Callable[[Header, str], Member]
) -> Iterator[Member]:
    """The members on a tape, plain or unpacked on the way. What ends the tape early is told by a last member."""
    occurrences = Occurrences()
    file_count = unpacked_bytes = 0
    try:
        for header in headers(tape):
            path, refusal = inner_path(header.name)
            path = f"{content.name}!/{path}"
            if not is_listed(path, only):
                continue
            is_counted = is_wanted(path, only)
            file_count += is_counted
            if file_count > limits.files:
                raise too_many_files(content.name, limits)
            member, occurrence, refusal = member_of(header, path), occurrences.of(path), refusal or header.refusal
            yield replace(member, occurrence=occurrence, refusal=refusal) if occurrence or refusal else member
            unpacked_bytes += header.size_bytes if is_counted else 0
            if unpacked_bytes > limits.unpacked_bytes and tape.forward_to(header.data_end):
                raise too_many_bytes(content.name, unpacked_bytes, limits)  # on bytes that are really there
    except DamagedTape as damage:
        yield Member(content.name, content.open, refusal=damage.problem)
    except UnreadableMember as damage:  # the compressed stream beneath
        sentence = f"Behind its {file_count:,} files nothing more could be listed. {damage.problem.sentence}"
        yield Member(content.name, content.open, refusal=Problem(damage.problem.kind, sentence))


def _lying_open(content: Content, header: Header, path: str) -> Member:
    part = Part(content, header.data_start, header.size_bytes, path)
    return Member(path, part.open, header.size_bytes, header.size_bytes, place=part)


def _passing(tape: Tape, header: Header, path: str) -> Member:
    stand = Standing(tape, header.data_start, header.size_bytes)
    return Member(path, stand.open, header.size_bytes, is_streamed=True, starter=stand.first)


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
        return unpacked(replace(_lying_open(self.content, header, path), finder=self))

    def _places(self) -> Iterator[tuple[str, int, int]]:
        with self.content.open() as stream, suppress(DamagedTape):  # members() tells the damage
            for header in headers(Tape(stream, self.content.size_bytes)):
                path, refusal = inner_path(header.name)
                if refusal is None and header.refusal is None:
                    yield f"{self.content.name}!/{path}", header.data_start, header.size_bytes
