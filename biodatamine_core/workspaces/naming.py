"""Names that people give, as ids and as names that nobody else has."""

import re


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "dataset"


def is_id(text: str) -> bool:
    """Whether a dataset may have this id; a name may look like one."""
    return re.fullmatch(r"[a-z0-9-]{1,64}", text) is not None


def free_name(title: str, taken: set[str]) -> str:
    """The title itself, or with the first number that makes it a name of its own."""
    if title not in taken:
        return title
    number = 2
    while f"{title} ({number})" in taken:
        number += 1
    return f"{title} ({number})"
