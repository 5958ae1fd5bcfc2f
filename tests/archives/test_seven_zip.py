"""7z archives: read block by block in one pass, held against py7zr, and hostile ones told in words."""

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import py7zr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core import archives
from biodatamine_core.archives.seven_zip_directory import MAGIC
from biodatamine_core.errors import LimitExceeded, UnreadableContent
from biodatamine_core.records import ProblemKind
from biodatamine_core.settings import Limits
from tests.archives.arrange import bytes_of, problems, put, refusals, walked
from tests.builders import seven_zip_of

FILES = {"ct/1.dcm": b"one" * 1000, "empty": b"", "größe.dcm": bytes(range(256)) * 400, "notes.txt": b"a note"}
LZMA2 = {"id": py7zr.FILTER_LZMA2, "preset": 1}
READ = {
    "LZMA": [{"id": py7zr.FILTER_LZMA, "preset": 1}],
    "LZMA2": [LZMA2],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "Zstandard": [{"id": py7zr.FILTER_ZSTD, "level": 3}],
    "stored": [{"id": py7zr.FILTER_COPY}],
    "delta": [{"id": py7zr.FILTER_DELTA}, LZMA2],
    "for programs": [{"id": py7zr.FILTER_X86}, LZMA2],
}
NOT_READ = {
    "PPMd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    "LZMA for programs": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA, "preset": 1}],
}


def open_header(files: dict[str, bytes], **options: Any) -> bytes:
    """An archive whose directory is not packed, so that it can be changed."""
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", filters=[LZMA2], **options) as archive:
        archive.set_encoded_header_mode(False)
        for name, data in files.items():
            archive.writestr(data, name)
    return stream.getvalue()


def with_header(data: bytes, header: bytes) -> bytes:
    """The archive with another directory, its checksums right."""
    (offset,) = struct.unpack_from("<Q", data, 12)
    start = struct.pack("<QQL", offset, len(header), zlib.crc32(header))
    return data[:8] + struct.pack("<L", zlib.crc32(start)) + start + data[32 : 32 + offset] + header


def header_of(data: bytes) -> bytes:
    offset, size_bytes = struct.unpack_from("<QQ", data, 12)
    return data[32 + offset : 32 + offset + size_bytes]


PLAIN = open_header(FILES)
PACKED = seven_zip_of(FILES, [LZMA2])


@pytest.mark.parametrize("method", READ)
@pytest.mark.parametrize("is_packed", [True, False], ids=["packed directory", "open directory"])
def test_every_method_gives_what_py7zr_gives(tmp_path: Path, method: str, is_packed: bool) -> None:
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", filters=READ[method]) as archive:
        archive.set_encoded_header_mode(is_packed)
        for name, data in FILES.items():
            archive.writestr(data, name)
    content = put(tmp_path, "a.7z", stream.getvalue())
    with py7zr.SevenZipFile(content.path) as archive:
        listed = {f"a.7z!/{file.filename}": (file.uncompressed, file.crc32) for file in archive.list()}
    members = archives.walk(content, Limits())
    found = {member.path: ((member.size_bytes, member.crc32), bytes_of(member)) for member in members}
    assert {path: facts for path, (facts, _) in found.items()} == listed
    assert {path: data for path, (_, data) in found.items()} == {f"a.7z!/{name}": data for name, data in FILES.items()}


@pytest.mark.parametrize("method", NOT_READ)
def test_a_method_that_is_not_read_is_said_file_by_file(tmp_path: Path, method: str) -> None:
    content = put(tmp_path, "a.7z", seven_zip_of(FILES, NOT_READ[method]))
    assert refusals(content) == {f"a.7z!/{name}": ProblemKind.UNSUPPORTED for name in FILES}


def test_folders_are_no_files_and_what_was_appended_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.7z"
    (tmp_path / "ct").mkdir()
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.write(tmp_path / "ct", "ct")
        archive.writestr(b"first block", "ct/1")
    with py7zr.SevenZipFile(path, "a") as archive:
        archive.writestr(b"second block", "ct/2")
    assert walked(put(tmp_path, "a.7z", path.read_bytes())) == {
        "a.7z!/ct/1": b"first block",
        "a.7z!/ct/2": b"second block",
    }


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.write(tmp_path / "link", "link")
    assert refusals(put(tmp_path, "a.7z", (tmp_path / "a.7z").read_bytes())) == {"a.7z!/link": ProblemKind.LINK}


