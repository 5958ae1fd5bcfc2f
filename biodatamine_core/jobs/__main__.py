"""What the supervisor and the app start: `python -m biodatamine_core.jobs worker|supervisor`."""

import sys

from biodatamine_core.settings import environment

if __name__ == "__main__":
    if sys.argv[1] == "supervisor":
        from biodatamine_core.jobs.supervisor import supervise

        supervise(1, environment(), unless_running=True)
    else:
        from biodatamine_core.jobs.worker import serve

        serve(environment(), idle_end_s=float(sys.argv[2]) if len(sys.argv) > 2 else None)
