"""Archives that the walk leaves closed: recognised, so that nobody takes them for nothing."""

from biodatamine_core.readers.interface import problem
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role

name = "archive"

_SIGNATURES = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (257, b"ustar", "tar"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard"),
)
_ZIPS_THAT_ARE_DOCUMENTS = (
    ".xlsx",
    ".docx",
    ".pptx",
    ".ods",
    ".odt",
    ".odp",
    ".npz",
    ".epub",
    ".jar",
    ".whl",
    ".pt",
    ".pth",
)


def sniff(head: bytes, name: str) -> bool:
    return _format(head, name) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """Which archive it is, and that nothing in it was looked at."""
    found = _format(head, member.name) or "archive"
    if found == "RAR":
        sentence = "RAR archives are not opened; pack the files as a zip."
    else:
        sentence = f"A {found} archive under the name of another format is not opened; give it a name of its own."
    return FileRecord(
        file_id="", path=member.path, format=found, role=Role.OTHER, **problem(ProblemKind.UNSUPPORTED, sentence)
    )


def _format(head: bytes, name: str) -> str | None:
    found = next((word for at, magic, word in _SIGNATURES if head[at : at + len(magic)] == magic), None)
    return None if found == "zip" and name.lower().endswith(_ZIPS_THAT_ARE_DOCUMENTS) else found