@pytest.mark.parametrize(
    ("is_listed", "path"), [pytest.param(True, "a.7z!/a", id="files"), pytest.param(False, "a.7z", id="names too")]
)
def test_an_encrypted_archive_says_so(tmp_path: Path, is_listed: bool, path: str) -> None:
    data = seven_zip_of({"a": b"1"}, password="secret", header_encryption=not is_listed)
    assert refusals(put(tmp_path, "a.7z", data)) == {path: ProblemKind.ENCRYPTED}


def test_a_path_that_climbs_out_is_reported(tmp_path: Path) -> None:
    header = header_of(PLAIN).replace("ct/1.dcm".encode("utf-16-le"), "../1.dcm".encode("utf-16-le"))
    content = put(tmp_path, "a.7z", with_header(PLAIN, header))
    assert refusals(content) == {"a.7z!/../1.dcm": ProblemKind.UNSAFE_PATH}


def test_files_that_nobody_reads_are_passed(tmp_path: Path) -> None:
    content = put(tmp_path, "a.7z", seven_zip_of(FILES))
    *_, last = archives.walk(content, Limits(), only="*.txt")
    assert last.path == "a.7z!/notes.txt"
    assert [bytes_of(member) for member in archives.walk(content, Limits(), only="*.txt")] == [b"a note"]


def test_damaged_bytes_are_a_problem_of_the_files(tmp_path: Path) -> None:
    data = bytearray(seven_zip_of(FILES, READ["stored"]))
    data[32 + 5] ^= 1
    found = problems(put(tmp_path, "a.7z", bytes(data)))
    assert found == {
        "a.7z!/ct/1.dcm": ProblemKind.WRONG_CHECKSUM,
        "a.7z!/empty": None,
        "a.7z!/größe.dcm": None,
        "a.7z!/notes.txt": None,
    }


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(PLAIN[:-20], "is a 7z archive without its directory, so it was not copied whole", id="cut off"),
        pytest.param(PLAIN[:20], "is a 7z archive without its directory", id="cut in the first bytes"),
        pytest.param(PLAIN[:-9] + b"x" + PLAIN[-8:], "whose directory is damaged", id="damaged directory"),
        pytest.param(MAGIC + bytes(26), "whose directory is damaged", id="nothing but its name"),
        pytest.param(with_header(PLAIN, b"\x01\x05\xff" + b"\xff" * 8), "whose directory is damaged", id="many files"),
        pytest.param(with_header(PLAIN, b"\x17\x06"), "whose directory is damaged", id="half a directory"),
    ],
)
def test_an_archive_that_cannot_be_listed_is_told_in_words(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableContent, match=sentence):
        walked(put(tmp_path, "a.7z", data))


def test_an_empty_archive_holds_nothing(tmp_path: Path) -> None:
    assert walked(put(tmp_path, "a.7z", seven_zip_of({}))) == {}


def test_a_bomb_is_refused_file_by_file(tmp_path: Path) -> None:
    content = put(tmp_path, "a.7z", seven_zip_of({"bomb": bytes(120_000_000)}, [LZMA2]))
    assert refusals(content) == {"a.7z!/bomb": ProblemKind.TOO_LARGE}


def test_7z_archives_are_read_in_one_pass(tmp_path: Path) -> None:
    content = put(tmp_path, "a.7z", seven_zip_of(FILES))
    assert archives.is_streamed(content)
    assert archives.stated_files(content) == len(FILES)


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 500), byte=st.integers(0, 255), cut=st.one_of(st.none(), st.integers(0, 300)))
def test_a_changed_directory_gives_rows_or_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: int | None
) -> None:
    header = bytearray(header_of(PLAIN))
    header[at % len(header)] = byte
    content = put(tmp_path_factory.getbasetemp(), "a.7z", with_header(PLAIN, bytes(header[:cut])))
    with suppress(UnreadableContent, LimitExceeded):
        problems(content)


@settings(max_examples=50, deadline=None)
@given(at=st.integers(0, 5000), byte=st.integers(0, 255), cut=st.one_of(st.none(), st.integers(0, 5000)))
def test_changed_bytes_give_rows_or_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: int | None
) -> None:
    data = bytearray(PACKED)
    data[at % len(data)] = byte
    content = put(tmp_path_factory.getbasetemp(), "b.7z", bytes(data[:cut]))
    with suppress(UnreadableContent, LimitExceeded):
        problems(content)
