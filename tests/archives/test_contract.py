"""Every archive is one file and one line of ARCHIVES, chosen by content, and puts nothing on the disk."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core import archives
from biodatamine_core.errors import LimitExceeded, UnreadableContent
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile, LocalFolder
from tests.archives.arrange import problems, put, walked
from tests.builders import seven_zip_of, tar_of, zip_of

WALKS_TREES = {"folder"}
SERVES_ARCHIVES = {
    "__main__", "ahead", "compressions", "gathered", "gzip", "index", "inflation", "interface", "kept_open",
    "lzma_filters", "names", "nested", "seven_zip_directory", "seven_zip_fields", "spill", "standing", "streams",
    "tar_headers", "unpacking", "zip_directory", "zip_member",
}  # fmt: skip
FILES = {"ct/1.dcm": b"one" * 1000, "ct/2.dcm": b"two", "notes.txt": b""}

FORMS = [
    pytest.param(zip_of(FILES), id="zip"),
    pytest.param(tar_of(FILES), id="tar"),
    pytest.param(tar_of(FILES, "w:gz"), id="tar.gz"),
    pytest.param(tar_of(FILES, "w:bz2"), id="tar.bz2"),
    pytest.param(tar_of(FILES, "w:xz"), id="tar.xz"),
    pytest.param(zstd.compress(tar_of(FILES)), id="tar.zst"),
    pytest.param(seven_zip_of(FILES), id="7z"),
]


def test_every_archive_stands_in_the_tuple() -> None:
    folder = Path(archives.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"} - SERVES_ARCHIVES - WALKS_TREES
    assert modules == {archive.__name__.rsplit(".", 1)[-1] for archive in archives.ARCHIVES}  # type: ignore[attr-defined]


@pytest.mark.parametrize("data", FORMS)
def test_members_are_listed_in_order_whatever_the_archive_is_called(tmp_path: Path, data: bytes) -> None:
    assert walked(put(tmp_path, "d01", data)) == {f"d01!/{name}": content for name, content in FILES.items()}


@pytest.mark.parametrize("data", FORMS)
def test_only_meets_the_path_inside_and_the_whole_path(tmp_path: Path, data: bytes) -> None:
    content = put(tmp_path, "d01", data)
    assert list(walked(content, only="ct/*")) == ["d01!/ct/1.dcm", "d01!/ct/2.dcm"]
    assert list(walked(content, only="d01!/notes.*")) == ["d01!/notes.txt"]


@pytest.mark.parametrize("data", FORMS)
def test_too_many_files_are_an_error_with_a_way_out(tmp_path: Path, data: bytes) -> None:
    content = put(tmp_path, "d01", data)
    with pytest.raises(
        LimitExceeded, match=r"^d01 holds more than 2 files \(limit BIODATAMINE_MAX_FILES=2\); .*--only"
    ):
        walked(content, limits=Limits(files=2))
    assert len(walked(content, only="ct/*", limits=Limits(files=2))) == 2


@pytest.mark.parametrize("data", FORMS)
def test_too_many_bytes_are_an_error_with_a_way_out(tmp_path: Path, data: bytes) -> None:
    content = put(tmp_path, "d01", data)
    with pytest.raises(
        LimitExceeded, match=r"^d01 holds 3e-06 GB unpacked \(limit BIODATAMINE_MAX_UNPACKED_GB=1e-07\); "
    ):
        walked(content, limits=Limits(unpacked_bytes=100))
    assert len(walked(content, only="ct/2*", limits=Limits(unpacked_bytes=100))) == 1


@pytest.mark.parametrize("data", FORMS)
@settings(max_examples=20, deadline=None)
@given(
    cut=st.one_of(st.none(), st.integers(1, 400)),
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=8),
)
def test_damage_gives_rows_below_its_own_name_or_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int | None, changes: list[tuple[int, int]]
) -> None:
    damaged = bytearray(data[:cut])
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    content = put(tmp_path_factory.getbasetemp(), "damaged", bytes(damaged))
    with suppress(UnreadableContent, LimitExceeded):
        assert all(path == "damaged" or path.startswith("damaged!/") for path in problems(content))


@pytest.mark.parametrize("data", FORMS)
def test_nothing_is_extracted(tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    content = put(tmp_path, "archive", data)
    bare = tmp_path / "bare"
    bare.mkdir()
    monkeypatch.chdir(bare)
    monkeypatch.setattr(tempfile, "tempdir", str(bare))
    assert len(walked(content)) == len(FILES)
    assert list(bare.iterdir()) == []


def test_a_file_that_is_no_archive_is_its_own_member(tmp_path: Path) -> None:
    assert walked(put(tmp_path, "a.zip", b"no zip at all")) == {"a.zip": b"no zip at all"}


def test_a_link_in_a_folder_is_refused_and_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "secret", b"outside")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "secret")
    (member,) = archives.walk(LocalFolder(tmp_path / "data"), Limits())
    assert member.refusal is not None
    assert (member.path, member.refusal.kind) == ("link", "link")


def test_a_file_that_may_not_be_opened_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.zip").mkdir()  # stands for what the system refuses to open, also to root
    with pytest.raises(UnreadableContent, match=r"^a\.zip cannot be read: Is a directory\.$"):
        walked(LocalFile(tmp_path / "a.zip"))
