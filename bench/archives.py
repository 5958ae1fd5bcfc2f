"""How fast an archive of DICOM files becomes a table, side by side with what everyone writes.

    python bench/archives.py WORK_FOLDER [--files 20000] [--rounds 3] [--json PATH] [--curve 1000 10000 100000]

Every contestant runs in a process of its own, in random order within each round; it prints medians, ranges, ratios.
What is compared is one run on one machine: read the ratios, not the seconds.
"""

import argparse
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from pathlib import Path

from goals import Goal, print_goals
from make_archives import write_tar_gz, write_zip

TAGS = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID", "Modality", "ImageType",
    "BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName", "Manufacturer", "Rows", "Columns",
    "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "SliceThickness", "InstanceNumber",
    "BitsAllocated", "BitsStored", "PhotometricInterpretation", "RescaleSlope", "RescaleIntercept",
]  # fmt: skip


# ------------------------------------------------------------------------------------------------ what everyone writes


def unzip_and_loop(archive: Path) -> int:
    """unzip, then pydicom file by file."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        subprocess.run(["unzip", "-q", str(archive), "-d", folder], check=True)
        return len([_tags_of(path) for path in Path(folder).rglob("*.dcm")])


def pydicom_in_zip(archive: Path) -> int:
    """pydicom over the members of the zip, in two processes."""
    import zipfile
    from concurrent.futures import ProcessPoolExecutor

    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
    pieces = [(archive, names[start : start + 500]) for start in range(0, len(names), 500)]
    with ProcessPoolExecutor(2) as pool:
        return sum(pool.map(_members_of, pieces))


def inflate_alone(archive: Path) -> int:
    """Only inflate a tar.gz, by the same library."""
    from isal import igzip

    count = 0
    with igzip.open(archive) as stream:
        while data := stream.read(1 << 20):
            count += len(data)
    return count


def inflate_alone_zlib(archive: Path) -> int:
    """Only inflate a tar.gz, by the standard library."""
    inflater, count = zlib.decompressobj(31), 0
    with archive.open("rb") as stream:
        while packed := stream.read(1 << 20):
            count += len(inflater.decompress(packed))
    return count


def _members_of(piece: tuple[Path, Sequence[str]]) -> int:
    import io
    import zipfile

    with zipfile.ZipFile(piece[0]) as opened:
        return len([_tags_of(io.BytesIO(opened.read(name))) for name in piece[1]])


def _tags_of(file: object) -> list[object]:
    import pydicom

    dataset = pydicom.dcmread(file, stop_before_pixels=True)  # type: ignore[arg-type]
    return [dataset.get(tag) for tag in TAGS]


# ---------------------------------------------------------------------------------------------------------- and ours


def scan_headers(archive: Path, workers: int = 2) -> int:
    """BioDataMine, headers only, to files.parquet."""
    return _scan(archive, "headers", workers)


def scan_full(archive: Path, workers: int = 2) -> int:
    """BioDataMine, every byte read, hashed and its pixels looked at, to files.parquet."""
    return _scan(archive, "full", workers)


def publish_full(archive: Path) -> int:
    """BioDataMine, every byte, to a published version with thumbnails and checks."""
    from biodatamine_core import pipeline, storage
    from biodatamine_core.settings import Settings

    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        settings = Settings(state_dir=Path(folder) / "state", workers=2)
        store = storage.connect(str(Path(folder) / "store"), settings.state_dir)
        return pipeline.run(str(archive), store, "datasets/bench/", settings=settings).summary.readable_files


def scan_on_cluster(archive: Path) -> int:
    """BioDataMine, every byte, on the Dask cluster that runs already (see run_one)."""
    return _scan(archive, "full", 1, os.environ[_SCHEDULER])


def _scan(archive: Path, mode: str, workers: int, scheduler: str = "") -> int:
    from biodatamine_core.course import Unwatched
    from biodatamine_core.records import Mode, Pseudonym
    from biodatamine_core.scan import scan
    from biodatamine_core.settings import Limits
    from biodatamine_core.storage import LocalFile

    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        table = Path(folder) / "files.parquet"
        orders = (Mode(mode), None, Limits(), Pseudonym(b"bench"))
        scan([LocalFile(archive)], *orders, workers, table, Unwatched(), scheduler=scheduler)
        import pyarrow.parquet as pq  # behind ours, as in the application: it chooses Arrow's allocator

        return int(pq.read_metadata(table).num_rows)


CONTESTANTS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "unzip + pydicom loop": ("dicom.zip", unzip_and_loop),
    "pydicom in zip, 2 processes": ("dicom.zip", pydicom_in_zip),
    "zip, headers": ("dicom.zip", scan_headers),
    "zip, every byte": ("dicom.zip", scan_full),
    "zip, to a published version": ("dicom.zip", publish_full),
    "tar.gz inflated by isal alone": ("dicom.tar.gz", inflate_alone),
    "tar.gz inflated by zlib alone": ("dicom.tar.gz", inflate_alone_zlib),
    "tar.gz, headers": ("dicom.tar.gz", scan_headers),
    "tar.gz, every byte": ("dicom.tar.gz", scan_full),
    "zip, every byte, 1 Dask worker": ("dicom.zip", scan_on_cluster),
    "zip, every byte, 2 Dask workers": ("dicom.zip", scan_on_cluster),
}
DASK_WORKERS = {"zip, every byte, 1 Dask worker": 1, "zip, every byte, 2 Dask workers": 2}
_SCHEDULER = "BENCH_SCHEDULER"
PEERS = ("unzip + pydicom loop", "pydicom in zip, 2 processes")
GOALS = {
    "zip, headers": ((15, 25), (8, 12)),
    "zip, every byte": ((9, 12), (5, 7)),
    "zip, to a published version": ((None, 5), (None, None)),
}
"""How many times as fast as each peer we mean to be, and wish to be."""


# --------------------------------------------------------------------------------------------------------- the bench


def measured(name: str, archive: Path) -> dict[str, float]:
    """One run of a contestant in a fresh process: seconds, also of all its cores, and the peak memory of it and of its
    largest worker. Of a cluster neither the start nor the workers' share is counted."""
    command = [sys.executable, __file__, "--one", name, str(archive)]
    # As installed: a container's image often forbids to keep what Python compiled, and pip compiles only the peers.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=kept).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def run_one(name: str, archive: Path) -> None:
    with _cluster(DASK_WORKERS[name]) if name in DASK_WORKERS else nullcontext():
        cpu_before, started = _cpu_seconds(), time.perf_counter()
        count = CONTESTANTS[name][1](archive)
        seconds, cpu_seconds = time.perf_counter() - started, _cpu_seconds() - cpu_before
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told = {"seconds": seconds, "cpu_seconds": cpu_seconds, "count": count}
    own, workers = (one.ru_maxrss / 1024 for one in used)
    print(json.dumps({**told, "main_mib": own, "worker_mib": workers}))


