"""Files that are themselves compressed open as what they hold, within bounds."""

import gzip
import io
import random
from pathlib import Path

import pytest

from biodatamine_core.archives import unpacked, walk
from biodatamine_core.records import Member, ProblemKind
from biodatamine_core.settings import Limits
from tests.archives.arrange import bytes_of, put, read_problem, walked, with_directory_entry
from tests.builders import member_of, nifti, zip_of

DATA = bytes(range(256)) * 500
PACKED = gzip.compress(DATA)


def test_a_gzip_member_opens_as_what_it_holds_under_its_own_path() -> None:
    member = unpacked(member_of(PACKED, "ct/x.nii.gz"))
    assert (member.path, member.size_bytes, bytes_of(member)) == ("ct/x.nii.gz", None, DATA)


def test_it_is_known_by_its_bytes_not_by_its_name() -> None:
    assert bytes_of(unpacked(member_of(PACKED, "x.nii"))) == DATA
    assert bytes_of(unpacked(member_of(DATA, "x.nii.gz"))) == DATA


def test_a_gzip_file_is_one_file(tmp_path: Path) -> None:
    assert list(walked(put(tmp_path, "brain.nii.gz", nifti(compressed=True)))) == ["brain.nii.gz"]


def test_a_header_with_everything_in_it_is_passed() -> None:
    header = b"\x1f\x8b\x08\x1e" + PACKED[4:10] + b"\x03\x00abc" + b"a name\0" + b"x" * 100_000 + b"\0" + b"\x00\x00"
    assert bytes_of(unpacked(member_of(header + PACKED[10:]))) == DATA


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress(DATA[:1000]) + gzip.compress(DATA[1000:]), id="two parts"),
        pytest.param(PACKED + bytes(1000), id="padding"),
        pytest.param(PACKED + b"\x1fgarbage", id="garbage"),
    ],
)
def test_what_stands_behind_the_first_part(packed: bytes) -> None:
    assert bytes_of(unpacked(member_of(packed))) == DATA


@pytest.mark.parametrize(
    ("packed", "kind"),
    [
        pytest.param(PACKED[:-9], ProblemKind.TRUNCATED, id="cut in the data"),
        pytest.param(PACKED[:-3], ProblemKind.TRUNCATED, id="cut in the checksum"),
        pytest.param(PACKED[:5], ProblemKind.TRUNCATED, id="cut in the header"),
        pytest.param(PACKED[:-8] + bytes(4) + PACKED[-4:], ProblemKind.WRONG_CHECKSUM, id="checksum"),
        pytest.param(PACKED[:-4] + bytes(4), ProblemKind.WRONG_CHECKSUM, id="size"),
        pytest.param(PACKED[:10] + b"\xff" * 50 + PACKED[60:], ProblemKind.CORRUPT, id="damaged"),
    ],
)
def test_a_damaged_gzip_is_a_problem_of_the_file(packed: bytes, kind: ProblemKind) -> None:
    assert read_problem(unpacked(member_of(packed))) is kind


def test_a_bomb_is_stopped_by_its_ratio() -> None:
    assert read_problem(unpacked(member_of(gzip.compress(bytes(90_000_000))))) is None
    assert read_problem(unpacked(member_of(gzip.compress(bytes(120_000_000))))) is ProblemKind.TOO_LARGE


def test_a_bomb_is_stopped_by_the_limit() -> None:
    assert read_problem(unpacked(member_of(PACKED), Limits(unpacked_bytes=1000))) is ProblemKind.TOO_LARGE


def test_the_checksum_of_the_zip_around_it_is_compared_too(tmp_path: Path) -> None:
    data = with_directory_entry(zip_of({"x.nii.gz": PACKED}), "x.nii.gz", crc32=1)
    (member,) = walk(put(tmp_path, "a.zip", data), Limits())
    assert read_problem(unpacked(member)) is ProblemKind.WRONG_CHECKSUM


def test_its_first_bytes_come_at_once_from_a_few_packed_ones() -> None:
    data = random.Random(1).randbytes(200_000)
    taken: list[int] = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            taken.append(size or 0)
            return super().read(size)

    packed = gzip.compress(data)
    member = unpacked(Member("a.nii.gz", lambda: Counting(packed), len(packed)))
    assert member.first(600) == member.read(0, 600) == data[:600]
    assert sum(taken) < 4_000


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress(bytes(500)), id="fewer than asked for"),
        pytest.param(gzip.compress(bytes(5_000))[:9], id="cut in the header"),
        pytest.param(b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 2_000, id="a name without an end"),
        pytest.param(b"\x1f\x8b\x08\x00" + bytes(6) + b"\xff" * 2_000, id="damaged"),
    ],
)
def test_only_its_stream_says_what_is_wrong_with_its_first_bytes(packed: bytes) -> None:
    assert unpacked(member_of(packed, "a.gz")).first(1_000) is None
