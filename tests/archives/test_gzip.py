"""Files that are themselves compressed open as what they hold, within bounds."""

import gzip
from pathlib import Path

import pytest

from biodatamine_core.archives import unpacked, walk
from biodatamine_core.records import ProblemKind
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
