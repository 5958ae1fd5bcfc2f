"""A stream that another process unpacks gives the same bytes in the same order, and ends as the stream does."""

import gzip
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from biodatamine_core.archives import ahead
from biodatamine_core.archives.ahead import Elsewhere, Here, unpacking
from biodatamine_core.errors import NotFound
from biodatamine_core.records import Content, ProblemKind, UnreadableMember
from biodatamine_core.storage import LocalFile

HELD = random.Random(1).randbytes(3_000_000)
Opens = Callable[[Content], Here | Elsewhere]


def packed(folder: Path, data: bytes) -> LocalFile:
    (folder / "packed.gz").write_bytes(data)
    return LocalFile(folder / "packed.gz")


@pytest.mark.parametrize("opens", [Here, Elsewhere])
def test_bytes_come_in_order_whatever_is_asked_for(tmp_path: Path, opens: Opens) -> None:
    stream = opens(packed(tmp_path, gzip.compress(b"abcdefgh", 1) + gzip.compress(b"ij", 1)))
    assert [stream.read(length) for length in (1, 4, 0, 9, 5)] == [b"a", b"bcde", b"", b"fghij", b""]
    stream.close()


@pytest.mark.parametrize("opens", [Here, Elsewhere])
@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        pytest.param(lambda whole: whole[:-200_000], ProblemKind.TRUNCATED, id="cut off"),
        pytest.param(lambda whole: whole[:-8] + bytes(8), ProblemKind.WRONG_CHECKSUM, id="wrong checksum"),
    ],
)
def test_what_ends_it_early_is_raised_behind_every_byte_in_front_of_it(
    tmp_path: Path, opens: Opens, broken: Callable[[bytes], bytes], kind: ProblemKind
) -> None:
    stream = opens(packed(tmp_path, broken(gzip.compress(HELD, 1))))
    data = stream.read(len(HELD) + 1)
    assert len(data) > 2_000_000
    assert HELD.startswith(data)
    for _ in range(2):
        with pytest.raises(UnreadableMember) as raised:
            stream.read(1)
        assert raised.value.problem.kind is kind
    stream.close()


def test_where_its_process_is_killed_the_rest_is_unpacked_here(tmp_path: Path) -> None:
    stream = Elsewhere(packed(tmp_path, gzip.compress(HELD, 1)))
    begun = stream.read(1000)
    stream.process.kill()
    assert begun + stream.read(len(HELD)) == HELD
    stream.close()


def test_a_file_that_cannot_be_opened_is_told_as_here(tmp_path: Path) -> None:
    content = packed(tmp_path, gzip.compress(HELD, 1))
    content.path.unlink()
    with pytest.raises(NotFound, match=content.name):
        Here(content)
    stream = Elsewhere(content)
    with pytest.raises(NotFound, match=content.name):
        stream.read(1)
    stream.close()


def test_the_process_ends_with_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "FROM_PACKED_BYTES", 0)
    with unpacking(packed(tmp_path, gzip.compress(HELD, 1))) as stream:
        assert isinstance(stream, Elsewhere)
        assert stream.read(10) == HELD[:10]
        assert stream.process.poll() is None
    assert stream.process.poll() is not None


@dataclass(frozen=True)
class OnItsWay:
    """A content whose bytes only this process knows how to wait for."""

    file: LocalFile
    name = "packed.gz"
    identity = "on its way"

    @property
    def size_bytes(self) -> int:
        return self.file.size_bytes

    def open(self) -> BinaryIO:
        return self.file.open()


def test_a_file_that_is_still_on_its_way_is_unpacked_by_who_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "FROM_PACKED_BYTES", 0)
    whole = packed(tmp_path, gzip.compress(HELD, 1))
    with unpacking(OnItsWay(whole)) as stream:
        assert isinstance(stream, Here)
        assert stream.read(len(HELD)) == HELD
