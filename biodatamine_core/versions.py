"""Published versions of a dataset: immutable, numbered, made visible by one atomic write.

A dataset's folder holds `versions/<n>/version.json` and, beside it, `<table>/<run>.parquet`. version.json names its
tables by key; whatever else lies there belongs to a run that never published.
"""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from biodatamine_core import storage as stores
from biodatamine_core.errors import NotFound, StorageConflict
from biodatamine_core.records import Mode, Origin, OriginKind, Summary, Version
from biodatamine_core.storage import Storage


def numbers(storage: Storage, prefix: str) -> list[int]:
    """The numbers of the published versions, ascending. prefix: the dataset's folder, ending in "/"."""
    base = f"{prefix}versions/"
    keys = (entry.key.removeprefix(base) for entry in storage.list(base) if entry.key.endswith("/version.json"))
    return sorted(int(key.split("/")[0]) for key in keys)


def read(storage: Storage, prefix: str, number: int) -> Version:
    """One published version. Raises NotFound."""
    document, _ = stores.read_document(storage, _key(prefix, number))
    document["mode"] = Mode(document["mode"])
    document["summary"] = Summary(**document["summary"])
    document["tables"] = {name: tuple(keys) for name, keys in document["tables"].items()}
    origins = document.get("contents", ())
    document["contents"] = tuple(Origin(**origin | {"kind": OriginKind(origin["kind"])}) for origin in origins)
    document["notes"] = tuple(document.get("notes", ()))
    document["corrections"] = tuple(document.get("corrections", ()))
    return Version(**document)


def latest(storage: Storage, prefix: str) -> Version | None:
    """The newest published version, None before the first."""
    published = numbers(storage, prefix)
    return read(storage, prefix, published[-1]) if published else None


def parquet_paths(storage: Storage, version: Version) -> dict[str, list[Path]]:
    """Local files of a version's tables, as database.open_version takes them."""
    return {name: [storage.local_copy(key) for key in keys] for name, keys in version.tables.items()}


def publish(
    storage: Storage,
    prefix: str,
    draft: Version,
    parquet: Mapping[str, Path],
    before_visible: Callable[[], None] = lambda: None,
) -> Version:
    """Make a draft visible as the next number, or return the version that already says the same.

    draft: its number and tables do not count yet. parquet: table name -> staged file, which is copied, not moved: when
    somebody else takes the number first, ours is tried under the next one. before_visible: called when all tables are
    stored; what it raises leaves everything as it was.
    Killed anywhere in here, the old state stays: nothing is visible before version.json is.
    """
    while True:
        last = latest(storage, prefix)
        if last is not None and last.identity == draft.identity:
            return last
        number = last.number + 1 if last else 1
        run = uuid.uuid4().hex[:8]
        keys = {name: (f"{prefix}versions/{number}/{name}/{run}.parquet",) for name in parquet}
        version = replace(draft, number=number, tables=keys, created_at_utc=now_utc())
        try:
            _put_tables(storage, parquet, keys)
            before_visible()
            storage.put_if_absent(_key(prefix, number), json.dumps(asdict(version), indent=1).encode())
        except StorageConflict:
            _delete(storage, (key for listed in keys.values() for key in listed))
            continue
        _remove_strays(storage, prefix, version)
        return version


def now_utc() -> str:
    """The time as documents keep it: 2026-11-22T10:41:07Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(prefix: str, number: int) -> str:
    if number < 1:
        raise NotFound(f"There is no version {number}; versions are numbered from 1.")
    return f"{prefix}versions/{number}/version.json"


def _put_tables(storage: Storage, parquet: Mapping[str, Path], keys: Mapping[str, tuple[str, ...]]) -> None:
    for name, staged in parquet.items():
        copy = staged.with_suffix(".publishing")
        shutil.copyfile(staged, copy)
        storage.put_file(keys[name][0], copy)


def _remove_strays(storage: Storage, prefix: str, version: Version) -> None:
    """Tables under our number that nobody refers to: left by a killed run, or by one that lost the number to us."""
    ours = {key for listed in version.tables.values() for key in listed} | {_key(prefix, version.number)}
    folder = f"{prefix}versions/{version.number}/"
    _delete(storage, [entry.key for entry in storage.list(folder) if entry.key not in ours])


def _delete(storage: Storage, keys: Iterator[str] | list[str]) -> None:
    for key in keys:
        storage.delete(key)
