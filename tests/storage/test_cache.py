"""Copies on this machine: below a size, whole or not there, fetched once for everybody."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from biodatamine_core.errors import NotFound
from biodatamine_core.storage.cache import SPARED_S, Cache


def of_bytes(count: int) -> "Filling":
    return Filling(b"x" * count)


class Filling:
    """Writes bytes, and counts how often it was asked."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.times = 0

    def __call__(self, file: BinaryIO) -> None:
        self.times += 1
        file.write(self.data)


def names(cache: Cache) -> set[str]:
    return {path.name for path in cache.folder.iterdir() if path.is_file()}


def used_long_ago(path: Path, seconds: float) -> Path:
    then = time.time() - SPARED_S - seconds
    os.utime(path, (then, then))
    return path


def test_a_copy_is_fetched_once(tmp_path: Path) -> None:
    cache, filling = Cache(tmp_path, 1000), Filling(b"table")
    assert cache.copy("a", ".parquet", filling).read_bytes() == b"table"
    assert cache.copy("a", ".parquet", filling).suffix == ".parquet"
    assert filling.times == 1


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1000)
    first, second = (cache.copy(name, "", of_bytes(400)) for name in ("first", "second"))
    used_long_ago(first, 10)
    used_long_ago(second, 20)
    third = cache.copy("third", "", of_bytes(400))
    assert names(cache) == {first.name, third.name}


def test_what_may_be_read_at_this_moment_stays_past_the_limit(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1000)
    kept = {cache.copy(str(number), "", of_bytes(400)).name for number in range(4)}
    assert names(cache) == kept
    used_long_ago(tmp_path / min(kept), 1)
    assert cache.copy("larger than all of it", "", of_bytes(2000)).stat().st_size == 2000
    assert min(kept) not in names(cache)


def test_what_could_not_be_fetched_leaves_nothing(tmp_path: Path) -> None:
    def broken(file: BinaryIO) -> None:
        file.write(b"half")
        raise NotFound("gone")

    cache = Cache(tmp_path, 1000)
    with pytest.raises(NotFound):
        cache.copy("a", "", broken)
    assert names(cache) == set()
    assert cache.copy("a", "", Filling(b"whole")).read_bytes() == b"whole"


def test_many_who_want_the_same_fetch_it_once(tmp_path: Path) -> None:
    cache, filling, start = Cache(tmp_path, 1000), Filling(b"table"), threading.Barrier(8)

    def ask(_: int) -> bytes:
        start.wait()
        return cache.copy("a", "", filling).read_bytes()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {b"table"}
    assert filling.times == 1


def fill_for_ever(folder: Path, begun: "multiprocessing.synchronize.Event") -> None:
    def fill(file: BinaryIO) -> None:
        file.write(b"half")
        file.flush()
        begun.set()
        threading.Event().wait()

    Cache(folder, 1000).copy("a", "", fill)


def test_a_killed_process_leaves_no_half_copy_and_no_lock(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    begun = spawn.Event()
    process = spawn.Process(target=fill_for_ever, args=(tmp_path, begun))
    process.start()
    assert begun.wait(30)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert Cache(tmp_path, 1000).copy("a", "", Filling(b"whole")).read_bytes() == b"whole"
