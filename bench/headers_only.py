"""What a headers-only scan of a zip on a web server fetches, beside downloading it: bench/headers_only.py.

    bench/headers_only.py [--files 400] [--rounds 3] [--json FILE]

Slices of 512 x 512 as a scanner's noise, some 0.5 MB each, over loopback from bench/download.py's server. Both ways end
with the same table `files`. Loopback is the worst case for ranges: bytes cost nothing there, requests do.
"""

import argparse
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from bench.download import serve
from biodatamine_core import scan
from biodatamine_core.download import ByRange, fetch
from biodatamine_core.pipeline import Unwatched
from biodatamine_core.records import Mode, Pseudonym, is_distant
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, parse
from biodatamine_core.storage import LocalStorage
from tests.builders import dicom_slice


def write_zip(path: Path, files: int) -> None:
    noise = np.random.default_rng(8)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(files):
            pixels = noise.integers(0, 60_000, (512, 512), np.uint16)
            archive.writestr(f"ct/{number:05}.dcm", dicom_slice(instance=number, pixels=pixels))


def scanned(url: str, is_by_range: bool, size_bytes: int) -> tuple[float, int]:
    """(seconds, bytes fetched) from the address to the table."""
    watcher = Unwatched()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(state_dir=Path(folder, "state"), allowed_hosts=frozenset({"127.0.0.1"}))
        reach = Reach.of(settings, LocalStorage(Path(folder, "store")))
        began = time.perf_counter()
        with ByRange(reach, settings, watcher.check) as by_range:
            artifacts = list(parse(url).artifacts(reach))
            contents = fetch(artifacts, reach, settings, watcher, by_range=by_range if is_by_range else None)
            files_out, pseudonym = Path(folder, "files.parquet"), Pseudonym(b"bench")
            scan.scan(contents, Mode.HEADERS, None, settings.limits, pseudonym, 1, files_out, watcher)
        seconds = time.perf_counter() - began
    (content,) = contents
    return seconds, content.fetched_bytes if is_distant(content) else size_bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "slices.zip")
        write_zip(path, options.files)
        size_bytes = path.stat().st_size
        ready, told = multiprocessing.Pipe()
        server = multiprocessing.Process(target=serve, args=(path, told), daemon=True)
        server.start()
        url = f"http://127.0.0.1:{ready.recv()}/slices.zip"
        measured: dict[bool, list[tuple[float, int]]] = {True: [], False: []}
        for _ in range(options.rounds):
            for is_by_range in random.sample([True, False], 2):
                measured[is_by_range].append(scanned(url, is_by_range, size_bytes))
        server.terminate()
    print(f"{options.files:,} files, a zip of {size_bytes / 1e6:,.0f} MB")
    results = {}
    for is_by_range, name in ((True, "by ranges"), (False, "downloaded")):
        seconds = statistics.median(taken for taken, _ in measured[is_by_range])
        fetched_bytes = measured[is_by_range][0][1]
        results[name] = {"seconds": seconds, "fetched_bytes": fetched_bytes, "size_bytes": size_bytes}
        print(f"{name:<12}{fetched_bytes / 1e6:>9,.1f} MB fetched {fetched_bytes / size_bytes:>7.1%}{seconds:>8.2f} s")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
