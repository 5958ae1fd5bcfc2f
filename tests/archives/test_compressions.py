"""bzip2, xz and Zstandard files open as what they hold, like gzip ones, and a hostile one is a problem of the file."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core.archives import unpacked
from biodatamine_core.records import Mode, ProblemKind, Pseudonym
from biodatamine_core.scan.one_file import Orders, inspected
from biodatamine_core.settings import Limits
from tests.archives.arrange import bytes_of, put, read_problem, walked
from tests.builders import dicom_slice, member_of

DATA = bytes(range(256)) * 500
_CHECKED = {zstd.CompressionParameter.checksum_flag: 1}
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "zstd": lambda data: zstd.compress(data, options=_CHECKED),
}
every_compression = pytest.mark.parametrize("name", COMPRESSORS)


@every_compression
def test_a_compressed_file_is_one_file_and_opens_as_what_it_holds(tmp_path: Path, name: str) -> None:
    packed = COMPRESSORS[name](DATA)
    member = unpacked(member_of(packed, "ct/x"))
    assert (member.path, member.size_bytes, bytes_of(member)) == ("ct/x", None, DATA)
    assert walked(put(tmp_path, "brain", packed)) == {"brain": packed}


@every_compression
def test_the_row_says_how_the_file_was_compressed(name: str) -> None:
    orders = Orders(Mode.FULL, Limits(), Pseudonym(b"secret"))
    record, over, size_bytes = inspected(member_of(COMPRESSORS[name](dicom_slice()), "1.dcm"), "", orders, lambda: None)
    assert (over["compression"], record.format, record.readable) == (name, "DICOM", True)
    assert size_bytes == len(dicom_slice())


@every_compression
@pytest.mark.parametrize("behind", [b"", bytes(1000), b"garbage"], ids=["nothing", "padding", "garbage"])
def test_parts_after_one_another_are_one_file(name: str, behind: bytes) -> None:
    packed = COMPRESSORS[name](DATA[:1000]) + COMPRESSORS[name](DATA[1000:]) + behind
    assert bytes_of(unpacked(member_of(packed))) == DATA


def test_what_may_be_skipped_in_a_zstd_file_is_skipped() -> None:
    note = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"
    assert bytes_of(unpacked(member_of(note + zstd.compress(DATA) + note))) == DATA


@every_compression
def test_a_file_that_was_cut_off_is_a_problem_of_the_file(name: str) -> None:
    packed = COMPRESSORS[name](DATA)
    assert read_problem(unpacked(member_of(packed[:-5]))) is ProblemKind.TRUNCATED
    assert read_problem(unpacked(member_of(packed[: len(packed) // 2]))) is ProblemKind.TRUNCATED


@every_compression
def test_a_wrong_checksum_is_a_problem_of_the_file(name: str) -> None:
    packed = bytearray(COMPRESSORS[name](DATA))
    at = {"gzip": -8, "bzip2": -4, "xz": -13 * 4, "zstd": -1}[name]
    packed[at] ^= 0xFF
    assert read_problem(unpacked(member_of(bytes(packed)))) in (ProblemKind.CORRUPT, ProblemKind.WRONG_CHECKSUM)


@every_compression
def test_a_bomb_is_stopped_by_its_ratio_and_by_the_limit(name: str) -> None:
    bomb = unpacked(member_of(COMPRESSORS[name](bytes(101_000_000))))
    assert read_problem(bomb) is ProblemKind.TOO_LARGE
    assert read_problem(unpacked(member_of(COMPRESSORS[name](DATA)), Limits(unpacked_bytes=1000))) is (
        ProblemKind.TOO_LARGE
    )


def test_a_stream_that_wants_much_memory_is_refused() -> None:
    greedy = bytearray(lzma.compress(b"x" * 100))
    greedy[16] = 36  # the dictionary of the first block: 1 GB
    greedy[20:24] = zlib.crc32(greedy[12:20]).to_bytes(4, "little")
    assert read_problem(unpacked(member_of(bytes(greedy)))) is ProblemKind.TOO_LARGE


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(COMPRESSORS)),
    at=st.integers(0, 400),
    byte=st.integers(0, 255),
    cut=st.one_of(st.none(), st.integers(0, 400)),
)
def test_any_damage_is_bytes_or_a_problem(name: str, at: int, byte: int, cut: int | None) -> None:
    packed = bytearray(COMPRESSORS[name](DATA))
    packed[at % len(packed)] = byte
    problem = read_problem(unpacked(member_of(bytes(packed[:cut]))))
    assert problem is None or problem in ProblemKind
