"""Contents become rows of `files`: in parallel, in bounded memory, one row per member, in the order of the members."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import parallel
from biodatamine_core.records import Content, ContentTree, Mode, Pseudonym, Watcher, is_distant, is_served
from biodatamine_core.scan.one_file import Orders
from biodatamine_core.scan.parts import Parts
from biodatamine_core.scan.sharding import Done, Shard, inspect_shard, rescued, seconds_for, shards, subject_of
from biodatamine_core.scan.telling import Teller
from biodatamine_core.settings import Limits

if TYPE_CHECKING:
    from biodatamine_core.scan.alongside import Alongside  # its rooms of the network are not for workers to import

__all__ = ["Orders", "scan"]

# A pool takes about a second to start: it is worth it from some seconds of work on, by the rates of one core.
POOL_IS_WORTH_SECONDS = 3.0
_MOST_HELD_BYTES = 16 << 20  # of files out of a solid archive, before a pool is there to take them


def scan(
    contents: Sequence[Content | ContentTree],
    mode: Mode,
    only: str | None,
    limits: Limits,
    pseudonym: Pseudonym,
    workers: int,
    files_out: Path,
    watcher: Watcher,
    *,
    scheduler: str = "",
    scanner_version: str = "",
    alongside: "Alongside | None" = None,
) -> None:
    """Read every member of the contents and write the table `files`.

    A member that is refused, damaged or unknown has its row as well, with the problem. The same contents give the same
    rows in the same order, whatever the number of workers and however often the scan was cut off: what is finished is
    kept in `<files_out>.parts`, and a scan of the same contents in the same way to the same place goes on behind it.
    scheduler: as parallel.run takes it. alongside: who scanned what came while the contents were downloaded.
    series_id is left to `series`.
    Raises LimitExceeded, UnreadableContent, Cancelled (by watcher.check); files_out is then worth nothing.
    """
    if any(is_distant(content) or is_served(content) for content in contents):
        workers, scheduler = 1, ""  # the sign-ins are here, and parsing waits for the network anyway
    teller = Teller(contents, only, limits, watcher)
    orders = Orders(mode, limits, pseudonym)
    parts = Parts(files_out, subject_of(contents, only, orders, scanner_version))
    if alongside is not None and not parts.done.files:
        alongside.hand_over(contents, parts, teller.tick)
    teller.add(parts.done)
    pieces = shards(contents, only, orders, parts.done.files, workers > 1 or scheduler != "", teller.tick)
    is_long = seconds_for(*teller.left) >= POOL_IS_WORTH_SECONDS
    for done in _inspected(pieces, orders, workers, scheduler, teller.tick, is_long):
        teller.add(done.tally)
        parts.add(done.batches, done.tally)
    parts.assemble()
    teller.report()


def _inspected(
    pieces: Iterator[Shard | Done],
    orders: Orders,
    workers: int,
    scheduler: str,
    tick: Callable[[], None],
    is_long: bool,
) -> Iterator[Done]:
    """Every shard inspected, in order: here, or by a pool as soon as enough work is seen to be worth one.

    is_long: that is known before the first shard is cut, so that the pool starts meanwhile.
    """
    work, rescue = partial(inspect_shard, orders), partial(rescued, orders, workers, tick)
    if is_long and (workers > 1 or scheduler):
        yield from parallel.run(work, pieces, workers, tick, rescue, scheduler, is_long)
        return
    here = partial(inspect_shard, orders, tick=tick)
    waiting: list[Shard] = []
    seconds, held_bytes = 0.0, 0
    for piece in pieces:
        if isinstance(piece, Done) or (workers == 1 and not scheduler):
            yield from map(here, waiting)
            yield piece if isinstance(piece, Done) else here(piece)
            waiting, seconds, held_bytes = [], 0.0, 0
            continue
        waiting.append(piece)
        seconds += piece.seconds
        held_bytes += piece.held_bytes
        if seconds >= POOL_IS_WORTH_SECONDS or held_bytes >= _MOST_HELD_BYTES:
            yield from parallel.run(work, chain(waiting, pieces), workers, tick, rescue, scheduler)
            return
    yield from map(here, waiting)
