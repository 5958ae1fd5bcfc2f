"""Jobs on a Dask cluster: one that runs already, or one made on this machine for the run."""

import math
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from biodatamine_core.errors import InvalidSetting, WorkerKilled
from biodatamine_core.parallel.pool import CHECK_SECONDS, JOBS_AHEAD, J, R, main_hidden

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL_CLUSTER = "local-cluster"
_FAILURES_BEFORE_RESCUE = 1
"""A job is given to a second worker when its first one died; where that dies as well it is rescued."""
_CONNECT_SECONDS = 30
_COUNT_EVERY_SECONDS = 1.0
"""Workers come and go; to count them is a question to the scheduler."""


def on_cluster(
    scheduler: str,
    function: Callable[[J], R],
    jobs: Iterator[J],
    workers: int,
    check: Callable[[], None],
    rescue: Callable[[J], R] | None,
) -> Iterator[R]:
    """As parallel.run promises. The scheduler gives the jobs of a worker that died to another one by itself.

    Raises InvalidSetting where Dask is not installed, or nothing answers there.
    """
    handed_out: deque[tuple[J, Future[R]]] = deque()
    with _client(scheduler, workers) as client:
        try:
            ahead, counted_at = 0, -math.inf
            while True:
                if time.monotonic() - counted_at >= _COUNT_EVERY_SECONDS:
                    ahead, counted_at = JOBS_AHEAD * max(workers, _workers_of(client)), time.monotonic()
                for job in islice(jobs, ahead - len(handed_out)):
                    handed_out.append((job, client.submit(_called, pickle.dumps((function, job)), pure=False)))
                if not handed_out:
                    return
                job, future = handed_out[0]
                yield _result(job, future, check, rescue)
                handed_out.popleft()
        finally:
            client.cancel([future for _, future in handed_out], force=True)


def _called(call: bytes) -> Any:
    """Function and job as bytes: Dask would pickle the job twice, and read it in between, on its way to a worker."""
    function, job = pickle.loads(call)
    return function(job)


def _workers_of(client: "Client") -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _result(job: J, future: "Future[R]", check: Callable[[], None], rescue: Callable[[J], R] | None) -> R:
    from distributed import KilledWorker, wait

    check()
    while not future.done():
        try:
            wait([future], timeout=CHECK_SECONDS)
        except TimeoutError:
            check()
    try:
        result = future.result()
    except KilledWorker as killed:
        if rescue is None:
            raise WorkerKilled(
                "A piece of work ended the process that did it, twice; is there memory left?"
            ) from killed
        result = rescue(job)
    return result


@contextmanager
def _client(scheduler: str, workers: int) -> "Iterator[Client]":
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InvalidSetting(
            f'BIODATAMINE_SCHEDULER is "{scheduler}", but Dask is missing: pip install -r requirements-cluster.txt'
        ) from error
    quiet: dict[str, Any] = {
        "distributed.admin.large-graph-warning-threshold": "1GB",  # files out of a tar.gz travel with their shard
        "distributed.scheduler.allowed-failures": _FAILURES_BEFORE_RESCUE,
    }
    with dask.config.set(quiet):
        if scheduler == LOCAL_CLUSTER:
            with main_hidden():
                cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
            with cluster, Client(cluster) as client:
                yield client
            return
        try:
            connected = Client(scheduler, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise InvalidSetting(
                f'No Dask scheduler answers at "{scheduler}" (BIODATAMINE_SCHEDULER); start it, or leave the variable '
                "empty to scan on this machine."
            ) from error
        with connected as client:
            yield client
