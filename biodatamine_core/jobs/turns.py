"""Whose turn it is: the workspaces take turns, and within one the job that was added first."""

from collections import Counter
from collections.abc import Iterable

from biodatamine_core.jobs.documents import Job, State


def in_turn(takeable: Iterable[Job], jobs: Iterable[Job]) -> list[Job]:
    """The jobs that can be taken, the next one first.

    First the workspaces of which the fewest jobs run, then those whose last start is longest ago: a workspace that
    added a hundred datasets does not keep another one waiting for more than one scan.
    """
    running: Counter[str] = Counter()
    last_start: dict[str, float] = {}
    takeable = list(takeable)
    ids = {job.id for job in takeable}
    for job in jobs:
        running[job.workspace] += job.state is State.RUNNING and job.id not in ids
        last_start[job.workspace] = max(last_start.get(job.workspace, 0.0), job.started_at or 0.0)
    return sorted(
        takeable,
        key=lambda job: (running[job.workspace], last_start.get(job.workspace, 0.0), job.created_at_utc, job.id),
    )
