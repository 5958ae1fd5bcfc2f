"""What the folders say: where a series lies, and in which split."""

from collections.abc import Sequence

SPLITS = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test", "holdout": "test",
}  # fmt: skip
"""Folder names that say which split their files belong to; whole names only."""


def common_path(paths: Sequence[str]) -> str:
    """The path of one file; of several the longest folder that they share, ending in "/"."""
    if len(paths) == 1:
        return paths[0]
    low, high = min(paths).split("/")[:-1], max(paths).split("/")[:-1]
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared]:
        shared += 1
    return "/".join(low[:shared]) + "/" if shared else "./"


def split_of_folders(path: str) -> str | None:
    """train, validation or test, from the innermost folder that says so."""
    for folder in reversed(path.lower().split("/")[:-1]):
        if folder in SPLITS:
            return SPLITS[folder]
    return None
