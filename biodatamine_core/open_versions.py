"""Connections that stay open between two questions: a version's files never change, and opening them reads footers."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import database

if TYPE_CHECKING:
    import duckdb

KEPT = 4
"""Versions that nobody asks at the moment. One of ten million files and a million series holds 60 MB of footers."""

_Key = tuple[int, tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(slots=True)
class _Open:
    connection: "duckdb.DuckDBPyConnection"
    users: int = 0


_lock = threading.Lock()
_open: OrderedDict[_Key, _Open] = OrderedDict()
"""The one asked last stands last."""


@contextmanager
def cursor(parquet: Mapping[str, Sequence[Path]], memory_limit_mb: int) -> "Iterator[duckdb.DuckDBPyConnection]":
    """What database.open_version gives, with temporary tables of its own.

    Everybody who asks one version at the same time shares one memory cap.
    """
    key = memory_limit_mb, tuple((name, tuple(map(str, parquet[name]))) for name in sorted(parquet))
    with _lock:
        held = _open.pop(key, None) or _Open(database.open_version(parquet, memory_limit_mb))
        _open[key] = held
        held.users += 1
        asked = held.connection.cursor()
    try:
        yield asked
    finally:
        asked.close()
        with _lock:
            held.users -= 1
            _close_idle()


def _close_idle() -> None:
    """The versions that were asked longest ago; one that is being asked stays."""
    idle = [key for key, held in _open.items() if not held.users]
    for key in idle[: max(0, len(idle) - KEPT)]:
        _open.pop(key).connection.close()
