"""Members are cut into shards: what one worker reads at a time, and what it gives back."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from biodatamine_core import archives, parallel, tables
from biodatamine_core.readers.stored_pixels import needs_decoder
from biodatamine_core.records import Content, ContentTree, Member, Mode, Problem, ProblemKind, UnreadableMember
from biodatamine_core.scan.begun import Kept, kept
from biodatamine_core.scan.one_file import HELD_BYTES, Inspecting, Orders, Row, inspected_in_turn, refused
from biodatamine_core.scan.telling import Tally
from biodatamine_core.settings import Limits

if TYPE_CHECKING:
    import pyarrow as pa

_SHARD_MEMBERS = 256
_SHARD_BYTES = 32 << 20
_STREAMED_SHARD_BYTES = 4 << 20  # its bytes go along with it, to several workers at once
_SNIFFED_BYTES = 1 << 10
# The rates of one core.
_MEMBERS_PER_SECOND = 4_000
_BYTES_PER_SECOND = 300_000_000
_ENDED_THE_PROCESS = Problem(ProblemKind.CORRUPT, "Reading it ended the reading process; the file is probably damaged.")


def seconds_for(files: int, size_bytes: int) -> float:
    """About how long one core needs."""
    return files / _MEMBERS_PER_SECOND + size_bytes / _BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Shard:
    """Some members of one content."""

    members: tuple[Member, ...]
    identity: str
    """Of the content: part of every file_id."""
    held_bytes: int = 0
    """Of members that go along with their bytes."""

    @property
    def seconds(self) -> float:
        """About how long one core needs."""
        read = [member.size_bytes or 0 for member in self.members if member.refusal is None]
        return seconds_for(len(read), sum(read))


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a shard. Its batches travel as Arrow's own messages: pickled, every column costs a call."""

    batches: "tuple[pa.RecordBatch, ...]"
    tally: Tally

    def __reduce__(self) -> "tuple[Callable[[list[pa.Buffer], Tally], Done], tuple[list[pa.Buffer], Tally]]":
        return _done_from, ([batch.serialize() for batch in self.batches], self.tally)


def _done_from(messages: "list[pa.Buffer]", tally: Tally) -> Done:
    from pyarrow import ipc

    schema = tables.schema("files")
    return Done(tuple(ipc.read_record_batch(message, schema) for message in messages), tally)


def shards(
    contents: Sequence[Content | ContentTree],
    only: str | None,
    orders: Orders,
    skipped: int,
    is_shared: bool,
    tick: Callable[[], None],
) -> Iterator[Shard | Done]:
    """The members of the contents in order, but for the first ones, cut by number and by bytes.

    Nothing is taken ahead of what is asked for. is_shared: others may do the work. A member that can be read only while
    the walk stands on it is inspected here, which takes no longer than to hand its bytes on; but where decoders are at
    work small ones are handed on.
    """
    cut = _Cut(Inspecting(orders, tick))
    decoding = _Decoding(orders.mode)
    for identity, member in islice(members_of(contents, only, orders.limits), skipped, None):
        if identity != cut.identity:
            yield from cut.end(identity)
        held_bytes = 0
        if member.is_streamed:
            if not is_shared or not _is_small(member) or not decoding.is_near(member):
                yield from cut.end_shard()
                if cut.inspects(member):
                    yield from cut.end(identity)
                continue
            held = kept(member) if member.refusal is None else Kept(b"", None)
            held_bytes = len(held.data)
            member = replace(member, opener=held.open, starter=held.first, is_streamed=False)
            tick()
        yield from cut.end_rows()
        if cut.takes(member, held_bytes):
            yield from cut.end(identity)
    yield from cut.end("")


