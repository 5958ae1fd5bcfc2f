"""One member becomes one FileRecord, whatever it is: read, hashed, verified, inspected."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import xxhash

from biodatamine_core import archives, readers
from biodatamine_core.errors import DownloadFailed, NotFound, StorageUnavailable
from biodatamine_core.records import FileRecord, Member, Mode, Problem, ProblemKind, Pseudonym, UnreadableMember
from biodatamine_core.scan.begun import begun
from biodatamine_core.scan.pixel_facts import MOST_SAMPLES, SAMPLE_BYTES, pixel_facts
from biodatamine_core.settings import Limits

HELD_BYTES = 16 << 20
"""A file up to this size is read once, into memory, and parsed from there; the header of a larger one is read again."""
_FIRST_BYTES = 4096  # taken apart from the rest, so that a file damaged behind them still shows what it is
_HEADER_BYTES = readers.HEAD_BYTES  # in a headers-only scan: most headers lie wholly within
_CHUNK_BYTES = 1 << 20
_READ_TOGETHER, _READ_TOGETHER_BYTES = 4, 1 << 20
"""So many small files are read, then looked at: work of one kind at a time keeps its code and tables in the cache."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What holds for every member of a scan."""

    mode: Mode
    limits: Limits
    pseudonym: Pseudonym


class Row(NamedTuple):
    """One member's row of `files`: what its reader found; over it what the archive and the whole of its bytes say."""

    record: FileRecord
    over: dict[str, Any]
    unpacked_bytes: int
    """How many were read for it."""


def inspected(member: Member, identity: str, orders: Orders, tick: Callable[[], None]) -> Row:
    """The row of one member; see inspected_in_turn."""
    (row,) = inspected_in_turn((member,), identity, orders, tick)
    return row


def inspected_in_turn(
    members: Iterable[Member], identity: str, orders: Orders, tick: Callable[[], None]
) -> Iterator[Row]:
    """The rows of members, in their order.

    identity: of the content that holds them. tick: called for each member and its chunks; may raise Cancelled.
    Raises LimitExceeded where one alone is more than the whole dataset may be.
    """
    inspecting = Inspecting(orders, tick)
    for member in members:
        yield from inspecting.take(member, identity)
    yield from inspecting.rest()


class Inspecting:
    """Members one after another, in one pass; their rows follow in the same order, up to _READ_TOGETHER behind."""

    def __init__(self, orders: Orders, tick: Callable[[], None]) -> None:
        self._orders, self._tick = orders, tick
        self._waiting: list[tuple[_Reading, str]] = []
        self._held_bytes = 0

    def take(self, member: Member, identity: str) -> Sequence[Row]:
        """Read the member; the rows that are due. Parameters and errors as of inspected_in_turn."""
        self._tick()
        reading = _Reading(member, self._orders)
        reading.read(self._tick)
        self._waiting.append((reading, identity))
        self._held_bytes += reading.size_bytes
        is_enough = len(self._waiting) == _READ_TOGETHER or self._held_bytes >= _READ_TOGETHER_BYTES
        return self.rest() if is_enough or reading.passes_by else ()

    def rest(self) -> Sequence[Row]:
        """The rows of all that was read."""
        waiting, self._waiting, self._held_bytes = self._waiting, [], 0
        records = [reading.record() for reading, _ in waiting]
        return [reading.row(record, identity) for (reading, identity), record in zip(waiting, records, strict=True)]


def refused(member: Member, identity: str, problem: Problem) -> Row:
    """The row of a member that was not read."""
    return Row(_unread(member, problem), _place(member, identity), 0)


def _unread(member: Member, problem: Problem) -> FileRecord:
    return FileRecord(file_id="", path=member.path, problem_kind=problem.kind, problem=problem.sentence)


def file_id(identity: str, path: str, occurrence: int) -> str:
    """The same for the same member of the same content."""
    return xxhash.xxh3_128_hexdigest(f"{identity}\0{path}\0{occurrence}".encode(errors="backslashreplace"))


def _place(member: Member, identity: str) -> dict[str, Any]:
    """What the archive knows about the member."""
    return {
        "file_id": file_id(identity, member.path, member.occurrence),
        "path": member.path,
        "occurrence": member.occurrence,
        "size_bytes": member.size_bytes or 0,
        "packed_bytes": member.packed_bytes,
        "crc32": member.crc32,
    }


def _start_of(held: bytes, length: int) -> bytes | None:
    """Member.first of a member whose first bytes are held."""
    return held[:length] if length <= len(held) else None


def _start_of_whole(held: bytes, length: int) -> bytes:
    """Member.first of a member that is held whole."""
    return held[:length]


def _read_from(
    member: Member, opener: Callable[[], BinaryIO], starter: Callable[[int], bytes | None], size_bytes: int | None
) -> Member:
    """The member with other bytes. dataclasses.replace, which asks for every field by its name, takes four times it."""
    return Member(
        path=member.path,
        opener=opener,
        size_bytes=size_bytes,
        packed_bytes=member.packed_bytes,
        occurrence=member.occurrence,
        crc32=member.crc32,
        refusal=member.refusal,
        finder=member.finder,
        place=member.place,
        is_streamed=member.is_streamed,
        starter=starter,
    )


