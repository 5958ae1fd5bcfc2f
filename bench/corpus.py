"""How right the answers are: scan every folder of a corpus as a zip from a web server, and score it.

    bench/corpus.py CORPUS [--misses N] [--named]

CORPUS holds one folder per dataset, truth.csv and score.py. Each folder is zipped under a name that says nothing
(d01.zip, ...) and without its SOURCES.md, served on loopback and scanned by URL with the command line; --named keeps
the folder's own name. Prints, per dataset and in all, how often the answer was given and how often it was right.
"""

import argparse
import functools
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

WHAT = ("seen", "objects", "dimensions", "modality", "anatomy")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="list up to N misses of each dataset")
    parser.add_argument("--named", action="store_true", help="zip each folder under its own name")
    options = parser.parse_args()
    folders = sorted(path for path in options.corpus.iterdir() if path.is_dir())
    totals: dict[str, Counter[str]] = {what: Counter() for what in WHAT}
    print(f"{'dataset':<24}{'files':>7}{'s':>7}" + "".join(f"{what:>20}" for what in WHAT))
    with tempfile.TemporaryDirectory() as scratch, served(Path(scratch)) as address:
        for number, folder in enumerate(folders, start=1):
            name = folder.name if options.named else f"d{number:02}"
            zip_folder(folder, Path(scratch) / f"{name}.zip")
            tally, files, seconds = score(options, folder, f"{address}/{name}.zip", name, Path(scratch))
            for what in WHAT:
                totals[what].update(tally.get(what, {}))
            print(f"{folder.name:<24}{files:>7}{seconds:>7.1f}" + cells(tally), flush=True)
    print(f"{'all':<38}" + cells(totals))
    return 0


def zip_folder(folder: Path, output: Path) -> None:
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path != folder / "SOURCES.md":
                archive.write(path, path.relative_to(folder).as_posix())


class served:  # noqa: N801 - reads as a with statement
    """A web server on loopback over a folder; gives its address."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(QuietHandler, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


def score(
    options: argparse.Namespace, folder: Path, url: str, name: str, scratch: Path
) -> tuple[Mapping[str, Mapping[str, int]], int, float]:
    """The tally of one dataset, its number of files, and the seconds that its scan took."""
    environment = {
        **os.environ,
        "BIODATAMINE_STORAGE": str(scratch / "store"),
        "BIODATAMINE_STATE": str(scratch / "state"),
        "BIODATAMINE_ALLOW_HOSTS": "127.0.0.1",
    }
    command = [sys.executable, "-m", "biodatamine_core"]
    begun = time.perf_counter()
    scanned = subprocess.run([*command, "scan", url, "--name", name, "--json"], env=environment, stdout=subprocess.PIPE)
    seconds = time.perf_counter() - begun
    if scanned.returncode:
        return {}, 0, seconds
    results = scratch / f"{name}.csv"
    question = ["sql", name, "SELECT * FROM images", "--format", "csv", "--output", str(results)]
    subprocess.run([*command, *question], env=environment, check=True)
    judge = [sys.executable, str(options.corpus / "score.py"), str(options.corpus / "truth.csv"), str(results)]
    judge += ["--dataset", folder.name]
    if options.misses:
        subprocess.run([*judge, "--misses", str(options.misses)], check=True, stdout=sys.stderr)
    judged = subprocess.run([*judge, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(judged.stdout), json.loads(scanned.stdout)["files"], seconds


def cells(tally: Mapping[str, Mapping[str, int]]) -> str:
    """Accuracy where answered, at which coverage, per thing scored."""
    return "".join(f"{cell(tally.get(what, {})):>20}" for what in WHAT)


def cell(counts: Mapping[str, int]) -> str:
    known, answered, right = (counts.get(key, 0) for key in ("known", "answered", "right"))
    if not known:
        return "-"
    accuracy = f"{right / answered:.3f}" if answered else "-"
    return f"{accuracy} at {answered / known:.2f}"


if __name__ == "__main__":
    raise SystemExit(main())
