"""Archives inside archives and folders: opened in place, bounded, and every file or failure with a row of its own."""

import gzip
import pickle
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core import archives
from biodatamine_core.archives.nested import MOST_DEPTH
from biodatamine_core.errors import LimitExceeded, UnreadableContent
from biodatamine_core.records import ProblemKind
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFolder
from tests.archives.arrange import bytes_of, problems, put, refusals, walked
from tests.builders import dicom_slice, seven_zip_of, tar_of, zip_of

FILES = {"ct/1.dcm": b"one" * 1000, "notes.txt": b"a note"}
INSIDE = {
    "patient.zip": zip_of(FILES),
    "of-no-name": zip_of(FILES),
    "plain.tar": tar_of(FILES),
    "packed.tar.gz": tar_of(FILES, "w:gz"),
    "packed.tar.xz": tar_of(FILES, "w:xz"),
    "solid.7z": seven_zip_of(FILES),
    "twice.zip.gz": gzip.compress(zip_of(FILES)),
}
OUTSIDE: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": zip_of,
    "stored zip": lambda files: zip_of(files, zipfile.ZIP_STORED),
    "tar": tar_of,
    "tar.gz": lambda files: tar_of(files, "w:gz"),
    "7z": seven_zip_of,
}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def within(depth: int) -> bytes:
    """A file in so many zips."""
    data = b"the innermost"
    for level in range(depth):
        data = zip_of({f"{level}.zip" if level else "file.txt": data})
    return data


@pytest.mark.parametrize("outside", OUTSIDE)
def test_every_archive_opens_inside_every_other_one(tmp_path: Path, temporary: Path, outside: str) -> None:
    content = put(tmp_path, "d01", OUTSIDE[outside](INSIDE))
    assert walked(content) == {f"d01!/{a}!/{name}": data for a in INSIDE for name, data in FILES.items()}
    assert list(temporary.iterdir()) == [], "what was unpacked for it is gone"


def test_archives_in_a_folder_are_opened(tmp_path: Path) -> None:
    for name, data in INSIDE.items():
        put(tmp_path, f"data/{name}", data)
    expected = {f"{a}!/{name}": data for a in sorted(INSIDE) for name, data in FILES.items()}
    assert walked(LocalFolder(tmp_path / "data")) == expected


def test_a_compressed_zip_opens_by_itself(tmp_path: Path) -> None:
    assert list(walked(put(tmp_path, "a.zip.gz", INSIDE["twice.zip.gz"]))) == [f"a.zip.gz!/{name}" for name in FILES]


def test_what_lies_open_is_read_where_it_is(tmp_path: Path, temporary: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({"b.zip": INSIDE["patient.zip"]}, zipfile.ZIP_STORED))
    for member in archives.walk(content, Limits()):
        assert not member.is_streamed
        assert bytes_of(pickle.loads(pickle.dumps(member))) == FILES[member.path.rsplit("!/", 1)[-1]]
        assert list(temporary.iterdir()) == []


def test_a_packed_zip_is_unpacked_once_and_its_members_go_to_other_processes(tmp_path: Path, temporary: Path) -> None:
    members = list(archives.walk(put(tmp_path, "a.zip", zip_of({"b.zip": INSIDE["patient.zip"]})), Limits()))
    assert [bytes_of(pickle.loads(pickle.dumps(member))) for member in members] == list(FILES.values())
    assert len(list(temporary.iterdir())) == 1
    members.clear()
    assert list(temporary.iterdir()) == []


def test_a_file_beside_another_one_is_found_in_an_inner_archive(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({"b.zip": zip_of({"x.hdr": b"1", "x.img": b"2"}), "x.img": b"3"}))
    first = next(archives.walk(content, Limits()))
    beside = first.sibling("x.img")
    assert beside is not None
    assert (beside.path, bytes_of(beside)) == ("a.zip!/b.zip!/x.img", b"2")


def test_namesakes_are_told_apart_at_every_depth(tmp_path: Path) -> None:
    one, two = (tar_of({"b.zip": zip_of({"x": data})}) for data in (b"1", b"2"))
    content = put(tmp_path, "a.tar", one[:1024] + two)
    found = [(m.path, m.occurrence, bytes_of(m)) for m in archives.walk(content, Limits()) if m.refusal is None]
    assert found == [("a.tar!/b.zip!/x", 0, b"1"), ("a.tar!/b.zip!/x", 1, b"2")]


@pytest.mark.parametrize(
    ("only", "paths"),
    [
        pytest.param("*.txt", ["a.zip!/b.zip!/notes.txt", "a.zip!/top.txt"], id="at any depth"),
        pytest.param("ct/*", ["a.zip!/b.zip!/ct/1.dcm"], id="from an inner root"),
        pytest.param("b.zip", ["a.zip!/b.zip!/ct/1.dcm", "a.zip!/b.zip!/notes.txt"], id="a whole archive"),
        pytest.param("b.zip!/ct/*", ["a.zip!/b.zip!/ct/1.dcm"], id="into an archive"),
    ],
)
def test_only_reaches_into_inner_archives(tmp_path: Path, only: str, paths: list[str]) -> None:
    data = zip_of({"b.zip": zip_of(FILES), "top.txt": b"1", "other.bin": b"2"})
    assert list(walked(put(tmp_path, "a.zip", data), only)) == paths


