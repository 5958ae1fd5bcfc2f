"""Zip archives: read in place, and hostile or damaged ones reported member by member."""

import io
import pickle
import stat
import zipfile
import zlib
from pathlib import Path

import pytest

from biodatamine_core import archives
from biodatamine_core.errors import LimitExceeded, UnreadableContent
from biodatamine_core.records import ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits
from tests.archives.arrange import bytes_of, directory_field, problems, put, refusals, walked, with_directory_entry
from tests.builders import zip_of

THREE = {"a.dcm": b"first" * 500, "b.dcm": b"second" * 500, "c.dcm": b"third" * 500}


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(zipfile.ZIP_STORED, id="stored"),
        pytest.param(zipfile.ZIP_DEFLATED, id="deflated"),
        pytest.param(zipfile.ZIP_BZIP2, id="bzip2"),
        pytest.param(zipfile.ZIP_LZMA, id="lzma"),
    ],
)
def test_every_method_gives_the_bytes_back(tmp_path: Path, method: int) -> None:
    files = {"small": b"x", "empty": b"", "large": bytes(range(256)) * 4000}
    content = put(tmp_path, "a.zip", zip_of(files, method))
    assert walked(content) == {f"a.zip!/{name}": data for name, data in files.items()}
    assert problems(content) == {f"a.zip!/{name}": None for name in files}


def test_a_member_states_its_sizes_and_its_checksum(tmp_path: Path) -> None:
    data = b"slice" * 100
    (member,) = archives.walk(put(tmp_path, "a.zip", zip_of({"ct/1.dcm": data})), Limits())
    assert (member.path, member.size_bytes, member.crc32) == ("a.zip!/ct/1.dcm", 500, zlib.crc32(data))
    assert member.packed_bytes is not None
    assert member.packed_bytes < 500


def test_zip64_archives_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)  # so that a small archive is written as a large one
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    data = zip_of(THREE)
    assert b"PK\x06\x06" in data
    assert list(walked(put(tmp_path, "a.zip", data)).values()) == list(THREE.values())


@pytest.mark.parametrize("start", [(1 << 64) - 1, 1 << 62, 5_000])
def test_a_zip64_directory_in_an_absurd_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    data = bytearray(zip_of(THREE))
    at = data.rfind(b"PK\x06\x06")
    data[at + 48 : at + 56] = start.to_bytes(8, "little")
    with pytest.raises(UnreadableContent, match=r"^a\.zip is a zip whose directory is damaged; get the file again\.$"):
        walked(put(tmp_path, "a.zip", bytes(data)))


def test_a_zip_that_unpacks_itself_is_read(tmp_path: Path) -> None:
    program = b"MZ" + bytes(3000)
    assert list(walked(put(tmp_path, "viewer.exe", program + zip_of(THREE))).values()) == list(THREE.values())
    assert list(walked(put(tmp_path, "plain.exe", program))) == ["plain.exe"]


def test_a_zip_with_a_comment_and_bytes_behind_it_is_read(tmp_path: Path) -> None:
    stream = io.BytesIO(zip_of(THREE))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = b"made on a rainy day"
    assert len(walked(put(tmp_path, "a.zip", stream.getvalue() + b"\r\n"))) == 3


def test_an_empty_zip_holds_nothing(tmp_path: Path) -> None:
    assert walked(put(tmp_path, "a.zip", zip_of({}))) == {}


