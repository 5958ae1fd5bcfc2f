"""Parts of archives that were split for upload: none of them can be read without the others."""

import re
from collections.abc import Iterator

from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import Content, Member
from biodatamine_core.settings import Limits

# A part has no signature of its own; only its name tells.
_NUMBERED = re.compile(r"(?P<whole>[^/]+\.(?:zip|7z|rar|tgz|tar(?:\.\w+)?))\.(?P<number>\d{3})", re.IGNORECASE)
_OF_A_ZIP = re.compile(r"(?P<stem>[^/]+)\.z(?P<number>\d{2})", re.IGNORECASE)


def told(name: str) -> str | None:
    """What to say about a file of this name where it is one part of a split archive."""
    if part := _NUMBERED.fullmatch(name):
        whole = part["whole"]
        return f"part {int(part['number'])} of {whole}; join the parts first: cat {whole}.??? > {whole}"
    if part := _OF_A_ZIP.fullmatch(name):
        join = f"zip -s 0 {part['stem']}.zip --out whole.zip"
        return f"part {int(part['number'])} of a split zip; join the parts first: {join}"
    return None


def recognises(content: Content, head: bytes) -> bool:
    return told(content.name) is not None


def is_streamed(content: Content) -> bool:
    return False


def stated_files(content: Content) -> int | None:
    return None


def members(content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    raise UnreadableContent(f"{content.name} is {told(content.name)}")
