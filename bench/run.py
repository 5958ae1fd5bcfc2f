"""Run the benches that need no corpus one after another, and write what they print into bench/RESULTS.md.

    bench/run.py [--full]

In minutes, small; with --full at the size of the goals. Each says how long it took, and whether it failed. What
people wrote below "# Notes" in RESULTS.md stays.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / "biodatamine-bench"
SMALL = (
    ("headers.py", "--files", "1000", "--rounds", "3"),
    ("archives.py", str(FOLDER), "--files", "1000", "--rounds", "2"),
    ("download.py", "--megabytes", "200", "--rounds", "3"),
    ("storage.py",),
    ("headers_only.py", "--files", "100"),
    ("thumbnails.py", "--files", "20", "--rounds", "3"),
    ("grouping.py", "--rows", "1000", "20000", "--pictures", "20000"),
    ("catalogue.py", "--rows", "200000", "--rounds", "3"),
    ("first_page.py", "--rounds", "3"),
)
FULL = (
    ("headers.py", "--full"),
    ("archives.py", str(FOLDER), "--curve", "1000", "10000", "100000", "1000000"),
    ("thumbnails.py",),
    ("first_page.py",),
    ("headers_only.py",),
    ("download.py",),
    ("storage.py",),
    ("grouping.py", "--rows", "1000", "20000", "100000", "1000000", "--pictures", "100000"),
    ("catalogue.py",),
)
RESULTS = Path(__file__).with_name("RESULTS.md")
NOTES = "\n# Notes"
CAUTION = """\
Ratios of runs in turn mean more than seconds: other work on the machine slows all of them. The goals for archives are
meant for 20,000 files; at fewer the start of Python and its imports weigh more."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    is_full = parser.parse_args().full
    FOLDER.mkdir(parents=True, exist_ok=True)
    told = [f"# Results of `make {'bench-full' if is_full else 'bench'}`", "", machine(), ""]
    told.append(CAUTION)
    _, mark, notes = RESULTS.read_text().partition(NOTES)
    for name, *options in FULL if is_full else SMALL:
        print(f"\n== {name}", flush=True)
        said = run(name, options)
        told += ["", f"## {name}", "", "```", *said, "```"]
        RESULTS.write_text("\n".join(told) + "\n" + mark + notes)
    return 0


def machine() -> str:
    """When and on what; nothing that names the machine."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    load = os.getloadavg()[0]
    cores = f"{os.cpu_count()} cores ({platform.machine()})"
    return f"{day}, {cores}, Python {platform.python_version()}, load at the start {load:.1f}."


def run(name: str, options: list[str]) -> list[str]:
    """What the bench prints, line by line, shown while it does; and how long it took."""
    command = [sys.executable, str(Path(__file__).with_name(name)), *options]
    said = []
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said.append(line.rstrip())
    if process.returncode:
        said.append(f"({name} ended with {process.returncode}: a goal is missed, or a requirement is missing)")
    said.append(f"({name} took {(time.perf_counter() - started) / 60:.1f} minutes)")
    print(said[-1], flush=True)
    return said


if __name__ == "__main__":
    raise SystemExit(main())
