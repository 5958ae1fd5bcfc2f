"""One executor for the work of every stage: here, in a pool of processes, or on a cluster; the same code on each."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from biodatamine_core.parallel.pool import CHECK_SECONDS, JOBS_AHEAD, J, R, in_pool

__all__ = ["CHECK_SECONDS", "JOBS_AHEAD", "in_pool", "run"]


def run(
    function: Callable[[J], R],
    jobs: Iterable[J],
    workers: int,
    check: Callable[[], None],
    rescue: Callable[[J], R] | None = None,
    scheduler: str = "",
    is_long: bool = False,
) -> Iterator[R]:
    """function(job) of every job, in the order of the jobs, in bounded memory.

    In this process where workers is 1 or there is one job; else function, jobs and results are pickled.
    check: called at least every CHECK_SECONDS while waiting; what it raises ends the run, and the workers at once.
    rescue: gives the result of a job that ended its process twice; without it WorkerKilled is raised.
    scheduler: the address of a Dask scheduler ("tcp://host:8786"), or "local-cluster" for one with `workers` workers
    on this machine; what function opens must then be readable there under the same name.
    is_long: there will be many jobs: the pool is started before the first of them is asked for.
    An exception of function is raised here. The caller's __main__ is not imported again by the workers of a pool.
    """
    jobs = iter(jobs)
    if is_long and workers > 1 and not scheduler:
        yield from in_pool(function, jobs, workers, check, rescue, is_long)
        return
    first = list(islice(jobs, 2))
    if scheduler and first:
        from biodatamine_core.parallel.cluster import on_cluster  # Dask is optional, and slow to import

        yield from on_cluster(scheduler, function, chain(first, jobs), workers, check, rescue)
        return
    if workers > 1 and len(first) > 1:
        yield from in_pool(function, chain(first, jobs), workers, check, rescue)
        return
    for job in chain(first, jobs):
        check()
        yield function(job)