def test_on_the_way_to_a_path_other_archives_stay_closed(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({"b.zip": zip_of(FILES), "c.zip": zip_of(FILES)}))
    found = archives.walk(content, Limits(), towards=["a.zip!/c.zip!/notes.txt"])
    assert [member.path for member in found] == ["a.zip!/b.zip", *(f"a.zip!/c.zip!/{name}" for name in FILES)]


def test_documents_that_are_zips_inside_stay_one_file(tmp_path: Path) -> None:
    for name in ("features.npz", "notes.docx"):
        put(tmp_path, f"data/{name}", zip_of(FILES))
        assert list(walked(put(tmp_path, name, zip_of(FILES)))) == [name]
    assert list(walked(LocalFolder(tmp_path / "data"))) == ["features.npz", "notes.docx"]


def test_an_inner_archive_that_cannot_be_listed_has_one_row_that_says_why(tmp_path: Path) -> None:
    inner = {
        "cut.zip": zip_of(FILES)[:60],
        "empty.zip": zip_of({}),
        "locked.7z": seven_zip_of(FILES, password="x", header_encryption=True),
        "good.dcm": dicom_slice(),
    }
    assert problems(put(tmp_path, "a.zip", zip_of(inner))) == {
        "a.zip!/cut.zip": ProblemKind.CORRUPT,
        "a.zip!/empty.zip": ProblemKind.EMPTY,
        "a.zip!/locked.7z": ProblemKind.ENCRYPTED,
        "a.zip!/good.dcm": None,
    }


def test_an_inner_archive_that_was_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({"b.tar": tar_of({"1": b"x" * 512, "2": b"y" * 512})[:1600]}))
    assert problems(content) == {
        "a.zip!/b.tar!/1": None,
        "a.zip!/b.tar!/2": ProblemKind.TRUNCATED,
        "a.zip!/b.tar": ProblemKind.TRUNCATED,
    }


def test_a_damaged_checksum_around_an_inner_archive_is_told(tmp_path: Path) -> None:
    data = bytearray(zip_of({"b.zip": within(1)}))
    at = data.rfind(b"PK\x01\x02") + 16
    data[at] ^= 1
    assert problems(put(tmp_path, "a.zip", bytes(data))) == {"a.zip!/b.zip": ProblemKind.WRONG_CHECKSUM}


def test_depth_is_bounded_and_said(tmp_path: Path) -> None:
    (path,) = walked(put(tmp_path, "a.zip", within(MOST_DEPTH)))
    assert path.count("!/") == MOST_DEPTH
    ((path, kind),) = refusals(put(tmp_path, "b.zip", within(MOST_DEPTH + 1))).items()
    assert (path.count("!/"), kind) == (MOST_DEPTH, ProblemKind.TOO_LARGE)


def test_many_archives_out_of_few_bytes_are_stopped_and_named(tmp_path: Path) -> None:
    bomb = zip_of({f"{number}.zip": b"PK\x03\x04" + bytes(45_000_000) for number in range(3)})
    assert list(problems(put(tmp_path, "a.zip", bomb)).values()) == [
        ProblemKind.CORRUPT,
        ProblemKind.CORRUPT,
        ProblemKind.TOO_LARGE,
    ]


def test_files_are_counted_over_all_archives(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({f"{number}.zip": zip_of(FILES) for number in range(3)}))
    with pytest.raises(LimitExceeded, match=r"^a\.zip holds more than 5 files"):
        walked(content, limits=Limits(files=5))
    assert len(walked(content, limits=Limits(files=6))) == 6


def test_an_inner_archive_larger_than_the_limit_is_a_problem_of_its_own(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({"b.zip": zip_of({"x": bytes(range(256)) * 40}), "c.txt": b"1"}))
    limits = Limits(unpacked_bytes=5_000)
    found = {member.path: member.refusal and member.refusal.kind for member in archives.walk(content, limits)}
    assert found == {"a.zip!/b.zip": ProblemKind.TOO_LARGE, "a.zip!/c.txt": None}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ct.zip.001", r"ct\.zip\.001 is part 1 of ct\.zip; join the parts first: cat ct\.zip\.\?\?\? > ct\.zip"),
        ("ct.7z.012", r"ct\.7z\.012 is part 12 of ct\.7z; join the parts first"),
        ("ct.z01", r"ct\.z01 is part 1 of a split zip; join the parts first: zip -s 0 ct\.zip --out whole\.zip"),
    ],
)
def test_a_part_of_a_split_archive_is_said_plainly(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(UnreadableContent, match=sentence):
        walked(put(tmp_path, name, b"PK\x07\x08PK\x03\x04"))
    put(tmp_path, f"data/{name}", b"a part")
    assert refusals(LocalFolder(tmp_path / "data")) == {name: ProblemKind.UNSUPPORTED}


@settings(max_examples=60, deadline=None)
@given(
    outside=st.sampled_from(sorted(OUTSIDE)),
    inside=st.sampled_from(sorted(INSIDE)),
    at=st.integers(0, 3000),
    byte=st.integers(0, 255),
)
def test_a_damaged_inner_archive_is_rows_and_never_an_error(
    tmp_path_factory: pytest.TempPathFactory, outside: str, inside: str, at: int, byte: int
) -> None:
    data = bytearray(INSIDE[inside])
    data[at % len(data)] = byte
    content = put(tmp_path_factory.getbasetemp(), "n.bin", OUTSIDE[outside]({inside: bytes(data), "good": b"1"}))
    found = problems(content)
    assert found.pop("n.bin!/good") is None
    assert all(path.startswith(f"n.bin!/{inside}") for path in found)
