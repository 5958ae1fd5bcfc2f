"""Scans as jobs: a document in storage says where each one stands, and outlives whoever works on it.

The document is the truth: its lease says who works on the job, and whoever finds a dead lease goes on with it. The
queue is only the doorbell. Workers are programs of their own; the command line's `scan` works on its job itself.
"""

from biodatamine_core.jobs.documents import Job, State, create, key_of
from biodatamine_core.jobs.doorbell import ring
from biodatamine_core.jobs.following import follow
from biodatamine_core.jobs.leases import Lease, host, new_owner, take
from biodatamine_core.jobs.listing import read, shown
from biodatamine_core.jobs.running import run
from biodatamine_core.jobs.supervisor import ensure_worker, supervise
from biodatamine_core.jobs.wishes import cancel, pause, resume
from biodatamine_core.jobs.worker import Worker

__all__ = [
    "Job",
    "Lease",
    "State",
    "Worker",
    "cancel",
    "create",
    "ensure_worker",
    "follow",
    "host",
    "key_of",
    "new_owner",
    "pause",
    "read",
    "resume",
    "ring",
    "run",
    "shown",
    "supervise",
    "take",
]
