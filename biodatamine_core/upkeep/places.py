"""What a key stands for, by where it lies."""

import re
from enum import IntEnum


class Place(IntEnum):
    """In the order in which a storage is copied: whatever refers to something comes after it."""

    OBJECT = 1
    TABLE = 2
    OTHER = 3
    """Secrets, and what we know nothing of: looked at by nobody, and never removed."""
    UPLOAD = 4
    DOCUMENT = 5
    VERSION = 6
    DATASET = 7
    PROBE = 8
    """A trial of the storage that was killed; never copied."""


OBJECT = re.compile(r"objects/sha256/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})")
UPLOAD = re.compile(r"uploads/(?P<sha256>[0-9a-f]{64})\.json")
DATASET = re.compile(r"(?P<prefix>workspaces/[^/]+/datasets/[^/]+/)dataset\.json")
BELOW_A_DATASET = re.compile(r"(?P<prefix>workspaces/[^/]+/datasets/[^/]+/).+")
VERSION = re.compile(r"(?P<prefix>(?:.*/)?)versions/(?P<number>[1-9][0-9]*)/version\.json")
TABLE = re.compile(r"(?:.*/)?versions/[1-9][0-9]*/[^/]+/[^/]+\.parquet")

_PLACES = {
    OBJECT: Place.OBJECT,
    UPLOAD: Place.UPLOAD,
    DATASET: Place.DATASET,
    VERSION: Place.VERSION,
    TABLE: Place.TABLE,
    re.compile(r"probes/.*"): Place.PROBE,
    re.compile(r".*\.json"): Place.DOCUMENT,
}


def place_of(key: str) -> Place:
    return next((place for pattern, place in _PLACES.items() if pattern.fullmatch(key)), Place.OTHER)
