"""Look through a storage: what is damaged, what is missing, and what nothing refers to any more."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from biodatamine_core.errors import BioDataMineError, NotFound, UnreadableContent
from biodatamine_core.storage import Entry, Storage
from biodatamine_core.upkeep.places import BELOW_A_DATASET, OBJECT, Place, place_of
from biodatamine_core.upkeep.references import References, references

SPARED_S = 24 * 3600.0
"""What was written within a day may be about to be referred to."""
_CHUNK_BYTES = 1 << 20
_REFERRING = frozenset({Place.UPLOAD, Place.DATASET, Place.VERSION})


@dataclass(frozen=True, slots=True)
class Damage:
    """One key that is not as it was written. problem: a sentence."""

    key: str
    problem: str


@dataclass(frozen=True, slots=True)
class State:
    """unreferenced: what may be removed. spared: what nothing refers to either, but is young or a live job's."""

    keys: int
    size_bytes: int
    damages: tuple[Damage, ...]
    unreferenced: tuple[Entry, ...]
    spared: tuple[Entry, ...]


def check(store: Storage, on_bytes: Callable[[int, int], None] = lambda done, total: None) -> State:
    """Read everything once. on_bytes(done, total) is called after each key."""
    entries = list(store.list(""))
    total_bytes, done_bytes = sum(entry.size_bytes for entry in entries), 0
    documents: dict[str, Any] = {}
    damages = []
    for entry in entries:
        try:
            _look_at(store, entry.key, documents)
        except NotFound:
            continue  # deleted since the listing
        except UnreadableContent as error:
            damages.append(Damage(entry.key, str(error)))
        done_bytes += entry.size_bytes
        on_bytes(done_bytes, total_bytes)
    named = references(documents)
    there = {entry.key for entry in entries}
    damages += [
        Damage(key, f"It is missing; {by} refers to it.")
        for key, by in named.keys.items()
        if key not in there and store.size_bytes(key) is None
    ]
    loose = [entry for entry in entries if _is_loose(entry.key, named, documents)]
    removable = [entry for entry in loose if _is_removable(entry, named)]
    kept = {entry.key for entry in removable}
    spared = tuple(entry for entry in loose if entry.key not in kept)
    return State(len(entries), total_bytes, tuple(damages), tuple(removable), spared)


def remove(store: Storage, state: State) -> list[Entry]:
    """Remove what `check` found unreferenced and still is, and old half uploads; returns the keys that went.

    Raises UnreadableContent where a document that may refer to something cannot be read: nothing is removed then.
    """
    unread = [damage.key for damage in state.damages if _refers(damage.key)]
    if unread:
        raise UnreadableContent(f"Nothing was removed: {unread[0]} cannot be read, so what it refers to is not known.")
    documents: dict[str, Any] = {}
    for entry in store.list(""):
        if _refers(entry.key):
            _look_at(store, entry.key, documents)
    named = references(documents)  # again: a scan may have begun or ended since
    gone = [
        entry for entry in state.unreferenced if _is_loose(entry.key, named, documents) and _is_removable(entry, named)
    ]
    for entry in gone:
        store.delete(entry.key)
    store.remove_unfinished(SPARED_S)
    return gone


def _refers(key: str) -> bool:
    return place_of(key) in _REFERRING or key.startswith("jobs/")


def _is_loose(key: str, named: References, documents: dict[str, Any]) -> bool:
    """Whether nothing refers to it, where something should. Everything else is not ours to judge."""
    place = place_of(key)
    if place is Place.PROBE:
        return True
    below = BELOW_A_DATASET.fullmatch(key)
    if below and f"{below['prefix']}dataset.json" not in documents:
        return True  # its dataset was deleted, and the deletion killed
    return place in (Place.OBJECT, Place.TABLE, Place.UPLOAD) and key not in named.keys


def _is_removable(entry: Entry, named: References) -> bool:
    is_young = time.time() - entry.modified_at < SPARED_S
    is_wanted = named.has_fetching_job and place_of(entry.key) in (Place.OBJECT, Place.UPLOAD)
    return not (is_young or is_wanted or named.hold(entry.key))


def _look_at(store: Storage, key: str, documents: dict[str, Any]) -> None:
    """Read one key whole; keep it where it refers to others. Raises UnreadableContent, NotFound."""
    match place_of(key):
        case Place.OBJECT:
            _compare_hash(store, key)
        case Place.TABLE:
            _read_table(store, key)
        case Place.UPLOAD | Place.DOCUMENT | Place.VERSION | Place.DATASET:
            document = _parsed(store.read(key).data)
            if _refers(key):
                documents[key] = document
        case Place.OTHER | Place.PROBE:
            pass


def _compare_hash(store: Storage, key: str) -> None:
    match = OBJECT.fullmatch(key)
    digest = hashlib.sha256()
    for chunk in chunks(store, key):
        digest.update(chunk)
    if match and digest.hexdigest() != match["sha256"]:
        raise UnreadableContent(f"Its bytes have the sha256 {digest.hexdigest()}, not the one that names it.")


def _read_table(store: Storage, key: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with store.open(key) as stream:
            for _ in pq.ParquetFile(stream).iter_batches():
                pass
    except BioDataMineError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise UnreadableContent("It is no whole Parquet table.") from error


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise UnreadableContent("It is no JSON document.") from error


def chunks(store: Storage, key: str) -> Iterator[bytes]:
    """The value in pieces. Raises NotFound."""
    with store.open(key) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
