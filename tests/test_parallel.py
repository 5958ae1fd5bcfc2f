"""Jobs run in order, in bounded memory, and outlive the processes that run them."""

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster

from biodatamine_core import parallel
from biodatamine_core.errors import Cancelled, InvalidSetting, WorkerKilled


def nothing() -> None:
    """A check that lets everything pass."""


def square(number: int) -> int:
    return number * number


def process_of(_: int) -> int:
    return os.getpid()


def blas_threads(_: int) -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


def imported_modules(_: int) -> list[str]:
    return list(sys.modules)


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def kill_once(marker: Path, number: int) -> int:
    """The process that first sees 5 is killed, as the kernel does where memory ends."""
    if number == 5 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def kill_always(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def wait_for_ever(pipe: str, _: int) -> None:
    with open(pipe, "w") as started:  # noqa: PTH123
        started.write(f"{os.getpid()}\n")
    signal.pause()


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    assert list(parallel.run(square, range(40), workers, nothing)) == [n * n for n in range(40)]


def test_one_job_needs_no_other_process() -> None:
    assert list(parallel.run(process_of, [0], 2, nothing)) == [os.getpid()]


def test_two_workers_are_other_processes() -> None:
    assert os.getpid() not in set(parallel.run(process_of, range(8), 2, nothing))


@pytest.mark.parametrize(("is_set", "in_workers"), [(None, "1"), ("4", "4")])
def test_workers_start_no_idle_threads_unless_a_person_says_so(
    monkeypatch: pytest.MonkeyPatch, is_set: str | None, in_workers: str
) -> None:
    if is_set is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", is_set)
    assert set(parallel.run(blas_threads, range(2), 2, nothing)) == {in_workers}
    assert os.environ.get("OPENBLAS_NUM_THREADS") == is_set


def test_jobs_are_not_asked_for_far_ahead_of_their_results() -> None:
    asked: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(1000):
            asked.append(number)
            yield number

    results = parallel.run(square, jobs(), 2, nothing)
    next(results)
    results.close()
    assert len(asked) <= 2 * parallel.JOBS_AHEAD + 1


def test_a_long_run_starts_workers_before_it_asks_for_a_job() -> None:
    started: list[int] = []

    def jobs() -> Iterator[int]:
        started.append(len(multiprocessing.active_children()))
        yield from range(20)

    assert list(parallel.run(square, jobs(), 2, nothing, is_long=True)) == [n * n for n in range(20)]
    assert started[0] > 0
    assert multiprocessing.active_children() == []


def test_who_stops_at_the_last_result_leaves_no_worker_behind() -> None:
    results = parallel.run(square, range(20), 2, nothing)
    assert [next(results) for _ in range(20)] == [n * n for n in range(20)]
    results.close()
    assert multiprocessing.active_children() == []


def test_an_exception_of_a_job_is_raised_to_the_caller() -> None:
    with pytest.raises(ValueError, match="three"):
        list(parallel.run(fail_at_three, range(8), 2, nothing))
    assert multiprocessing.active_children() == []


def test_what_check_raises_ends_the_run_and_its_workers_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "started"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:

        def cancel_once_started() -> None:
            if is_written(reader):
                raise Cancelled("The person stopped it.")

        with pytest.raises(Cancelled):
            list(parallel.run(partial(wait_for_ever, str(pipe)), range(4), 2, cancel_once_started))
        assert multiprocessing.active_children() == []
    finally:
        os.close(reader)


def is_written(descriptor: int) -> bool:
    try:
        return bool(os.read(descriptor, 100))
    except BlockingIOError:
        return False


def test_a_killed_worker_costs_no_result(tmp_path: Path) -> None:
    assert list(parallel.run(partial(kill_once, tmp_path / "killed"), range(20), 2, nothing)) == list(range(20))


def test_a_job_that_always_kills_its_worker_is_rescued_alone() -> None:
    rescued: list[int] = []

    def rescue(number: int) -> int:
        rescued.append(number)
        return -1

    results = list(parallel.run(kill_always, range(20), 2, nothing, rescue))
    assert (rescued, results) == ([5], [*range(5), -1, *range(6, 20)])


def test_a_job_that_always_kills_its_worker_is_told_where_nobody_rescues() -> None:
    with pytest.raises(WorkerKilled, match="ended the process that did it, twice"):
        list(parallel.run(kill_always, range(20), 2, nothing))


# Python's executor counts its processes while it starts one, once it is broken: its thread's last error harms nothing.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_job_is_blamed_where_workers_cannot_start() -> None:
    resource_tracker.ensure_running()  # Python's own process, which starts by the same executable
    context = multiprocessing.get_context("spawn")
    context.set_executable("/bin/false")
    try:
        with pytest.raises(WorkerKilled, match="BIODATAMINE_WORKERS=1 works without them"):
            list(parallel.run(square, range(20), 2, nothing, rescue=square))
    finally:
        context.set_executable(sys.executable)


def test_workers_do_not_run_the_callers_script_again(tmp_path: Path) -> None:
    script = tmp_path / "notebook.py"
    script.write_text(
        "from biodatamine_core import parallel\n"
        "print(list(parallel.run(abs, [-1, -2, -3], 2, lambda: None)))\n"  # no `if __name__ == "__main__"`
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=with_this_library())
    assert (done.stdout, done.returncode) == ("[1, 2, 3]\n", 0)


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    pipe = tmp_path / "started"
    os.mkfifo(pipe)
    script = (
        "from functools import partial\n"
        "from biodatamine_core import parallel\n"
        "from tests.test_parallel import wait_for_ever\n"
        f"list(parallel.run(partial(wait_for_ever, {str(pipe)!r}), range(2), 2, lambda: None))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], env=with_this_library())
    with pipe.open() as started:
        worker = os.pidfd_open(int(started.readline()))
        parent.kill()
        parent.wait()
    try:
        readable, _, _ = select.select([worker], [], [], 30)
        assert readable == [worker]
    finally:
        os.close(worker)


def with_this_library() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def test_workers_import_nothing_of_the_pages_or_charts() -> None:
    modules = next(parallel.run(imported_modules, range(2), 2, nothing))
    assert {"pandas", "streamlit", "plotly", "pyarrow"}.isdisjoint(modules)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Dask scheduler with two workers."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as running,
    ):
        yield str(running.scheduler_address)


def test_a_cluster_gives_results_in_the_order_of_the_jobs(cluster: str) -> None:
    assert list(parallel.run(square, range(40), 2, nothing, scheduler=cluster)) == [n * n for n in range(40)]


def test_a_killed_worker_of_a_cluster_costs_no_result(cluster: str, tmp_path: Path) -> None:
    killing = partial(kill_once, tmp_path / "killed")
    assert list(parallel.run(killing, range(20), 2, nothing, scheduler=cluster)) == list(range(20))
    assert (tmp_path / "killed").exists()


def test_a_job_that_always_kills_its_worker_is_rescued_from_a_cluster(cluster: str) -> None:
    rescued: list[int] = []

    def rescue(number: int) -> int:
        rescued.append(number)
        return number

    assert list(parallel.run(kill_always, range(12), 2, nothing, rescue, cluster)) == list(range(12))
    assert 5 in rescued


def test_an_exception_of_a_job_on_a_cluster_is_raised_to_the_caller(cluster: str) -> None:
    with pytest.raises(ValueError, match="three"):
        list(parallel.run(fail_at_three, range(8), 2, nothing, scheduler=cluster))


def test_what_check_raises_takes_the_jobs_back_from_a_cluster(cluster: str, tmp_path: Path) -> None:
    pipe = tmp_path / "started"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:

        def cancel_once_started() -> None:
            if is_written(reader):
                raise Cancelled("The person stopped it.")

        with pytest.raises(Cancelled):
            list(parallel.run(partial(wait_for_ever, str(pipe)), range(4), 2, cancel_once_started, scheduler=cluster))
    finally:
        os.close(reader)


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("biodatamine_core.parallel.cluster._CONNECT_SECONDS", 1)
    with pytest.raises(InvalidSetting, match=r'^No Dask scheduler answers at "tcp://127\.0\.0\.1:1"'):
        list(parallel.run(square, range(4), 2, nothing, scheduler="tcp://127.0.0.1:1"))


def test_a_cluster_of_this_machine_is_made_for_the_run() -> None:
    assert os.getpid() not in set(parallel.run(process_of, range(4), 2, nothing, scheduler="local-cluster"))
