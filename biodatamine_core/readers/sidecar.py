"""Files that speak about images: JSON, tables and text. Known by content where there is a signature, else by name."""

from typing import Any

from biodatamine_core.readers import bids_facts, table_facts
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym, Role

name = "sidecar"

_FORMAT_BY_SUFFIX = {
    ".json": "JSON", ".jsonl": "JSON lines", ".ndjson": "JSON lines", ".csv": "CSV", ".tsv": "TSV", ".tab": "TSV",
    ".xml": "XML", ".xsd": "XML", ".svg": "SVG", ".html": "HTML", ".htm": "HTML", ".yaml": "YAML", ".yml": "YAML",
    ".cff": "YAML", ".bval": "bval", ".bvec": "bvec", ".txt": "text", ".md": "text", ".rst": "text", ".log": "text",
    ".ini": "text", ".cfg": "text", ".toml": "text", ".sha256": "text", ".md5": "text", ".bib": "text",
    ".bidsignore": "text", ".gitignore": "text", ".gitattributes": "text",
    ".py": "source code", ".m": "source code", ".r": "source code", ".sh": "source code", ".ipynb": "JSON",
}  # fmt: skip
_TEXT_NAMES = (
    "readme",
    "license",
    "licence",
    "changes",
    "changelog",
    "copying",
    "authors",
    "citation",
    "notice",
    "sha256sums",
    "md5sums",
)
"""Names that are text without an ending."""
_ALLOWED_CONTROLS = frozenset(b"\t\n\r\f\x1b")


def sniff(head: bytes, name: str) -> bool:
    return _format(head, name) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """What kind of text it is, and what a BIDS sidecar or a table of files or patients says; series/ joins it."""
    found = _format(head, member.name) or "text"
    facts: dict[str, Any] = {}
    if found == "JSON":
        facts = bids_facts.of_json(member, head)
    elif member.name == "participants.tsv":
        facts = bids_facts.of_participants(member, pseudonym)
    elif found in ("CSV", "TSV"):
        facts = table_facts.of_table(member, pseudonym)
    return FileRecord(file_id="", path=member.path, format=found, role=Role.SIDECAR, readable=True, **facts)


def is_text(head: bytes) -> bool:
    """Whether the bytes can be text: UTF-16 with its mark, or any code without control characters (binary has many)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return bool(head) and all(byte >= 32 or byte in _ALLOWED_CONTROLS for byte in set(head))


def _format(head: bytes, name: str) -> str | None:
    """The name of the format, None where it is no text or a text of no known kind."""
    if not is_text(head):
        return None
    lower = name.lower().removesuffix(".gz")
    _, dot, suffix = lower.rpartition(".")
    by_name = _FORMAT_BY_SUFFIX.get(dot + suffix)
    if by_name is not None:
        return by_name
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<?xml"):
        return "XML"
    if start.startswith((b"{", b"[{", b'["')) and not dot:
        return "JSON"
    return "text" if not dot and lower.startswith(_TEXT_NAMES) else None
