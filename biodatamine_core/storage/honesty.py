"""Whether a storage keeps its word on conditional writes: some services accept the conditions and ignore them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

from biodatamine_core.errors import InvalidSetting, StorageConflict
from biodatamine_core.storage.interface import Storage

_RACERS = 4


def refuse_dishonest(storage: Storage) -> None:
    """Try both conditions on a key of its own, as several servers at once would. Takes some ten requests.

    Raises InvalidSetting where a write went through that must not have: two servers would overwrite each other's
    documents without a word. What keeps the storage from answering at all is raised as it is.
    """
    key = f"probes/{uuid4().hex}"
    try:
        if _creators(storage, key) != 1:
            raise _dishonest(storage, "If-None-Match", "several writers created the same document")
        if _succeeds(lambda: storage.put_if_absent(key, b"late")):
            raise _dishonest(storage, "If-None-Match", "a document that existed was created once more")
        etag = storage.put(key, b"first")
        storage.put_if_match(key, b"second", etag)
        if _succeeds(lambda: storage.put_if_match(key, b"third", etag)):
            raise _dishonest(storage, "If-Match", "a writer with an old etag overwrote a newer document")
    finally:
        storage.delete(key)


def _creators(storage: Storage, key: str) -> int:
    """How many of several that create the key at the same moment are told that they did."""
    start = Barrier(_RACERS)

    def create(number: int) -> bool:
        start.wait()
        return _succeeds(lambda: storage.put_if_absent(key, str(number).encode()))

    with ThreadPoolExecutor(_RACERS) as racers:
        return sum(racers.map(create, range(_RACERS)))


def _succeeds(write: Callable[[], str]) -> bool:
    try:
        write()
    except StorageConflict:
        return False
    return True


def _dishonest(storage: Storage, header: str, seen: str) -> InvalidSetting:
    return InvalidSetting(
        f"{storage.url} cannot be used: it ignores conditional writes ({header}): {seen}. Two servers would overwrite "
        "each other's changes. Use a service that honours them (AWS S3, SeaweedFS 4), or a folder."
    )
