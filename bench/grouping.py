"""What comes after the scan, at any number of files: what each stage costs a file, and its peak memory.

    bench/grouping.py [--rows 1000 20000 100000] [--pictures 100000] [--folder KEPT]

Makes what a scan leaves behind straight to Parquet (see make_catalogue.py; kept in --folder for another run): volumes
of 18 slices, and with --pictures images with a mask each, every file a series of its own. A process for each size then
groups, labels, checks, marks and publishes as the pipeline does, under the caps of the settings; it draws no thumbnail.
Seconds of a shared machine say little: compare the columns.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goals import Goal, print_goals
from make_catalogue import make_scanned

from biodatamine_core import pipeline, storage, tables, versions
from biodatamine_core.course import Course
from biodatamine_core.records import Mode, Progress, Stage, Version
from biodatamine_core.settings import Settings

GOAL_MIB, STRETCH_MIB = 300, 200
STAGES = (Stage.GROUP, Stage.LABEL, Stage.CHECK, Stage.PUBLISH)

Costs = dict[str, tuple[float, float]]
"""Seconds and peak MiB by stage."""


class Stopwatch:
    """Follows the pipeline, and takes down what each stage cost the process."""

    def __init__(self) -> None:
        self.costs: Costs = {}
        self._stage: Stage | None = None
        self._since = time.perf_counter()

    def report(self, progress: Progress) -> None:
        if progress.stage is not self._stage:
            self.end()
            self._stage = progress.stage

    def check(self) -> None: ...

    def end(self) -> None:
        if self._stage:
            self.costs[self._stage] = time.perf_counter() - self._since, _peak_mib()
        self._since = time.perf_counter()
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak


def judge_and_publish(folder: Path) -> Costs:
    """Everything after the scan, of folder/scanned.parquet."""
    watch = Stopwatch()
    course = Course(watch)
    staged = {name: folder / f"{name}.parquet" for name in tables.RECORDS}
    settings = Settings(workers=2, state_dir=folder / "state")
    summary = pipeline.judge(
        folder / "scanned.parquet", staged, (), settings, course, "a collection", "a collection", None
    )
    course.enter(Stage.PUBLISH)
    draft = Version(0, "identity", Mode.FULL, pipeline.SCANNER_VERSION, "", summary, {})
    versions.publish(storage.connect(str(folder / "store")), f"run-{time.time_ns()}/", draft, staged)
    watch.end()
    return watch.costs


def measured(rows: int, are_pictures: bool, folder: Path) -> Costs:
    """In a fresh process each: one inherits the peak of the one that starts it."""
    folder.mkdir(exist_ok=True)
    if not (folder / "scanned.parquet").exists():
        _in_a_process("make", folder, str(rows), "pictures" if are_pictures else "volumes")
    costs: Costs = json.loads(_in_a_process("judge", folder).splitlines()[-1])
    return costs


def _in_a_process(*arguments: str | Path) -> str:
    command = [sys.executable, __file__, "--one", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def run_one(task: str, folder: Path, rows: str = "", kind: str = "") -> None:
    if task == "make":
        make_scanned(folder / "scanned.parquet", int(rows), are_pictures=kind == "pictures")
    else:
        print(json.dumps(judge_and_publish(folder)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000, 20_000, 100_000])
    parser.add_argument("--pictures", type=int, nargs="*", default=[])
    parser.add_argument("--folder", type=Path, help="where tables are kept for the next run")
    options = parser.parse_args()
    heads = "".join(f"{f'{stage}, us':>12}{'MiB':>5}" for stage in STAGES)
    print(
        f"DuckDB's cap {Settings().scan_memory_mb} MB; us a file\n\n{'files':>10} {'':8}{heads}{'all, s':>9}{'MiB':>5}"
    )
    peaks: dict[tuple[bool, int], float] = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        sizes = [(False, rows) for rows in options.rows] + [(True, rows) for rows in options.pictures]
        for are_pictures, rows in sizes:
            kind = "pictures" if are_pictures else "volumes"
            costs = measured(rows, are_pictures, (options.folder or Path(scratch)) / f"{kind}-{rows}")
            told = "".join(f"{1e6 * costs[stage][0] / rows:>12.1f}{costs[stage][1]:>5.0f}" for stage in STAGES)
            peaks[are_pictures, rows] = peak_mib = max(peak for _, peak in costs.values())
            print(f"{rows:>10,} {kind:8}{told}{sum(s for s, _ in costs.values()):>9.1f}{peak_mib:>5.0f}", flush=True)
    goals = [
        Goal(f"peak of the main process, {rows:,} {'pictures' if are_pictures else 'files'}", round(peak), GOAL_MIB,
             STRETCH_MIB, is_most=True, unit=" MiB")
        for (are_pictures, rows), peak in peaks.items() if rows >= 20_000
    ]  # fmt: skip
    print_goals(goals)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])
    else:
        main()
