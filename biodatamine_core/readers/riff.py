"""The chunks of a RIFF file: what WebP and AVI are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from biodatamine_core.readers.interface import HEAD_BYTES, problem
from biodatamine_core.readers.stream import HeaderStream, length_bytes
from biodatamine_core.records import Member, Mode, ProblemKind, UnreadableMember

START_BYTES = 12
MAX_CHUNKS = 1_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """code: four letters. start: the position of its first byte after the length. size_bytes: as announced."""

    code: bytes
    start: int
    size_bytes: int


def is_riff(head: bytes, kind: bytes) -> bool:
    return len(head) >= START_BYTES and head[:4] == b"RIFF" and head[8:12] == kind


def chunks(stream: HeaderStream, start: int, stop: int) -> Iterator[Chunk]:
    """The chunks from start to stop, the stream at the first byte of each. It may be read further, but not past it."""
    for _ in range(MAX_CHUNKS):
        if start >= stop:
            return
        stream.seek(start)
        begin = stream.skip_block(8)
        if len(begin) < 8:
            return
        size_bytes = int.from_bytes(begin[4:], "little")
        yield Chunk(begin[:4], start + 8, size_bytes)
        start += 8 + size_bytes + size_bytes % 2


def shortage(member: Member, head: bytes, mode: Mode) -> dict[str, Any]:
    """A problem where the file is shorter than it says; {} where it is not, or where headers alone cannot tell."""
    announced = int.from_bytes(head[4:8], "little") + 8
    if member.size_bytes is None and mode is not Mode.FULL and len(head) == HEAD_BYTES:
        return {}
    try:
        held = len(head) if len(head) < HEAD_BYTES else length_bytes(member, announced)
    except UnreadableMember as unreadable:
        return problem(unreadable.problem.kind, unreadable.problem.sentence)
    if held >= announced:
        return {}
    return problem(ProblemKind.TRUNCATED, f"It ends early: {held:,} of {announced:,} bytes.")
