"""Which keys there can be: none that leaves its storage, on any kind of storage."""

import re

from biodatamine_core.errors import NotFound

PART = re.compile(r"(?!\.\.?\Z)[A-Za-z0-9._+=@-]+\Z")


def parts_of(key: str) -> list[str]:
    """ "a/b" -> ["a", "b"]. Raises NotFound for what cannot be a key."""
    parts = key.split("/")
    if not all(PART.match(part) for part in parts):
        raise NotFound(
            f"{key!r} cannot be a key: its parts are letters, digits and ._-+=@, and none is empty, . or .. ."
        )
    return parts


def parts_of_prefix(prefix: str) -> list[str]:
    """ "a/b/" -> ["a", "b"], "" -> []. Raises ValueError where it ends in the middle of a part."""
    if prefix and not prefix.endswith("/"):
        raise ValueError(f'"{prefix}" is no prefix: it must end in "/" or be empty.')
    return parts_of(prefix[:-1]) if prefix else []
