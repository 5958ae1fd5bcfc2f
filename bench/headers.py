"""How fast headers are read, on one core, beside the tools that people use.

    bench/headers.py [--files N | --full] [--rounds N] [--json FILE] [--folder FOLDER]

Makes DICOM, .nii.gz, PNG and JPEG files (bench/make_dicom.py; kept in FOLDER), reads the headers of all of them with
each tool in a process of its own, several rounds in random order, those of one kind of file next to each other, and
prints medians, ranges, ratios and peak memory. Imports are not counted. Time is that of the processor, of at least a
quarter of a second: few files are read several times over, and the median counts. The peers come from
requirements-bench.txt. "Header values" are what the peers give, compared with theirs: 24 values of DICOM, the sizes of
the others. "Table row" is all that the table `files` keeps of a file, which no peer gives.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import header_readers
import numpy as np
from goals import Goal, print_goals
from make_dicom import write_dicom
from PIL import Image

GOALS = (
    ("pydicom stop_before_pixels", 18, 40),
    ("GDCM Scanner", 8, 15),
    ("SimpleITK ReadImageInformation", 10, 25),
    ("nibabel.load .nii.gz", 15, None),
    ("Pillow PNG", 2, None),
    ("Pillow JPEG", 2, None),
)
"""Peer, how many times as fast as it we mean to be, and wish to be."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Else numpy, where a reader imports it, starts a thread that spins for 50 ms: as long as 2,000 PNG headers take."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2_000, metavar="N", help="DICOM files; a tenth of the others")
    parser.add_argument("--full", action="store_true", help="20,000 DICOM files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "biodatamine-bench-headers")
    options = parser.parse_args()
    count = 20_000 if options.full else options.files
    folder = options.folder / str(count)
    make_files(folder, count)
    runs = {name: [] for name in header_readers.READERS}  # type: dict[str, list[dict[str, Any]]]
    for number in range(options.rounds):
        for name in in_turn(random.Random(number)):
            runs[name].append(measured(name, folder))
    rows = [summary(name, runs[name], runs) for name in runs]
    print_table(rows)
    goals = goals_of(runs)
    print_goals(goals)
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "goals": goals}, indent=2))
    return 0


def make_files(folder: Path, count: int) -> None:
    write_dicom(folder / "dicom", count)
    for kind in ("nifti", "png", "jpeg"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for number in range(count // 10):
        values = np.random.default_rng(number).integers(0, 255, (128, 128, 4), dtype=np.uint8)
        png, jpeg = folder / "png" / f"{number:05}.png", folder / "jpeg" / f"{number:05}.jpg"
        nifti = folder / "nifti" / f"{number:05}.nii.gz"
        if not png.exists():
            Image.fromarray(values[..., :3]).save(png)
        if not jpeg.exists():
            Image.fromarray(values[..., :3]).save(jpeg)
        if not nifti.exists():
            import nibabel

            nifti.write_bytes(gzip.compress(nibabel.Nifti1Image(values, np.eye(4)).to_bytes(), 1, mtime=0))


def in_turn(chance: random.Random) -> list[str]:
    """Every reader once: kinds of files in random order, and the readers of each."""
    order = {kind: chance.random() for kind in header_readers.OURS}
    return sorted(header_readers.READERS, key=lambda name: (order[header_readers.READERS[name][0]], chance.random()))


def measured(name: str, folder: Path) -> dict[str, Any]:
    program = [sys.executable, str(Path(__file__).with_name("header_readers.py")), name, str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, check=False, env={**os.environ, **ONE_THREAD})
    if done.returncode:
        sys.exit(f"{name} failed: {done.stderr.strip().splitlines()[-1]}; is requirements-bench.txt installed?")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def summary(name: str, runs: list[dict[str, Any]], every: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """One row of the table: microseconds a file, and how much slower than ours on the same files."""
    kind, ours = runs[0]["kind"], header_readers.OURS[runs[0]["kind"]]
    seconds = [run["seconds"] for run in runs]
    ratios = [run["seconds"] / own["seconds"] for run, own in zip(runs, every[ours], strict=True)]
    return {
        "reader": name,
        "kind": kind,
        "files": runs[0]["files"],
        "agree": runs[0]["said"] == every[ours][0]["said"] if runs[0]["said"] else None,
        "us_per_file": round(statistics.median(seconds) / runs[0]["files"] * 1e6, 1),
        "us_range": [round(end / runs[0]["files"] * 1e6, 1) for end in (min(seconds), max(seconds))],
        "times_ours": round(statistics.median(ratios), 1),
        "times_range": [round(min(ratios), 1), round(max(ratios), 1)],
        "peak_mib": round(max(run["peak_mib"] for run in runs)),
        "handed_over": runs[0]["handed_over"],
    }


def goals_of(runs: dict[str, list[dict[str, Any]]]) -> list[Goal]:
    """The goals, and beside them what the whole row of a table costs: it has none of its own."""
    goals = []
    for peer, goal, stretch in GOALS:
        ours = header_readers.OURS[runs[peer][0]["kind"]]
        row = ours.replace("header values", "table row")
        goals.append(Goal(f"{ours} / {peer}", ratio(runs, peer, ours), goal, stretch))
        goals.append(Goal(f"{row} / {peer}", ratio(runs, peer, row), None, None))
    return goals


def ratio(runs: dict[str, list[dict[str, Any]]], peer: str, ours: str) -> float:
    """How many times as fast we are, the median of the rounds."""
    ratios = [run["seconds"] / own["seconds"] for run, own in zip(runs[peer], runs[ours], strict=True)]
    return round(statistics.median(ratios), 1)


def print_table(rows: list[dict[str, Any]]) -> None:
    print(f"{'':<34}{'files':>7}{'us/file':>10}{'range':>16}{'x ours':>8}{'range':>13}{'MiB':>6}  same values")
    for row in rows:
        (low, high), (least, most) = row["us_range"], row["times_range"]
        same = {True: "yes", False: "NO", None: ""}[row["agree"]]
        print(
            f"{row['reader']:<34}{row['files']:>7,}{row['us_per_file']:>10.1f}{f'{low}-{high}':>16}"
            f"{row['times_ours']:>8.1f}{f'{least}-{most}':>13}{row['peak_mib']:>6}  {same}"
        )
    print(f"handed over to pydicom: {next(row['handed_over'] for row in rows if row['handed_over'] is not None)}")


if __name__ == "__main__":
    raise SystemExit(main())
