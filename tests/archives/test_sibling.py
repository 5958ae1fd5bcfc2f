"""A file beside another one is found in place, and nothing outside the archive or folder is."""

import gzip
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from biodatamine_core import archives
from biodatamine_core.records import Content, ContentTree, Member
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFolder
from tests.archives.arrange import bytes_of, put
from tests.builders import tar_of, zip_of

FILES = {
    "ct/a.hdr": b"head",
    "ct/a.img": b"voxels",
    "ct/z.img": gzip.compress(b"packed"),
    "ct/0/.zarray": b"{}",
    "b": b"1",
}


def folder_of(folder: Path) -> LocalFolder:
    for name, data in FILES.items():
        put(folder / "data", name, data)
    return LocalFolder(folder / "data")


CONTENTS: dict[str, Callable[[Path], Content | ContentTree]] = {
    "zip": lambda folder: put(folder, "a.zip", zip_of(FILES)),
    "zip behind a program": lambda folder: put(folder, "a.zip", b"MZ" + bytes(100) + zip_of(FILES)),
    "tar": lambda folder: put(folder, "a.tar", tar_of(FILES)),
    "folder": folder_of,
}


def header_in(content: Content | ContentTree) -> Member:
    return next(member for member in archives.walk(content, Limits()) if member.name == "a.hdr")


@pytest.mark.parametrize("kind", CONTENTS)
def test_siblings_are_found_by_their_path_from_here(tmp_path: Path, kind: str) -> None:
    header = pickle.loads(pickle.dumps(header_in(CONTENTS[kind](tmp_path))))
    found = {name: header.sibling(name) for name in ("a.img", "z.img", "0/.zarray", "../b")}
    assert {name: bytes_of(member) for name, member in found.items() if member} == {
        "a.img": b"voxels", "z.img": b"packed", "0/.zarray": b"{}", "../b": b"1",
    }  # fmt: skip
    assert found["a.img"] is not None and found["a.img"].path == header.path.replace(".hdr", ".img")


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize("name", ["A.IMG", "none.img", "../../b", "../../../etc/passwd", "/etc/passwd", "0", "..", ""])
def test_what_is_not_there_or_lies_outside_is_no_sibling(tmp_path: Path, kind: str, name: str) -> None:
    put(tmp_path, "b", b"outside")
    assert header_in(CONTENTS[kind](tmp_path)).sibling(name) is None


def test_a_link_in_a_folder_is_no_sibling(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    secret = put(tmp_path, "secret/s.img", b"secret").path
    (tmp_path / "data/ct/l.img").symlink_to(secret)
    (tmp_path / "data/ct/sub").symlink_to(secret.parent)
    header = header_in(folder)
    assert header.sibling("l.img") is None
    assert header.sibling("sub/s.img") is None


def test_members_of_a_stream_have_no_siblings(tmp_path: Path) -> None:
    assert header_in(put(tmp_path, "a.tar.gz", tar_of(FILES, "w:gz"))).sibling("a.img") is None


def test_a_changed_archive_is_looked_up_anew(tmp_path: Path) -> None:
    assert header_in(put(tmp_path, "a.zip", zip_of(FILES))).sibling("n.img") is None
    member = header_in(put(tmp_path, "a.zip", zip_of(FILES | {"ct/n.img": b"new"}))).sibling("n.img")
    assert member is not None and bytes_of(member) == b"new"
