"""Members whose first bytes, or all of them, are in memory already: only what is missing is read from the archive."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from biodatamine_core.records import Member, Problem, ProblemKind, UnreadableMember

_CHUNK_BYTES = 16 << 20  # a member that is kept has no more


def begun(held: bytes, opener: Callable[[], BinaryIO]) -> BinaryIO:
    """held: the first bytes of what opener opens. Not seekable."""
    return io.BufferedReader(_Begun(held, opener), max(len(held), io.DEFAULT_BUFFER_SIZE))


class _Begun(io.RawIOBase):
    def __init__(self, held: bytes, opener: Callable[[], BinaryIO]) -> None:
        self._held = held
        self._opener = opener
        self._position = 0
        self._rest: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._held[self._position : self._position + len(buffer)]
        if not data and len(buffer):
            if self._rest is None:
                self._rest = self._opener()
                self._rest.read(len(self._held))
            data = self._rest.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        if self._rest is not None:
            self._rest.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Kept:
    """All bytes of a member, taken while its archive was read, and what ended them early."""

    data: bytes
    problem: Problem | None

    def open(self) -> BinaryIO:
        if self.problem is None:
            return io.BytesIO(self.data)
        return io.BufferedReader(_Broken(self.data, self.problem))

    def first(self, length: int) -> bytes | None:
        """As Member.first."""
        return self.data[:length] if self.problem is None else None


def kept(member: Member) -> Kept:
    """Read the member to its end, or to the damage in it."""
    data = bytearray()
    try:
        with member.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                data += chunk
    except UnreadableMember as unreadable:
        return Kept(bytes(data), unreadable.problem)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Kept(bytes(data), Problem(ProblemKind.CORRUPT, f"It could not be read: {reason}."))
    return Kept(bytes(data), None)


class _Broken(io.RawIOBase):
    """Bytes, and then the problem in place of the end."""

    def __init__(self, data: bytes, problem: Problem) -> None:
        self._left = data
        self._problem = problem

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._left and len(buffer):
            raise UnreadableMember(self._problem.kind, self._problem.sentence)
        data, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
