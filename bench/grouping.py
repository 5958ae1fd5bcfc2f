"""What comes between the scan and the checks, at any number of files: seconds and peak memory of each stage.

    bench/grouping.py [--rows 100000 1000000] [--folder KEPT]

Makes what a scan leaves behind straight to Parquet (see make_catalogue.py; kept in --folder for another run), then
groups, labels and sums it up as the pipeline does, each stage in a process of its own under the usual caps.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import make_catalogue

from biodatamine_core import catalog, database, inference, series
from biodatamine_core.settings import Settings

GOAL_MIB = 300


def start(folder: Path) -> None:
    """What the imports and a connection cost, before a row is read."""
    with _connection(folder) as connection:
        connection.execute("SELECT 1").fetchall()


def group(folder: Path) -> None:
    with _connection(folder) as connection:
        series.group(connection, folder / "scanned.parquet", folder / "files.parquet", folder / "grouped.parquet")


def label(folder: Path) -> None:
    with _connection(folder) as connection:
        inference.label_all(folder / "grouped.parquet", folder / "series.parquet", folder / "clues.parquet", connection)


def sum_up(folder: Path) -> None:
    with _connection(folder) as connection:
        for name in ("files", "series"):
            database.create_view(connection, name, [folder / f"{name}.parquet"])
        connection.execute("CREATE VIEW findings AS SELECT NULL::VARCHAR AS severity WHERE false")
        catalog.summary(connection, 0)


STAGES: dict[str, Callable[[Path], None]] = {"start": start, "group": group, "label": label, "sum up": sum_up}


def _connection(folder: Path) -> duckdb.DuckDBPyConnection:
    settings = Settings()
    return database.connect(settings.memory_limit_mb, 2, folder / "spill")


def measured(stage: str, folder: Path) -> tuple[float, float]:
    """Seconds and MiB of one stage in a fresh process."""
    said = subprocess.run([sys.executable, __file__, "--one", stage, str(folder)], capture_output=True, check=True)
    seconds, peak_mib = json.loads(said.stdout.splitlines()[-1])
    return seconds, peak_mib


def run_one(stage: str, folder: Path) -> None:
    started = time.perf_counter()
    if stage in STAGES:
        STAGES[stage](folder)
    else:
        make_catalogue.make_scanned(folder / "scanned.parquet", int(stage.removeprefix("make ")))
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps((time.perf_counter() - started, peak_mib)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="where tables are kept for the next run")
    options = parser.parse_args()
    print(f"DuckDB's cap {Settings().memory_limit_mb} MB\n\n{'files':>12} {'stage':8} {'s':>8} {'MiB':>6}")
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        for rows in options.rows:
            folder = (options.folder or Path(scratch)) / str(rows)
            folder.mkdir(exist_ok=True)
            if not (folder / "scanned.parquet").exists():
                measured(f"make {rows}", folder)  # apart: a process inherits the peak of the one that starts it
            for stage in STAGES:
                seconds, peak_mib = measured(stage, folder)
                over = f"  over {GOAL_MIB}" if peak_mib > GOAL_MIB else ""
                print(f"{rows:12,} {stage:8} {seconds:8.1f} {peak_mib:6.0f}{over}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
