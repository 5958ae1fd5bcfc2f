"""Keeps worker processes running: starts them, starts one again that died, ends them all when it is asked to."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from biodatamine_core.jobs import presence
from biodatamine_core.settings import Settings
from biodatamine_core.storage import Storage
from biodatamine_core.storage.locks import exclusive_if_free

IDLE_END_S = 600.0
"""Workers that the app started end when they had nothing to do for so long; the app starts others."""
CLOSE_WITHIN_S = 30.0
START_TAKES_S = 15.0
"""A worker that was started is not seen to work for some seconds: no second one is started meanwhile."""
_LOOK_EVERY_S = 0.1
_START_AGAIN_AFTER_S = 1.0
"""A worker that dies at its start is not started again in a busy circle."""

_starting = threading.Lock()
_started_at: dict[tuple[str, Path], float] = {}


def supervise(processes: int, settings: Settings, unless_running: bool = False) -> None:
    """Run so many workers until SIGTERM or SIGINT, or until all of them ended by themselves.

    unless_running: do nothing where another such supervisor runs on this machine for this storage; workers then end
    when they are idle.
    """
    settings.make_state_dir()
    lock = settings.state_dir / "workers" / f"{hashlib.sha256(settings.storage_url.encode()).hexdigest()[:16]}.lock"
    with exclusive_if_free(lock) if unless_running else nullcontext(True) as is_ours:
        if is_ours:
            _supervise(processes, IDLE_END_S if unless_running else None)


def _supervise(processes: int, idle_end_s: float | None) -> None:
    is_asked_to_end = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: is_asked_to_end.set())
    workers = [_start(idle_end_s) for _ in range(processes)]
    while not is_asked_to_end.wait(_LOOK_EVERY_S):
        workers = [_kept(worker, started_at, idle_end_s) for worker, started_at in workers]
        if all(worker.poll() == 0 for worker, _ in workers):
            return
    _end([worker for worker, _ in workers])


def _start(idle_end_s: float | None) -> tuple["subprocess.Popen[bytes]", float]:
    arguments = [] if idle_end_s is None else [str(idle_end_s)]
    command = [sys.executable, "-m", "biodatamine_core.jobs", "worker", *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL), time.monotonic()


def _kept(
    worker: "subprocess.Popen[bytes]", started_at: float, idle_end_s: float | None
) -> tuple["subprocess.Popen[bytes]", float]:
    """The same worker, or another one in the place of one that died. One that ended well has nothing more to do."""
    is_dead = worker.poll() not in (None, 0)
    is_due = time.monotonic() - started_at > _START_AGAIN_AFTER_S
    return _start(idle_end_s) if is_dead and is_due else (worker, started_at)


def _end(workers: "list[subprocess.Popen[bytes]]") -> None:
    """Let their jobs go back to waiting; what hangs is killed: its job is taken up all the same."""
    for worker in workers:
        worker.terminate()
    deadline = time.monotonic() + CLOSE_WITHIN_S
    for worker in workers:
        try:
            worker.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def ensure_worker(store: Storage, settings: Settings) -> None:
    """Start a worker on this machine where none is seen to work for this storage. It outlives who started it."""
    place = (store.url, settings.state_dir)
    with _starting:
        is_starting = time.monotonic() - _started_at.get(place, float("-inf")) < START_TAKES_S
        if not is_starting and not presence.alive(store):
            _started_at[place] = time.monotonic()
            _start_detached(store, settings)


def _start_detached(store: Storage, settings: Settings) -> None:
    variables = {**os.environ, "BIODATAMINE_STORAGE": store.url, "BIODATAMINE_STATE": str(settings.state_dir)}
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    process = subprocess.Popen(
        [sys.executable, "-m", "biodatamine_core.jobs", "supervisor"],
        env=variables,
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )
    # The child is reaped when it ends, so that a dead process is not taken for a living zombie.
    threading.Thread(target=process.wait, daemon=True).start()
