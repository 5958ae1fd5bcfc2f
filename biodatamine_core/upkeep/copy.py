"""Move a storage: every key, compared by its hash on the other side; begun again, it goes on where it was."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from biodatamine_core.errors import NotFound, UnreadableContent
from biodatamine_core.storage import Entry, Storage
from biodatamine_core.storage.locks import remove_abandoned, unfinished_file
from biodatamine_core.upkeep.check import chunks
from biodatamine_core.upkeep.places import OBJECT, Place, place_of

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Copied:
    """copied: keys written now. present: keys that were there already with the same bytes."""

    copied: int
    present: int
    size_bytes: int


def copy(
    source: Storage,
    target: Storage,
    scratch_dir: Path,
    on_bytes: Callable[[int, int], None] = lambda done, total: None,
) -> Copied:
    """Copy every key of source to target; what is there with other bytes is replaced, what else is there stays.

    Whatever refers to something is written after it, so that half a copy holds no broken dataset. Each value is read
    back and compared. scratch_dir holds a few values on their way. on_bytes(done, total) is called after each key.
    Raises UnreadableContent for an object that does not have the hash that names it: its source is damaged.
    """
    remove_abandoned(scratch_dir)
    entries = sorted(
        (entry for entry in source.list("") if place_of(entry.key) is not Place.PROBE),
        key=lambda entry: (place_of(entry.key), entry.key),
    )
    there = {entry.key: entry.size_bytes for entry in target.list("")}
    total_bytes, done_bytes, copied = sum(entry.size_bytes for entry in entries), 0, 0

    def send(entry: Entry) -> bool:
        return _sent(source, target, entry, there.get(entry.key) == entry.size_bytes, scratch_dir)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for _, group in groupby(entries, key=lambda entry: place_of(entry.key)):
            same = list(group)
            for entry, is_new in zip(same, threads.map(send, same), strict=True):
                copied += is_new
                done_bytes += entry.size_bytes
                on_bytes(done_bytes, total_bytes)
    return Copied(copied, len(entries) - copied, total_bytes)


def _sent(source: Storage, target: Storage, entry: Entry, may_be_there: bool, scratch_dir: Path) -> bool:
    """True where it was written, False where the same bytes were there, or the key is gone from the source."""
    named = OBJECT.fullmatch(entry.key)
    if may_be_there and named and _hash(target, entry.key) == named["sha256"]:
        return False
    try:
        with unfinished_file(scratch_dir) as (path, stream):
            digest = hashlib.sha256()
            for chunk in chunks(source, entry.key):
                digest.update(chunk)
                stream.write(chunk)
            stream.close()
            expected = digest.hexdigest()
            if named and expected != named["sha256"]:
                raise UnreadableContent(f'"{entry.key}" in {source.url} is damaged: its bytes have another hash.')
            if may_be_there and _hash(target, entry.key) == expected:
                return False
            target.put_file(entry.key, path)
    except NotFound:
        return False  # deleted since the listing
    if _hash(target, entry.key) != expected:
        raise UnreadableContent(f'"{entry.key}" arrived in {target.url} with other bytes than were sent; copy again.')
    return True


def _hash(store: Storage, key: str) -> str:
    digest = hashlib.sha256()
    for chunk in chunks(store, key):
        digest.update(chunk)
    return digest.hexdigest()