class _Cut:
    """The shard that is being filled, or the rows of members that were read here; never both."""

    def __init__(self, inspecting: Inspecting) -> None:
        self.identity = ""
        self._inspecting = inspecting
        self._members: list[Member] = []
        self._rows: list[Row] = []
        self._size_bytes = self._held_bytes = 0

    def takes(self, member: Member, held_bytes: int) -> bool:
        """Add the member, whose bytes may go along with it; True where the shard is full with it."""
        self._members.append(member)
        self._size_bytes += member.size_bytes or 0
        self._held_bytes += held_bytes
        is_heavy = self._size_bytes >= _SHARD_BYTES or self._held_bytes >= _STREAMED_SHARD_BYTES
        return is_heavy or len(self._members) >= _SHARD_MEMBERS

    def inspects(self, member: Member) -> bool:
        """Read the member here; True where there is enough for a batch."""
        self._rows += self._inspecting.take(member, self.identity)
        return len(self._rows) >= _SHARD_MEMBERS

    def end(self, identity: str) -> "Iterator[Shard | Done]":
        """Hand out what there is, and begin anew with members of this content."""
        yield from self.end_shard()
        yield from self.end_rows()
        self.identity = identity

    def end_shard(self) -> Iterator[Shard]:
        if self._members:
            yield Shard(tuple(self._members), self.identity, self._held_bytes)
        self._members = []
        self._size_bytes = self._held_bytes = 0

    def end_rows(self) -> "Iterator[Done]":
        self._rows += self._inspecting.rest()
        if self._rows:
            yield done_with(self._rows)
        self._rows = []


def subject_of(
    contents: Sequence[Content | ContentTree], only: str | None, orders: Orders, scanner_version: str
) -> str:
    """The same where the same bytes are looked at in the same way and become the same columns."""
    told = [scanner_version, orders.mode, repr(only), orders.pseudonym("subject"), str(tables.schema("files"))]
    told += [f"{content.name}\0{content.identity}" for content in contents]
    return hashlib.sha256("\n".join(told).encode(errors="surrogateescape")).hexdigest()


def members_of(
    contents: Sequence[Content | ContentTree], only: str | None, limits: Limits
) -> Iterator[tuple[str, Member]]:
    for content in contents:
        identity = content.identity
        for member in archives.walk(content, limits, only):
            yield identity, member


class _Decoding:
    """Whether pixels of members about here need a decoder."""

    def __init__(self, mode: Mode) -> None:
        self._is_full = mode is Mode.FULL
        self._members_since: int | None = None

    def is_near(self, member: Member) -> bool:
        """Whether this member may need one, or one of the _SHARD_MEMBERS in front of it."""
        if not self._is_full or member.refusal is not None:
            return False
        try:
            head = member.read(0, _SNIFFED_BYTES)
        except (UnreadableMember, OSError):
            return False  # whoever reads it tells what is wrong
        if needs_decoder(head):
            self._members_since = 0
        elif self._members_since is not None:
            self._members_since += 1
        return self._members_since is not None and self._members_since < _SHARD_MEMBERS


def _is_small(member: Member) -> bool:
    return member.refusal is not None or (member.size_bytes is not None and member.size_bytes <= HELD_BYTES)


def _nothing() -> None:
    """A worker is not watched from within: its parent is."""


def inspect_shard(orders: Orders, shard: Shard | Done, tick: Callable[[], None] = _nothing) -> Done:
    """Read the members of a shard; what is done already only keeps its place in the order."""
    if isinstance(shard, Done):
        return shard
    with archives.kept_open():
        return done_with(list(inspected_in_turn(shard.members, shard.identity, orders, tick)))


def done_with(rows: Sequence[Row]) -> Done:
    tally = Tally()
    for row in rows:
        tally.count(row)
    return Done((tables.to_batch("files", [row.record for row in rows], [row.over for row in rows]),), tally)


def rescued(orders: Orders, workers: int, tick: Callable[[], None], shard: Shard | Done) -> Done:
    """A shard that ended its process twice: its members one by one, and the guilty one by its name."""
    if isinstance(shard, Done):
        return shard
    if len(shard.members) == 1:
        return done_with([refused(shard.members[0], shard.identity, _ENDED_THE_PROCESS)])
    alone = (Shard((member,), shard.identity) for member in shard.members)
    rescue = partial(rescued, orders, workers, tick)
    several = max(workers, 2)  # never in this process, which it would end as well
    tally = Tally()
    batches: list[pa.RecordBatch] = []
    for done in parallel.run(partial(inspect_shard, orders), alone, several, tick, rescue):
        tally.add(done.tally)
        batches += done.batches
    return Done(tuple(batches), tally)