class _Reading:
    """The bytes of one member: the first of them held, all of them counted and hashed in a full scan.

    size_bytes and content_hash are those of the innermost bytes: of what a .gz holds, not of the .gz.
    """

    def __init__(self, member: Member, orders: Orders) -> None:
        self.size_bytes = 0
        self._problem = member.refusal
        self._compression: str | None = None
        self._member = member
        self._orders = orders
        self._is_full = orders.mode is Mode.FULL
        self._hash = xxhash.xxh3_128()
        self._held: list[bytes] = []
        self._samples: list[tuple[int, bytes]] = []
        self._is_held_whole = False

    def read(self, tick: Callable[[], None]) -> None:
        """Every byte, or in a headers-only scan the first ones."""
        if self._problem is None:
            self._problem = self._read(tick)

    @property
    def passes_by(self) -> bool:
        """Whether more of it can be read only before the next member is."""
        return self._member.is_streamed and not self._is_held_whole and self._problem is None

    def record(self) -> FileRecord:
        """What a reader finds; of a member that was not read to its end only why."""
        if self._problem is None and self.size_bytes == 0:
            self._problem = Problem(ProblemKind.EMPTY, "It is empty: 0 bytes.")
        return self._facts() if self._problem is None else _unread(self._member, self._problem)

    def row(self, record: FileRecord, identity: str) -> Row:
        """The row, with what the pixels are like. record: what record() gave."""
        over = _place(self._member, identity)
        if self._member.refusal is not None:
            return Row(record, over, 0)
        over["compression"] = self._compression
        if self._problem is not None:
            over["format"] = self._damaged_format()
        elif self._is_full:
            over["content_hash"] = self._hash.hexdigest()
            over.update(pixel_facts(record, self._held_bytes(), self._is_held_whole, self._samples))
        return Row(record, over, self.size_bytes)

    def _read(self, tick: Callable[[], None]) -> Problem | None:
        """What is wrong with the bytes is returned."""
        try:
            if self._read_at_once():
                return None
            with self._member.open() as packed:
                begun = packed.read(archives.SIGNATURE_BYTES)
                compression = archives.compression_of(begun)
                if compression is not None:
                    self._compression = compression.name
                    self._take(compression.open(packed, self._orders.limits, begun), tick)
                else:
                    self._keep(begun)
                    self._take(packed, tick)
        except UnreadableMember as unreadable:
            return unreadable.problem
        except (OSError, NotFound) as error:
            reason = getattr(error, "strerror", None) or "it is not there any more"
            return Problem(ProblemKind.CORRUPT, f"It could not be read: {reason}.")
        return None

    def _read_at_once(self) -> bool:
        """A small file whole, or for a headers-only scan its first bytes, where that takes no stream."""
        size_bytes = self._member.size_bytes
        if self._is_full and (size_bytes is None or size_bytes > HELD_BYTES):
            return False
        length = HELD_BYTES + 1 if self._is_full else _HEADER_BYTES
        data = self._member.first(length)
        compression = None if data is None else archives.compression_of(data[: archives.SIGNATURE_BYTES])
        if compression is not None and data is not None:
            data = None if self._is_full else compression.first(data, length)
            self._compression = compression.name
        if data is None:
            return False
        self._keep(data)
        self._is_held_whole = len(data) < length
        return True

    def _take(self, stream: BinaryIO, tick: Callable[[], None]) -> None:
        length = _FIRST_BYTES
        while chunk := stream.read(length):
            self._keep(chunk)
            tick()
            if not self._is_full and self.size_bytes >= _HEADER_BYTES:
                return
            length = _CHUNK_BYTES if self._is_full else _HEADER_BYTES
        self._is_held_whole = self.size_bytes <= HELD_BYTES

    def _keep(self, chunk: bytes) -> None:
        if self.size_bytes < HELD_BYTES:
            self._held.append(chunk)
        elif self._is_full and len(self._samples) < MOST_SAMPLES:
            self._samples.append((self.size_bytes, chunk[:SAMPLE_BYTES]))
        self.size_bytes += len(chunk)
        if self._is_full:
            self._hash.update(chunk)
        if self.size_bytes > self._orders.limits.unpacked_bytes:
            raise archives.too_many_bytes(self._member.path, self.size_bytes, self._orders.limits)

    def _facts(self) -> FileRecord:
        """In memory where the bytes are held whole, else in the member opened again."""
        if self._is_held_whole:
            return self._inspect(self._held_member())
        member = self._member
        if self._compression is not None or member.starter is None:
            member = archives.unpacked(member, self._orders.limits)
        size_bytes = self.size_bytes if self._is_full else member.size_bytes
        if self._held and member.starter is not None:
            held = self._held_bytes()
            opener, starter = partial(begun, held, member.opener), partial(_start_of, held)
            return self._inspect(_read_from(member, opener, starter, size_bytes))
        return self._inspect(replace(member, size_bytes=size_bytes))

    def _damaged_format(self) -> str:
        """What the bytes in front of the damage are; nothing else is believed of a damaged file."""
        return self._inspect(self._held_member()).format

    def _held_member(self) -> Member:
        held = self._held_bytes()
        return _read_from(self._member, partial(io.BytesIO, held), partial(_start_of_whole, held), len(held))

    def _held_bytes(self) -> bytes:
        """All that is held, in one piece."""
        if len(self._held) != 1:
            self._held = [b"".join(self._held)]
        return self._held[0]

    def _inspect(self, member: Member) -> FileRecord:
        try:
            return readers.inspect(member, self._orders.pseudonym, self._orders.mode)
        except (StorageUnavailable, DownloadFailed):
            raise  # who keeps the bytes is away: no file is to blame
        except Exception as error:  # noqa: BLE001 - one file; the error's text may carry a name, its class does not
            sentence = f"Its reader stopped unexpectedly ({type(error).__name__}); the file is probably damaged."
            return FileRecord(file_id="", path=member.path, problem_kind=ProblemKind.CORRUPT, problem=sentence)
