"""Tar archives, plain and compressed: one pass over headers, bounded, and never a part for the whole."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from biodatamine_core import archives
from biodatamine_core.archives import standing
from biodatamine_core.records import ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits
from tests.archives.arrange import bytes_of, problems, put, refusals, walked
from tests.builders import tar_of

THREE = {"a.dcm": b"first" * 500, "b.dcm": b"second" * 500, "c.dcm": b"third" * 500}
LONG = "/".join(["folder of a study"] * 12) + "/slice.dcm"


def tar_with(entries: Iterable[tuple[tarfile.TarInfo, bytes]], format: int = tarfile.GNU_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as archive:
        for info, data in entries:
            info.size = len(data) if info.isreg() else info.size
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def entry(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


@pytest.mark.parametrize("packed", [False, True], ids=["tar", "tar.gz"])
@pytest.mark.parametrize(
    "format",
    [
        pytest.param(tarfile.USTAR_FORMAT, id="ustar"),
        pytest.param(tarfile.GNU_FORMAT, id="GNU"),
        pytest.param(tarfile.PAX_FORMAT, id="pax"),
    ],
)
def test_long_names_and_folders_in_every_format(tmp_path: Path, format: int, packed: bool) -> None:
    entries = [(entry("ct", type=tarfile.DIRTYPE), b""), (entry(LONG), b"long"), (entry("./ct/1.dcm"), b"short")]
    data = tar_with(entries, format)
    content = put(tmp_path, "a.tar", gzip.compress(data) if packed else data)
    assert walked(content) == {f"a.tar!/{LONG}": b"long", "a.tar!/ct/1.dcm": b"short"}


def test_names_that_pax_records_carry_are_whole(tmp_path: Path) -> None:
    data = tar_with([(entry("Schädel/größe.dcm"), b"1")], tarfile.PAX_FORMAT)
    assert list(walked(put(tmp_path, "a.tar", data))) == ["a.tar!/Schädel/größe.dcm"]


def test_a_tar_is_known_by_what_the_gzip_holds(tmp_path: Path) -> None:
    assert list(walked(put(tmp_path, "a", tar_of(THREE, "w:gz")))) == ["a!/a.dcm", "a!/b.dcm", "a!/c.dcm"]
    assert list(walked(put(tmp_path, "b.tar.gz", gzip.compress(b"no tar")))) == ["b.tar.gz"]
    assert list(walked(put(tmp_path, "c.tar.gz", b"\x1f\x8b\x08 no gzip"))) == ["c.tar.gz"]


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        pytest.param(tarfile.SYMTYPE, ProblemKind.LINK, id="symbolic link"),
        pytest.param(tarfile.LNKTYPE, ProblemKind.LINK, id="hard link"),
        pytest.param(tarfile.FIFOTYPE, ProblemKind.UNSUPPORTED, id="pipe"),
        pytest.param(tarfile.CHRTYPE, ProblemKind.UNSUPPORTED, id="character device"),
        pytest.param(tarfile.BLKTYPE, ProblemKind.UNSUPPORTED, id="block device"),
        pytest.param(tarfile.GNUTYPE_SPARSE, ProblemKind.UNSUPPORTED, id="sparse"),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["tar", "tar.gz"])
def test_what_is_no_plain_file_is_refused_and_the_rest_is_read(
    tmp_path: Path, type: bytes, kind: ProblemKind, packed: bool
) -> None:
    data = tar_with([(entry("odd", type=type, linkname="/etc/passwd"), b""), (entry("good"), b"1")])
    content = put(tmp_path, "a.tar", gzip.compress(data) if packed else data)
    assert problems(content) == {"a.tar!/odd": kind, "a.tar!/good": None}


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "ct/../../x", "C:\\x"])
def test_a_member_that_climbs_out_is_reported_not_skipped(tmp_path: Path, name: str) -> None:
    content = put(tmp_path, "a.tar", tar_with([(entry(name), b"1"), (entry("good"), b"2")]))
    assert refusals(content) == {f"a.tar!/{name}": ProblemKind.UNSAFE_PATH}


def test_namesakes_are_told_apart(tmp_path: Path) -> None:
    content = put(tmp_path, "a.tar", tar_with([(entry("a"), b"old"), (entry("a"), b"new")]))
    assert [(m.occurrence, bytes_of(m)) for m in archives.walk(content, Limits())] == [(0, b"old"), (1, b"new")]


def test_a_tar_cut_within_a_member_says_so_twice(tmp_path: Path) -> None:
    cut = tar_of(THREE)[: 512 + 2560 + 512 + 100]
    assert problems(put(tmp_path, "a.tar", cut)) == {
        "a.tar!/a.dcm": None,
        "a.tar!/b.dcm": ProblemKind.TRUNCATED,
        "a.tar": ProblemKind.TRUNCATED,
    }


@pytest.mark.parametrize("packed", [False, True], ids=["tar", "tar.gz"])
def test_a_tar_cut_between_members_is_not_taken_for_whole(tmp_path: Path, packed: bool) -> None:
    cut = tar_of(THREE)[: 512 + 2560]
    content = put(tmp_path, "a.tar", gzip.compress(cut) if packed else cut)
    assert problems(content) == {"a.tar!/a.dcm": None, "a.tar": ProblemKind.TRUNCATED}


@pytest.mark.parametrize("packed", [False, True], ids=["tar", "tar.gz"])
def test_a_damaged_header_ends_the_list_aloud(tmp_path: Path, packed: bool) -> None:
    data = bytearray(tar_of(THREE))
    data[512 + 2560 + 3] ^= 1
    content = put(tmp_path, "a.tar", gzip.compress(data) if packed else bytes(data))
    assert problems(content) == {"a.tar!/a.dcm": None, "a.tar": ProblemKind.CORRUPT}


@pytest.mark.parametrize("only", [None, "a.*"])
def test_a_compressed_tar_that_was_cut_off_gives_what_came_before(tmp_path: Path, only: str | None) -> None:
    incompressible = {name: bytes((i * i * 7 + i // 3) % 251 for i in range(200_000)) for name in ("a.dcm", "b.dcm")}
    packed = tar_of(incompressible, "w:gz")
    content = put(tmp_path, "a.tgz", packed[: int(len(packed) * 0.8)])
    members = archives.walk(content, Limits(), only)
    assert bytes_of(next(members)) == incompressible["a.dcm"]
    *_, last = members
    assert last.refusal is not None
    assert (last.path, last.refusal.kind) == ("a.tgz", ProblemKind.TRUNCATED)


def test_a_compressed_tar_whose_checksum_is_wrong_says_so(tmp_path: Path) -> None:
    packed = bytearray(tar_of(THREE, "w:gz"))
    packed[-6] ^= 0xFF
    found = problems(put(tmp_path, "a.tgz", bytes(packed)))
    assert found["a.tgz"] is ProblemKind.WRONG_CHECKSUM


def test_a_claim_of_size_is_not_believed(tmp_path: Path) -> None:
    for size_bytes in (8**11 - 1, 1 << 62):  # the largest in octal; larger ones are written in base 256
        header = entry("huge", size=size_bytes).tobuf(tarfile.GNU_FORMAT)
        assert problems(put(tmp_path, "a.tar", header + b"short")) == {
            "a.tar!/huge": ProblemKind.TRUNCATED,
            "a.tar": ProblemKind.TRUNCATED,
        }


def test_a_name_of_gigabytes_is_not_read_into_memory(tmp_path: Path) -> None:
    header = entry("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=1 << 33).tobuf(tarfile.GNU_FORMAT)
    assert problems(put(tmp_path, "a.tar", header + bytes(1000))) == {"a.tar": ProblemKind.CORRUPT}


def test_a_streamed_member_can_be_opened_again_while_the_walk_stands_on_it(tmp_path: Path) -> None:
    for member in archives.walk(put(tmp_path, "a.tgz", tar_of(THREE, "w:gz")), Limits()):
        assert member.read(2, 4) == THREE[member.name][2:6]
        assert bytes_of(member) == THREE[member.name]


def test_a_streamed_member_that_was_passed_unread_says_so(tmp_path: Path) -> None:
    first, *_ = archives.walk(put(tmp_path, "a.tgz", tar_of(THREE, "w:gz")), Limits())
    with pytest.raises(UnreadableMember, match="can be read once, in order"):
        bytes_of(first)


def test_of_a_large_streamed_member_the_start_can_be_read_again(tmp_path: Path) -> None:
    data = bytes(range(256)) * (standing.KEPT_BYTES // 256) + b"the end"
    members = archives.walk(put(tmp_path, "a.tgz", tar_of({"large.nii": data}, "w:gz")), Limits())
    member = next(members)
    assert bytes_of(member) == data
    assert member.read(0, 1000) == data[:1000]
    with pytest.raises(UnreadableMember, match="can be read once, in order"):
        bytes_of(member)


def test_only_streamed_archives_are_streamed(tmp_path: Path) -> None:
    assert archives.is_streamed(put(tmp_path, "a.tgz", tar_of(THREE, "w:gz")))
    assert not archives.is_streamed(put(tmp_path, "a.tar", tar_of(THREE)))
