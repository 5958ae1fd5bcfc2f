"""Contents become rows of `files`: in parallel, in bounded memory, one row per member, in the order of the members."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from biodatamine_core import archives, parallel, tables
from biodatamine_core.records import (
    Content,
    ContentTree,
    FileRecord,
    Member,
    Mode,
    Problem,
    ProblemKind,
    Pseudonym,
    Watcher,
)
from biodatamine_core.scan.one_file import Orders, inspected, refused
from biodatamine_core.scan.telling import Teller
from biodatamine_core.settings import Limits

__all__ = ["scan"]

_ROW_GROUP_ROWS = 20_000
_SHARD_MEMBERS = 256
_SHARD_BYTES = 32 << 20
# A pool takes about a second to start: it is worth it from some seconds of work on, by these rates of one core.
POOL_IS_WORTH_SECONDS = 3.0
_MEMBERS_PER_SECOND = 1_500
_BYTES_PER_SECOND = 300_000_000
_ENDED_THE_PROCESS = Problem(ProblemKind.CORRUPT, "Reading it ended the reading process; the file is probably damaged.")


def scan(
    contents: Sequence[Content | ContentTree],
    mode: Mode,
    only: str | None,
    limits: Limits,
    pseudonym: Pseudonym,
    workers: int,
    files_out: Path,
    watcher: Watcher,
) -> None:
    """Read every member of the contents and write the table `files`.

    A member that is refused, damaged or unknown has its row as well, with the problem. The same contents give the same
    rows in the same order, whatever the number of workers. series_id is left to `series`.
    Raises LimitExceeded, UnreadableContent, Cancelled (by watcher.check); files_out is then worth nothing.
    """
    teller = Teller(contents, only, limits, watcher)
    rows: list[FileRecord] = []
    with tables.Writer("files", files_out) as writer:
        for done in _inspected(contents, only, Orders(mode, limits, pseudonym), workers, teller.tick):
            teller.add(done.records, done.unpacked_bytes)
            rows += done.records
            if len(rows) >= _ROW_GROUP_ROWS:
                writer.append(rows)
                rows.clear()
        writer.append(rows)
    teller.report()


@dataclass(frozen=True, slots=True)
class _Shard:
    """Some members of one content: what one worker reads at a time."""

    members: tuple[Member, ...]
    identity: str
    """Of the content: part of every file_id."""

    @property
    def seconds(self) -> float:
        """About how long one core needs."""
        return sum(
            1 / _MEMBERS_PER_SECOND + (member.size_bytes or 0) / _BYTES_PER_SECOND
            for member in self.members
            if member.refusal is None
        )


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a shard. unpacked_bytes: how many were really read."""

    records: tuple[FileRecord, ...]
    unpacked_bytes: int


def _inspected(
    contents: Sequence[Content | ContentTree],
    only: str | None,
    orders: Orders,
    workers: int,
    tick: Callable[[], None],
) -> Iterator[_Done]:
    """Every shard inspected, in order: here, or by a pool as soon as enough work is seen to be worth one."""
    here = partial(_inspect_shard, orders, tick=tick)
    pieces = chain.from_iterable(_pieces(content, only, orders.limits, here) for content in contents)
    waiting: list[_Shard] = []
    seconds = 0.0
    for piece in pieces:
        if isinstance(piece, _Done) or workers == 1:
            yield from map(here, waiting)
            yield piece if isinstance(piece, _Done) else here(piece)
            waiting, seconds = [], 0.0
            continue
        waiting.append(piece)
        seconds += piece.seconds
        if seconds >= POOL_IS_WORTH_SECONDS:
            rescue = partial(_rescued, orders, workers, tick)
            yield from parallel.run(partial(_inspect_piece, orders), chain(waiting, pieces), workers, tick, rescue)
            return
    yield from map(here, waiting)


def _pieces(
    content: Content | ContentTree, only: str | None, limits: Limits, here: Callable[[_Shard], _Done]
) -> Iterator[_Shard | _Done]:
    """The members of one content in order, cut by number and by bytes. Nothing is taken ahead of what is asked for.

    What can be read only while the walk stands on it is inspected here, and done when it is handed out.
    """
    identity = content.identity
    members: list[Member] = []
    size_bytes = 0
    for member in archives.walk(content, limits, only):
        if member.is_streamed:
            if members:
                yield _Shard(tuple(members), identity)
                members, size_bytes = [], 0
            yield here(_Shard((member,), identity))
            continue
        members.append(member)
        size_bytes += member.size_bytes or 0
        if len(members) >= _SHARD_MEMBERS or size_bytes >= _SHARD_BYTES:
            yield _Shard(tuple(members), identity)
            members, size_bytes = [], 0
    if members:
        yield _Shard(tuple(members), identity)


def _nothing() -> None:
    """A worker is not watched from within: its parent is."""


def _inspect_shard(orders: Orders, shard: _Shard, tick: Callable[[], None] = _nothing) -> _Done:
    done = [inspected(member, shard.identity, orders, tick) for member in shard.members]
    return _Done(tuple(record for record, _ in done), sum(unpacked_bytes for _, unpacked_bytes in done))


def _inspect_piece(orders: Orders, piece: _Shard | _Done) -> _Done:
    """What a worker does; what is done already only keeps its place in the order."""
    return piece if isinstance(piece, _Done) else _inspect_shard(orders, piece)


def _rescued(orders: Orders, workers: int, tick: Callable[[], None], shard: _Shard | _Done) -> _Done:
    """A shard that ended its process twice: its members one by one, and the guilty one by its name."""
    if isinstance(shard, _Done):
        return shard
    if len(shard.members) == 1:
        return _Done((refused(shard.members[0], shard.identity, _ENDED_THE_PROCESS),), 0)
    alone = (_Shard((member,), shard.identity) for member in shard.members)
    done = list(
        parallel.run(partial(_inspect_shard, orders), alone, workers, tick, partial(_rescued, orders, workers, tick))
    )
    return _Done(tuple(chain.from_iterable(d.records for d in done)), sum(d.unpacked_bytes for d in done))
