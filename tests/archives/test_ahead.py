"""A stream that is unpacked ahead gives the same bytes in the same order, and ends as the stream does."""

import io
import threading
from collections.abc import Iterator

import pytest

from biodatamine_core.archives.ahead import ReadAhead
from biodatamine_core.records import ProblemKind, UnreadableMember


class Blocks(io.RawIOBase):
    """Gives these blocks one by one; then it is at its end, or damaged."""

    def __init__(self, blocks: list[bytes], damage: Exception | None = None) -> None:
        self.blocks: Iterator[bytes] = iter(blocks)
        self.damage = damage
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = next(self.blocks, b"")
        if not block and self.damage is not None:
            raise self.damage
        self.given += bool(block)
        buffer[: len(block)] = block
        return len(block)


def test_bytes_come_in_order_whatever_is_asked_for() -> None:
    with ReadAhead(io.BufferedReader(Blocks([b"abc", b"d", b"efgh"]))) as ahead:
        assert [ahead.read(length) for length in (1, 4, 0, 9, 5)] == [b"a", b"bcde", b"", b"fgh", b""]


@pytest.mark.parametrize(
    "damage", [UnreadableMember(ProblemKind.CORRUPT, "Damaged."), OSError(5, "Input/output error")]
)
def test_what_ends_it_early_is_raised_behind_every_byte_in_front_of_it(damage: Exception) -> None:
    with ReadAhead(io.BufferedReader(Blocks([b"abc", b"de"], damage))) as ahead:
        assert ahead.read(9) == b"abcde"
        for _ in range(2):
            with pytest.raises(type(damage)):
                ahead.read(1)


def test_it_goes_a_few_blocks_ahead_and_no_further() -> None:
    blocks = Blocks([b"x" * 100] * 1000)
    with ReadAhead(io.BufferedReader(blocks)) as ahead:
        ahead.read(100)
    assert 1 <= blocks.given <= 4


def test_its_thread_ends_with_it() -> None:
    with ReadAhead(io.BufferedReader(Blocks([b"x" * 100] * 1000))) as ahead:
        ahead.read(1)
        assert any(thread.name.startswith("unpack-ahead") for thread in threading.enumerate())
    assert not any(thread.name.startswith("unpack-ahead") for thread in threading.enumerate())
