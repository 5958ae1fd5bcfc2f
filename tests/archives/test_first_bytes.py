"""The first bytes of a member at once: as its stream gives them, or none; and how little is opened and read."""

import io
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from biodatamine_core import archives
from biodatamine_core.records import Member
from biodatamine_core.settings import Limits
from tests.archives.arrange import bytes_of, put, with_directory_entry
from tests.builders import zip_of

DATA = os.urandom(3000) + b"plain" * 1000
METHODS = pytest.mark.parametrize(
    "method", [pytest.param(zipfile.ZIP_STORED, id="stored"), pytest.param(zipfile.ZIP_DEFLATED, id="deflated")]
)


class CountingStream(io.BytesIO):
    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data


@dataclass
class CountingContent:
    """A content in memory that remembers what was opened."""

    data: bytes
    name: str = "a.zip"
    identity: str = "counting"
    streams: list[CountingStream] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        self.streams.append(CountingStream(self.data))
        return self.streams[-1]


def only_member(folder: Path, data: bytes) -> Member:
    (member,) = archives.walk(put(folder, "a.zip", data), Limits())
    return member


@METHODS
@pytest.mark.parametrize("length", [1, 2999, len(DATA) - 1, len(DATA), len(DATA) + 1, 1 << 20])
def test_the_first_bytes_are_those_of_the_stream(tmp_path: Path, method: int, length: int) -> None:
    assert only_member(tmp_path, zip_of({"a": DATA}, method)).first(length) == DATA[:length]


@METHODS
def test_an_empty_member_has_no_first_byte(tmp_path: Path, method: int) -> None:
    assert only_member(tmp_path, zip_of({"a": b""}, method)).first(10) == b""


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_left_to_the_stream(tmp_path: Path, method: int) -> None:
    assert only_member(tmp_path, zip_of({"a": DATA}, method)).first(10) is None


@METHODS
@pytest.mark.parametrize("facts", [{"crc32": 1}, {"size_bytes": len(DATA) - 1}, {"size_bytes": len(DATA) + 1}])
def test_what_the_directory_does_not_agree_with_is_left_to_the_stream(
    tmp_path: Path, method: int, facts: dict[str, int]
) -> None:
    member = only_member(tmp_path, with_directory_entry(zip_of({"a": DATA}, method), "a", **facts))
    assert member.first(1 << 20) is None


def test_damaged_and_missing_bytes_are_left_to_the_stream(tmp_path: Path) -> None:
    data = zip_of({"a": DATA})
    assert only_member(tmp_path, data[:40] + bytes(100) + data[140:]).first(1 << 20) is None
    assert only_member(tmp_path, with_directory_entry(data, "a", header_offset=7)).first(1 << 20) is None


def test_a_refused_member_has_no_first_bytes(tmp_path: Path) -> None:
    assert only_member(tmp_path, with_directory_entry(zip_of({"a": DATA}), "a", flags=1)).first(10) is None


def test_a_compressed_file_in_a_zip_is_never_taken_for_what_it_holds(tmp_path: Path) -> None:
    assert archives.unpacked(only_member(tmp_path, zip_of({"a.gz": b"\x1f\x8b\x08" + bytes(50)}))).first(10) is None


def test_the_archive_is_opened_once_for_many_members_and_closed_behind_them() -> None:
    content = CountingContent(zip_of({f"{n}": DATA for n in range(50)}))
    members = list(archives.walk(content, Limits()))
    content.streams.clear()
    with archives.kept_open():
        assert [member.first(1 << 20) for member in members] == [DATA] * 50
    (stream,) = content.streams
    assert stream.closed


def test_headers_cost_no_more_bytes_than_they_are() -> None:
    large = os.urandom(1_000_000)
    content = CountingContent(zip_of({"a": large}))
    (member,) = archives.walk(content, Limits())
    content.streams.clear()
    assert member.first(4096) == large[:4096]
    assert content.streams[0].read_bytes < 4096 + 2048


def test_bytes_are_the_same_where_nothing_is_kept_open(tmp_path: Path) -> None:
    members = list(archives.walk(put(tmp_path, "a.zip", zip_of({"a": DATA, "b": DATA[::-1]})), Limits()))
    assert [member.first(1 << 20) for member in members] == [bytes_of(member) for member in members]