def test_folders_are_no_files(tmp_path: Path) -> None:
    assert list(walked(put(tmp_path, "a.zip", zip_of({"ct/": b"", "ct/1.dcm": b"1"})))) == ["a.zip!/ct/1.dcm"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_namesakes_are_told_apart(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for data in ("one", "two", "three"):
            archive.writestr("a.txt", data)
    members = list(archives.walk(put(tmp_path, "a.zip", stream.getvalue()), Limits()))
    assert [(m.path, m.occurrence, bytes_of(m)) for m in members] == [
        ("a.zip!/a.txt", 0, b"one"),
        ("a.zip!/a.txt", 1, b"two"),
        ("a.zip!/a.txt", 2, b"three"),
    ]


@pytest.mark.parametrize(
    ("stated", "path"),
    [
        pytest.param(b"ct\\1.dcm", "ct/1.dcm", id="as old Windows tools write"),
        pytest.param(b"./ct//1.dcm", "ct/1.dcm", id="idle parts"),
        pytest.param("köpf/1.dcm".encode(), "köpf/1.dcm", id="UTF-8 without the flag"),
        pytest.param(b"k\x94pf/1.dcm", "köpf/1.dcm", id="code page 437"),
        pytest.param(b"a\nb.dcm", "a\ufffdb.dcm", id="a line break"),
    ],
)
def test_paths_are_made_plain(tmp_path: Path, stated: bytes, path: str) -> None:
    data = zip_of({"x" * len(stated): b"1"}).replace(b"x" * len(stated), stated)
    assert walked(put(tmp_path, "a.zip", data)) == {f"a.zip!/{path}": b"1"}


@pytest.mark.parametrize(
    "stated",
    [
        b"../../etc/passwd",
        b"ct/../../x.dcm",
        b"..\\..\\x.dcm",
        b"/etc/passwd",
        b"\\\\server\\share",
        b"C:\\x.dcm",
        b"c:/x.dcm",
        b"a.dcm\0.txt",
        b"./",
    ],
)
def test_a_member_that_climbs_out_is_reported_not_skipped(tmp_path: Path, stated: bytes) -> None:
    data = zip_of({"x" * len(stated): b"1", "good.txt": b"2"}).replace(b"x" * len(stated), stated)
    content = put(tmp_path, "a.zip", data)
    (refused, good) = archives.walk(content, Limits())
    assert refused.refusal is not None
    assert refused.refusal.kind is ProblemKind.UNSAFE_PATH
    assert bytes_of(good) == b"2"


UNIX = 3 << 8


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        pytest.param({"flags": 1}, ProblemKind.ENCRYPTED, id="encrypted"),
        pytest.param({"flags": 1, "method": 99}, ProblemKind.ENCRYPTED, id="encrypted by AES"),
        pytest.param({"made_by": UNIX, "attributes": (stat.S_IFLNK | 0o777) << 16}, ProblemKind.LINK, id="link"),
        pytest.param({"made_by": UNIX, "attributes": stat.S_IFIFO << 16}, ProblemKind.UNSUPPORTED, id="pipe"),
        pytest.param({"method": 9}, ProblemKind.UNSUPPORTED, id="deflate64"),
        pytest.param({"size_bytes": 4_000_000_000}, ProblemKind.TOO_LARGE, id="bomb by its claim"),
        pytest.param({"header_offset": 5_000_000}, ProblemKind.TRUNCATED, id="outside the archive"),
    ],
)
def test_what_must_not_be_read_is_refused_and_the_rest_is_read(
    tmp_path: Path, fields: dict[str, int], kind: ProblemKind
) -> None:
    content = put(tmp_path, "a.zip", with_directory_entry(zip_of(THREE), "b.dcm", **fields))
    assert refusals(content) == {"a.zip!/b.dcm": kind}
    assert problems(content) == {"a.zip!/a.dcm": None, "a.zip!/b.dcm": kind, "a.zip!/c.dcm": None}


def test_members_that_share_their_bytes_are_refused_but_one(tmp_path: Path) -> None:
    data = zip_of({name: bytes(5000) for name in ("a", "b", "c")})
    for name in ("b", "c"):
        data = with_directory_entry(data, name, header_offset=0)
    content = put(tmp_path, "a.zip", data)
    assert refusals(content) == {"a.zip!/a": ProblemKind.CORRUPT, "a.zip!/b": ProblemKind.CORRUPT}


def test_members_out_of_order_do_not_overlap(tmp_path: Path) -> None:
    data = zip_of({"a": b"111", "b": b"222"}, zipfile.ZIP_STORED)
    first, second = directory_field(data, "a", "header_offset"), directory_field(data, "b", "header_offset")
    swapped = with_directory_entry(data, "a", header_offset=second, crc32=directory_field(data, "b", "crc32"))
    swapped = with_directory_entry(swapped, "b", header_offset=first, crc32=directory_field(data, "a", "crc32"))
    assert walked(put(tmp_path, "a.zip", swapped)) == {"a.zip!/a": b"222", "a.zip!/b": b"111"}


