"""Which workers there are: each keeps a small document, `workers/<id>.json`, as long as it lives."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from biodatamine_core import storage
from biodatamine_core.errors import NotFound
from biodatamine_core.jobs import leases
from biodatamine_core.storage import Storage

FOLDER = "workers/"
SEEN_EVERY_S = 10.0
"""A third of what a worker is given up after."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One worker's sign of life. owner: as in leases.py."""

    owner: str
    seen_at: float

    @property
    def is_alive(self) -> bool:
        is_recent = time.time() - self.seen_at < leases.DEAD_AFTER_S
        return is_recent and not leases.is_gone(self.owner)


def tell(store: Storage) -> None:
    """This process works: write it down, or say it again."""
    owner = leases.this_process()
    document = {"owner": owner, "seen_at": time.time()}
    store.put(_key(owner), json.dumps(document).encode())  # nobody else writes it: no condition is needed


def leave(store: Storage) -> None:
    """This process works no more."""
    store.delete(_key(leases.this_process()))


def alive(store: Storage) -> list[Presence]:
    """The workers that were seen a moment ago; the documents of dead ones are removed."""
    found = []
    for key, presence in _everybody(store):
        if presence.is_alive:
            found.append(presence)
        elif time.time() - presence.seen_at > 10 * leases.DEAD_AFTER_S or leases.is_gone(presence.owner):
            store.delete(key)
    return found


def _everybody(store: Storage) -> Iterator[tuple[str, Presence]]:
    for entry in list(store.list(FOLDER)):
        with suppress(NotFound):
            document, _ = storage.read_document(store, entry.key)
            yield entry.key, Presence(document["owner"], document["seen_at"])


def _key(owner: str) -> str:
    return f"{FOLDER}{re.sub(r'[^A-Za-z0-9._-]', '-', owner)}.json"
