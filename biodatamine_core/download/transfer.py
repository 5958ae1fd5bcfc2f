"""Bring the missing bytes of one file: in one stream, or in parallel ranges; asked for again where they broke off."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from biodatamine_core.addresses import shown
from biodatamine_core.download import expected, space
from biodatamine_core.download.hashing import Hashing
from biodatamine_core.download.partial import Part, Partial
from biodatamine_core.errors import BrokenOff
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach
from biodatamine_core.transport import Facts

_MOST_ATTEMPTS = 4
_PROGRESS_BYTES = 1 << 16
_PROGRESS_SHARE = 0.05
"""What an attempt must have brought so that the next one counts as the first: so many bytes, or so much of a file."""
_ROOM_LOOKED_AT_EVERY_BYTES = 64 << 20
_TICK_S = 0.1


class ChangedMeanwhile(Exception):
    """The server has other bytes by now than those that were received; begin anew. Never leaves this room."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one file may be brought.

    on_bytes(received, expected or None): called often, by the thread that asked for the file; what it raises ends it.
    part_bytes, connections: a file of at least two parts comes in parts, so many at a time.
    on_arriving(partial): called once its bytes begin to come in parts, by a thread that brings them.
    is_end_first: its end is asked for before the rest: an archive's directory stands there.
    """

    max_bytes: int
    on_bytes: Callable[[int, int | None], None]
    part_bytes: int = 32 << 20
    connections: int = 4
    on_arriving: Callable[[Partial], None] = lambda partial: None
    is_end_first: bool = False


@dataclass(slots=True)
class Transfer:
    """One file on its way into its partial, for one call of `run`."""

    artifact: Artifact
    reach: Reach
    partial: Partial
    hashing: Hashing
    terms: Terms
    _waiting: "SimpleQueue[Part]" = field(default_factory=SimpleQueue)
    _helpers: list[threading.Thread] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _failures: list[BaseException] = field(default_factory=list)
    _room_looked_at_bytes: int = 0
    _is_announced: bool = False
    _empty_answers: int = 0

    def run(self) -> None:
        """Bring every byte that is missing.

        Raises ChangedMeanwhile, DownloadFailed, LimitExceeded, DiskFull, and what on_bytes raises.
        """
        for part in self._in_order():
            if not part.is_done:
                self._waiting.put(part)
        try:
            with space.full_disk_in_words(self.partial.path.parent, self.artifact.name):
                while self._bring_next(self._tell):
                    pass
                self._wait_for_helpers()
                self._tell()
                self.partial.save()
        except BaseException:
            self._stopping.set()
            for helper in self._helpers:
                helper.join()
            with suppress(OSError):  # then the next download goes on from an older state
                self.partial.save()
            raise

    def _in_order(self) -> list[Part]:
        parts = self.partial.parts
        return [*parts[-1:], *parts[:-1]] if self.terms.is_end_first else parts

    def _tell(self) -> None:
        size_bytes = self.partial.size_bytes
        self.terms.on_bytes(self.partial.received_bytes, self.artifact.size_bytes if size_bytes is None else size_bytes)
        if self._failures:
            raise self._failures[0]

    # -------------------------------------------------------------------------------------------------- helpers

    def _start_helpers(self) -> None:
        """Once a server was seen to send a part alone, other threads may ask for other parts."""
        if self._helpers or not self.partial.validator:
            return
        for _ in range(min(self.terms.connections - 1, self._waiting.qsize())):
            self._helpers.append(threading.Thread(target=self._help, daemon=True))
            self._helpers[-1].start()

    def _help(self) -> None:
        try:
            with space.full_disk_in_words(self.partial.path.parent, self.artifact.name):
                while self._bring_next(lambda: None):
                    pass
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that asked for the file
            self._failures.append(error)
            self._stopping.set()

    def _wait_for_helpers(self) -> None:
        for helper in self._helpers:
            while helper.is_alive():
                helper.join(_TICK_S)
                self.partial.save(is_due_only=True)  # who reads what came need not wait for more
                self._tell()
        if self._failures:
            raise self._failures[0]

    # ---------------------------------------------------------------------------------------------------- parts

    def _bring_next(self, tell: Callable[[], None]) -> bool:
        """Bring one waiting part whole, however often its connection breaks; False where none waits."""
        try:
            part = self._waiting.get_nowait()
        except Empty:
            return False
        attempt = 0
        while not self._stopping.is_set():
            before_bytes = part.done_bytes
            try:
                self._bring(part, tell)
            except BrokenOff:
                has_advanced = (
                    self.partial.can_go_on(self.artifact) and part.done_bytes - before_bytes >= self._progress_bytes
                )
                attempt = 1 if has_advanced else attempt + 1
                if attempt == _MOST_ATTEMPTS:
                    raise
                if part.done_bytes and not self.partial.can_go_on(self.artifact):
                    self._begin_whole(part, None)
                self.reach.transport.pause(attempt - 1)
            else:
                return True
        return False

    def _bring(self, part: Part, tell: Callable[[], None]) -> None:
        """One request, and its answer's bytes at their place. Raises BrokenOff where they are not all of them."""
        asked = self.reach.transport.stream(
            self.artifact.link, part.next_byte, part.stop, self.partial.validator, self.artifact.accept
        )
        with asked as (facts, chunks):
            self._agree(part, facts)
            tell()
            start = b""
            with self.partial.path.open("r+b", buffering=0) as out:
                out.seek(part.next_byte)
                for chunk in chunks:
                    if self._stopping.is_set():
                        return
                    if part.next_byte < expected.SNIFFED_BYTES:
                        start += chunk[: expected.SNIFFED_BYTES]
                        expected.refuse_web_page(start, facts, self.artifact)
                    rest = memoryview(chunk if part.stop is None else chunk[: part.stop - part.next_byte])
                    expected.refuse_more_than(
                        self.terms.max_bytes, self.partial.received_bytes + len(rest), self.artifact
                    )
                    while rest:
                        written = out.write(rest)
                        part.done_bytes += written
                        rest = rest[written:]
                    self._look_after(part)
                    tell()
        self._refuse_too_few(part)

    def _look_after(self, part: Part) -> None:
        self.hashing.grown()
        self.partial.save(is_due_only=True)
        received_bytes = self.partial.received_bytes
        if received_bytes - self._room_looked_at_bytes >= _ROOM_LOOKED_AT_EVERY_BYTES:
            self._look_for_room()

    def _look_for_room(self) -> None:
        self._room_looked_at_bytes = self.partial.received_bytes
        size_bytes = self.partial.size_bytes or self.artifact.size_bytes or 0
        to_come = max(0, size_bytes - self.partial.received_bytes)
        space.require(self.partial.path.parent, self.reach.storage, to_come, self.artifact.name)

    def _refuse_too_few(self, part: Part) -> None:
        wanted = self.artifact.size_bytes if part.stop is None else part.stop
        is_nothing = part.next_byte == 0 and not self._is_believed_empty(part)
        if is_nothing or (wanted is not None and part.next_byte != wanted):
            part.stop = part.stop or None  # of no bytes no range can be asked for
            raise BrokenOff(
                f"{shown(self.artifact.url)} sent {part.next_byte:,} bytes where "
                f"{'some' if wanted is None else f'{wanted:,}'} were expected."
            )
        part.stop = part.next_byte

    def _is_believed_empty(self, part: Part) -> bool:
        """Where two have said so: the listing or HEAD, and the answer; or two answers, since one may be a mishap."""
        if expected.is_listed_empty(self.artifact):
            return True
        self._empty_answers += part.stop == 0
        is_said_twice = self._empty_answers > 1 or self.artifact.size_bytes == 0
        return part.stop == 0 and is_said_twice and not self.artifact.size_bytes

    # ----------------------------------------------------------------------------------------- what the answer means

    def _agree(self, part: Part, facts: Facts) -> None:
        """Make the partial agree with the answer, which may be everything where a part was asked for."""
        partial = self.partial
        expected.refuse_unlike_listed(facts, self.artifact)
        expected.refuse_more_than(self.terms.max_bytes, facts.size_bytes or 0, self.artifact)
        if facts.is_part:
            is_other = partial.validator is not None and not partial.validator.agrees_with(facts.validator)
            if is_other or facts.start != part.next_byte or facts.size_bytes != partial.size_bytes:
                raise ChangedMeanwhile
            self._look_for_room()
            self._announce()
            self._start_helpers()
        elif self._helpers:
            raise ChangedMeanwhile
        else:
            self._begin_whole(part, facts)
            self._look_for_room()

    def _announce(self) -> None:
        """Its bytes come in parts, so that a part which is there stays there."""
        if not self._is_announced and self.partial.size_bytes is not None:
            self._is_announced = True
            self.partial.save()
            self.terms.on_arriving(self.partial)

    def _begin_whole(self, part: Part, facts: Facts | None) -> None:
        """Everything comes in one stream, from its first byte; what was there is of no use."""
        self.hashing.stop()
        while not self._waiting.empty():
            self._waiting.get_nowait()
        part.start, part.stop, part.done_bytes = 0, facts.size_bytes if facts else None, 0
        self.partial.begin([part], facts.size_bytes if facts else None, facts.validator if facts else None)
        self.hashing.start_over()

    @property
    def _progress_bytes(self) -> float:
        return min(_PROGRESS_BYTES, _PROGRESS_SHARE * (self.partial.size_bytes or _PROGRESS_BYTES / _PROGRESS_SHARE))
