"""Archives on disk for tests, the hostile ones too, and what walking them gives."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from biodatamine_core import archives
from biodatamine_core.records import Content, ContentTree, Member, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile

ContentOf = Callable[[str, bytes], LocalFile]

_DIRECTORY_FIELDS = {  # offset and type in an entry of a zip's central directory (APPNOTE 4.3.12)
    "made_by": (4, "H"),
    "flags": (8, "H"),
    "method": (10, "H"),
    "crc32": (16, "L"),
    "packed_bytes": (20, "L"),
    "size_bytes": (24, "L"),
    "attributes": (38, "L"),
    "header_offset": (42, "L"),
}


def walked(content: Content | ContentTree, only: str | None = None, limits: Limits | None = None) -> dict[str, bytes]:
    """{path: bytes} of every member, in order; each read while the walk stands on it."""
    return {member.path: bytes_of(member) for member in archives.walk(content, limits or Limits(), only)}


def bytes_of(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


def refusals(content: Content | ContentTree) -> dict[str, ProblemKind]:
    """{path: why} of the members that are refused without being read."""
    return {m.path: m.refusal.kind for m in archives.walk(content, Limits()) if m.refusal is not None}


def read_problem(member: Member) -> ProblemKind | None:
    """Why reading the member to its end fails; None where it does not."""
    try:
        with member.open() as stream:
            while stream.read(1 << 16):
                pass
    except UnreadableMember as unreadable:
        return unreadable.problem.kind
    return None


def problems(content: Content | ContentTree) -> dict[str, ProblemKind | None]:
    """{path: what is wrong with it} of every member, each read to its end."""
    return {member.path: read_problem(member) for member in archives.walk(content, Limits())}


def with_directory_entry(data: bytes, name: str, **fields: int) -> bytes:
    """A zip in which the directory says something else about one member."""
    changed = bytearray(data)
    at = _entry_at(data, name)
    for field, value in fields.items():
        offset, kind = _DIRECTORY_FIELDS[field]
        struct.pack_into(f"<{kind}", changed, at + offset, value)
    return bytes(changed)


def directory_field(data: bytes, name: str, field: str) -> int:
    offset, kind = _DIRECTORY_FIELDS[field]
    value: int = struct.unpack_from(f"<{kind}", data, _entry_at(data, name) + offset)[0]
    return value


def _entry_at(data: bytes, name: str) -> int:
    """Where the directory's entry of this name begins."""
    for at in _positions(data, b"PK\x01\x02"):
        name_bytes = struct.unpack_from("<H", data, at + 28)[0]
        if data[at + 46 : at + 46 + name_bytes] == name.encode():
            return at
    raise KeyError(name)


def _positions(data: bytes, signature: bytes) -> Iterator[int]:
    at = data.find(signature)
    while at >= 0:
        yield at
        at = data.find(signature, at + 1)


def put(folder: Path, name: str, data: bytes) -> LocalFile:
    """A file in the folder, as a content."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return LocalFile(path)