def _cpu_seconds() -> float:
    """Of this process and of those of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def _cluster(workers: int) -> Iterator[None]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as running:
        os.environ[_SCHEDULER] = str(running.scheduler_address)
        yield


def report(runs: dict[str, list[dict[str, float]]], files: int) -> None:
    medians = {name: statistics.median(run["seconds"] for run in found) for name, found in runs.items()}
    print(f"\n{'':32} {'median s':>9} {'range s':>15} {'us/file':>8} {'CPU us':>8} {'main MiB':>9} {'worker MiB':>10}")
    for name, found in runs.items():
        seconds = [run["seconds"] for run in found]
        spread = f"{min(seconds):.2f}-{max(seconds):.2f}"
        memory = [max(run[key] for run in found) for key in ("main_mib", "worker_mib")]
        cost = medians[name] / files * 1e6
        cpu = statistics.median(run["cpu_seconds"] for run in found) / files * 1e6
        print(f"{name:32} {medians[name]:9.2f} {spread:>15} {cost:8.0f} {cpu:8.0f} {memory[0]:9.0f} {memory[1]:10.0f}")
    print_goals(goals_of(medians))


def goals_of(medians: dict[str, float]) -> list[Goal]:
    """Every way through beside every peer, what a tar.gz costs beside its inflation alone, two workers beside one."""
    goals = []
    for name, wanted in GOALS.items():
        for peer, pair in zip(PEERS, wanted, strict=True):
            goals.append(Goal(f"{name} / {peer}", round(medians[peer] / medians[name], 1), *pair))
    alone = medians["tar.gz inflated by isal alone"]
    for name in ("tar.gz, headers", "tar.gz, every byte"):
        goals.append(Goal(f"{name}: cost beside inflating", round(medians[name] / alone, 2), 1.5, 1.2, is_most=True))
    one, two = DASK_WORKERS
    goals.append(Goal(f"{two} / 1", round(medians[one] / medians[two], 2), 1.7, 1.9))
    return goals


def goals_of_memory(runs: dict[str, list[dict[str, float]]], points: Sequence[dict[str, float]]) -> list[Goal]:
    """The most that the main process and a worker ever needed, at any number of files, pictures apart."""
    scans = [*chain.from_iterable(runs[name] for name in ("zip, headers", "zip, every byte")), *points]
    most = {key: round(max(run[key] for run in scans)) for key in ("main_mib", "worker_mib")}
    return [
        Goal("peak memory of the main process", most["main_mib"], 300, 200, True, " MiB"),
        Goal("peak memory of a worker", most["worker_mib"], 150, 100, True, " MiB"),
    ]


def curve(folder: Path, sizes: Sequence[int]) -> list[dict[str, float]]:
    """Cost per file and peak memory of a headers-only scan of archives of small files, by their number."""
    points = []
    print(f"\n{'files':>10} {'us/file':>8} {'main MiB':>9} {'worker MiB':>10}")
    for size in sizes:
        archive = folder / f"small-{size}.zip"
        if not archive.exists():
            write_zip(archive, size, small=True)
        found = measured("zip, headers", archive)
        points.append({"files": size, **found})
        cost = found["seconds"] / size * 1e6
        print(f"{size:10,} {cost:8.0f} {found['main_mib']:9.0f} {found['worker_mib']:10.0f}", flush=True)
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where archives are made and kept for the next run")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every run there")
    parser.add_argument("--curve", type=int, nargs="*", default=[], help="numbers of files, such as 1000 10000 100000")
    options = parser.parse_args()
    folder = options.folder / str(options.files)
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in (("dicom.zip", write_zip), ("dicom.tar.gz", write_tar_gz)):
        if not (folder / name).exists():
            write(folder / f"{name}.unfinished", options.files)
            (folder / f"{name}.unfinished").rename(folder / name)
    contestants = [name for name in CONTESTANTS if name != PEERS[0] or shutil.which("unzip")]
    if len(contestants) < len(CONTESTANTS):
        raise SystemExit("unzip is missing; install it: it is what everyone uses.")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for _ in range(options.rounds):
        for name in random.sample(contestants, len(contestants)):
            runs[name].append(measured(name, folder / CONTESTANTS[name][0]))
            print(f"{name}: {runs[name][-1]['seconds']:.2f} s", file=sys.stderr, flush=True)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{options.files:,} DICOM files, {machine}, load over 1, 5 and 15 minutes {load}")
    report(runs, options.files)
    points = curve(options.folder, options.curve)
    print_goals(goals_of_memory(runs, points))
    if options.json:
        options.json.write_text(json.dumps({"files": options.files, "runs": runs, "curve": points}, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
