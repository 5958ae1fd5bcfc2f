"""Worker programs of a test: waited for, and ended with it, whoever started them."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from biodatamine_core.jobs import Job
from biodatamine_core.workspaces import Workspace

PATIENCE_S = 60.0
LOOK_EVERY_S = 0.02


def wait_until(workspace: Workspace, job: Job, holds: Callable[[Job], bool]) -> Job:
    """The job once something holds; gives up when it ended without that, or after PATIENCE_S."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        now = workspace.job(job.id)
        if holds(now):
            return now
        assert now.is_active, f"the job ended before: {now.state}, {now.error}, {now.details}"
        assert time.monotonic() < give_up_at, f"still {now.state} at {now.progress.stage}: {now.log}"
        threading.Event().wait(LOOK_EVERY_S)  # what is waited for wants the core too


@contextmanager
def ending_workers(state_dir: Path) -> Iterator[None]:
    """Whatever worker was started with this state folder is killed at the end."""
    try:
        yield
    finally:
        while found := workers_of(state_dir):  # again: one may have been starting another
            for process in found:
                process.kill()
            psutil.wait_procs(found)


def workers_of(state_dir: Path) -> list[psutil.Process]:
    """Every process of ours that was started with this state folder, but this one."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get("BIODATAMINE_STATE") == str(state_dir) and process.pid != os.getpid()
            if is_ours and "biodatamine_core" in " ".join(process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