def test_a_real_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({"bomb": bytes(101_000_000), "good": b"1"}))
    assert refusals(content) == {"a.zip!/bomb": ProblemKind.TOO_LARGE}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        pytest.param({"size_bytes": 100}, ProblemKind.WRONG_SIZE, id="more than stated"),
        pytest.param({"size_bytes": 9000}, ProblemKind.WRONG_SIZE, id="fewer than stated"),
        pytest.param({"size_bytes": 0}, ProblemKind.WRONG_SIZE, id="stated as empty"),
        pytest.param({"crc32": 12345}, ProblemKind.WRONG_CHECKSUM, id="checksum"),
        pytest.param({"header_offset": 3}, ProblemKind.CORRUPT, id="no file where it should be"),
        pytest.param({"packed_bytes": 5}, ProblemKind.WRONG_SIZE, id="packed bytes cut"),
        pytest.param({"method": 12}, ProblemKind.CORRUPT, id="not bzip2"),
        pytest.param({"method": 14}, ProblemKind.CORRUPT, id="not LZMA"),
    ],
)
def test_a_member_that_lies_is_found_out_when_it_is_read(
    tmp_path: Path, fields: dict[str, int], kind: ProblemKind
) -> None:
    content = put(tmp_path, "a.zip", with_directory_entry(zip_of(THREE), "a.dcm", **fields))
    assert problems(content) == {"a.zip!/a.dcm": kind, "a.zip!/b.dcm": None, "a.zip!/c.dcm": None}


def test_no_more_is_unpacked_than_stated_and_one_byte(tmp_path: Path) -> None:
    data = with_directory_entry(zip_of({"a": bytes(50_000_000)}), "a", size_bytes=10)
    (member,) = archives.walk(put(tmp_path, "a.zip", data), Limits())
    with member.open() as stream, pytest.raises(UnreadableMember, match="It holds more than the 10 bytes"):
        stream.read()


def test_a_damaged_member_is_its_own_problem(tmp_path: Path) -> None:
    data = bytearray(zip_of(THREE))
    data[40] ^= 0xFF  # in the deflated bytes of the first
    found = problems(put(tmp_path, "a.zip", bytes(data)))
    assert found.pop("a.zip!/a.dcm") is not None
    assert found == {"a.zip!/b.dcm": None, "a.zip!/c.dcm": None}


def test_a_zip_that_was_cut_off_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableContent, match=r"^a\.zip is a zip without its directory, so it was not copied whole"):
        walked(put(tmp_path, "a.zip", zip_of(THREE)[:-30]))


def test_a_part_of_a_split_zip_says_so(tmp_path: Path) -> None:
    data = bytearray(zip_of(THREE))
    data[-18:-16] = b"\x02\x00"
    with pytest.raises(UnreadableContent, match="one part of a split zip"):
        walked(put(tmp_path, "a.zip", bytes(data)))


def test_a_directory_that_breaks_off_is_told_behind_the_last_member(tmp_path: Path) -> None:
    data = zip_of(THREE)
    last = data.rfind(b"PK\x01\x02")
    content = put(tmp_path, "a.zip", data[:last] + b"????" + data[last + 4 :])
    members = list(archives.walk(content, Limits()))
    assert [member.path for member in members] == ["a.zip!/a.dcm", "a.zip!/b.dcm", "a.zip"]
    assert members[-1].refusal is not None
    assert members[-1].refusal.sentence.startswith("Its directory is damaged: 2 of 3 entries could be listed")


def test_a_directory_that_states_more_than_it_lists_is_told(tmp_path: Path) -> None:
    data = bytearray(zip_of(THREE))
    data[-12:-10] = b"\x07\x00"
    assert refusals(put(tmp_path, "a.zip", bytes(data))) == {"a.zip": ProblemKind.CORRUPT}


def test_a_claim_that_is_refused_does_not_count_against_the_limit(tmp_path: Path) -> None:
    data = with_directory_entry(zip_of(THREE), "b.dcm", size_bytes=4_000_000_000)
    assert len(list(archives.walk(put(tmp_path, "a.zip", data), Limits(unpacked_bytes=10_000)))) == 3


def test_what_the_directory_claims_is_refused_before_anything_is_yielded(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded):
        next(archives.walk(put(tmp_path, "a.zip", zip_of(THREE)), Limits(unpacked_bytes=5_000)))


def test_members_can_be_pickled_and_read_elsewhere_in_any_order(tmp_path: Path) -> None:
    members = list(archives.walk(put(tmp_path, "a.zip", zip_of(THREE)), Limits()))
    assert [bytes_of(pickle.loads(pickle.dumps(m))) for m in reversed(members)] == list(THREE.values())[::-1]
