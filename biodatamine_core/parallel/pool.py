"""Jobs in a pool of spawned processes that survives a crash."""

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import connection, parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any, TypeVar

from biodatamine_core.errors import WorkerKilled

J = TypeVar("J")
R = TypeVar("R")

JOBS_AHEAD = 4
"""Jobs handed out per worker: enough to keep it busy while results are taken, few enough to bound memory."""
_OBJECTS_BETWEEN_COLLECTIONS = 5_000
"""Not 700: the rows of a job are many small objects without cycles, and to look for these took a 25th of the time."""
_BLAS_THREADS = "OPENBLAS_NUM_THREADS"
CHECK_SECONDS = 0.1
"""How long a wait may last before the caller's check is asked again."""


def in_pool(
    function: Callable[[J], R],
    jobs: Iterator[J],
    workers: int,
    check: Callable[[], None],
    rescue: Callable[[J], R] | None,
    is_long: bool = False,
) -> Iterator[R]:
    """As parallel.run promises."""
    handed_out: deque[tuple[J, Future[R]]] = deque()
    pool = _Pool(workers)
    try:
        for _ in range(workers if is_long else 0):
            pool.submit(_imported, function)
        while True:
            wanted = workers * JOBS_AHEAD - len(handed_out)
            submitted = [(job, pool.submit(function, job)) for job in islice(jobs, wanted)]
            handed_out += submitted
            if not handed_out:
                break
            result = _wait_for(handed_out[0][1], check)
            if isinstance(result, BrokenProcessPool):
                pool.kill()
                yield from _again(function, handed_out, check, rescue)
                pool = _Pool(workers)
                handed_out.clear()
            else:
                handed_out.popleft()
                if not handed_out and len(submitted) < wanted:
                    pool.dismiss()
                yield result
    except BaseException:
        pool.kill()
        raise
    pool.close()


def _again(
    function: Callable[[J], R],
    handed_out: Iterable[tuple[J, Future[R]]],
    check: Callable[[], None],
    rescue: Callable[[J], R] | None,
) -> Iterator[R]:
    """What a broken pool left behind, one job at a time, so that the one that breaks it is known."""
    pool = _Pool(1)
    try:
        for job, future in handed_out:
            result = _wait_for(future, check)
            if isinstance(result, BrokenProcessPool):
                result = _wait_for(pool.submit(function, job), check)
            if isinstance(result, BrokenProcessPool):
                pool.kill()
                pool = _Pool(1)
                if isinstance(_wait_for(pool.submit(abs, 0), check), BrokenProcessPool):
                    raise WorkerKilled(
                        "Worker processes end as soon as they start; is there memory left? "
                        "BIODATAMINE_WORKERS=1 works without them."
                    )
                if rescue is None:
                    raise WorkerKilled("A piece of work ended the process that did it, twice; is there memory left?")
                result = rescue(job)
            yield result
    finally:
        pool.kill()


def _wait_for(future: "Future[R]", check: Callable[[], None]) -> R | BrokenProcessPool:
    check()
    while not wait([future], CHECK_SECONDS).done:
        check()
    try:
        return future.result()
    except BrokenProcessPool as broken:
        return broken


class _Pool:
    """A ProcessPoolExecutor that can be stopped at once."""

    def __init__(self, workers: int) -> None:
        self._context = _WorkerContext()
        self._executor = ProcessPoolExecutor(workers, mp_context=self._context, initializer=_begin_work)
        self._leaving: threading.Thread | None = None

    def submit(self, function: Callable[[J], R], job: J) -> "Future[R]":
        try:
            return self._executor.submit(function, job)
        except (BrokenProcessPool, OSError, ValueError) as broken:
            # OSError: a process could not be started; ValueError: the pool closed its pipes while one was started
            failed: Future[R] = Future()
            failed.set_exception(BrokenProcessPool(str(broken)))
            return failed

    def dismiss(self) -> None:
        """Let the workers go, as there is nothing left to do; close() waits for them."""
        self._leaving = threading.Thread(target=self._executor.shutdown, name="leaving")
        self._leaving.start()

    def close(self) -> None:
        if self._leaving is None:
            self._executor.shutdown()
        else:
            self._leaving.join()

    def kill(self) -> None:
        if self._leaving is None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        started = [process for process in self._context.made if process.pid is not None]
        for process in started:
            process.kill()
        for process in started:
            while process.is_alive():  # the executor's thread may be about to say that it has ended
                process.join()
        if self._leaving is not None:
            self._leaving.join()


class _Worker(SpawnProcess):
    """A spawned process that leaves the caller's main script alone.

    Spawn would import it again: a second Streamlit, or a notebook script that scans without `if __name__ == ...`.
    """

    def start(self) -> None:
        with main_hidden(), _without_idle_threads():
            super().start()


class _WorkerContext(SpawnContext):
    """Makes workers, and remembers them so that they can be stopped."""

    def __init__(self) -> None:
        self.made: list[_Worker] = []
        """Also those whose start failed."""

    def Process(self, *arguments: Any, **options: Any) -> _Worker:  # type: ignore[override]  # noqa: N802
        self.made.append(_Worker(*arguments, **options))
        return self.made[-1]


_hiding = threading.Lock()


@contextmanager
def main_hidden() -> Iterator[None]:
    """Show an empty __main__ for a moment: spawn tells its child to import what it finds there."""
    with _hiding:
        real, empty = sys.modules["__main__"], ModuleType("__main__")
        sys.modules["__main__"] = empty
        try:
            yield
        finally:
            if sys.modules["__main__"] is empty:  # Streamlit puts its own there at every run
                sys.modules["__main__"] = real


@contextmanager
def _without_idle_threads() -> Iterator[None]:
    """Let numpy start no thread of OpenBLAS in a child: there is nothing for it here, and it spins for 50 ms at first.

    What a person has set stays as it is.
    """
    if _BLAS_THREADS in os.environ:
        yield
        return
    os.environ[_BLAS_THREADS] = "1"
    try:
        yield
    finally:
        os.environ.pop(_BLAS_THREADS, None)


def _imported(function: Callable[[J], R]) -> None:
    """To have been given the function, a worker has imported its modules."""


def _begin_work() -> None:
    """Leave Ctrl-C to the parent, and end when it ends, also by kill -9."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
