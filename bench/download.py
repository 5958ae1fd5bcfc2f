"""How fast a large file arrives, verified and in the store, beside curl with the same file: bench/download.py.

    bench/download.py [--megabytes 1000] [--rounds 5] [--folder /path/on/the/disk/to/measure]

A server of our own sends the file from the page cache with sendfile, over loopback. curl writes it to a file and looks
at nothing; we write it, hash it with SHA-256, bring it to the disk and move it into the store. The goal is half of
curl's speed.
"""

import argparse
import json
import multiprocessing
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from biodatamine_core.download import fetch
from biodatamine_core.pipeline import Unwatched
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, parse
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport import Transport

GOAL = 0.5


def serve(path: Path, ready: Connection) -> None:
    """Answer HEAD and GET, ranges included, for ever; each connection in a thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    ready.send(listening.getsockname()[1])
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=answer, args=(connection, path), daemon=True).start()


def answer(connection: socket.socket, path: Path) -> None:
    size_bytes = path.stat().st_size
    with connection, path.open("rb") as file, connection.makefile("rb") as asked:
        while head := b"".join(iter(asked.readline, b"\r\n")):
            part = re.search(rb"Range: bytes=(\d+)-(\d*)", head)
            start = int(part[1]) if part else 0
            stop = int(part[2]) + 1 if part and part[2] else size_bytes
            lines = ["HTTP/1.1 206 Partial Content" if part else "HTTP/1.1 200 OK", f"Content-Length: {stop - start}"]
            lines += ['ETag: "1"', f"Content-Range: bytes {start}-{stop - 1}/{size_bytes}"] if part else ['ETag: "1"']
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            while not head.startswith(b"HEAD") and start < stop:
                start += os.sendfile(connection.fileno(), file.fileno(), start, stop - start)


def with_curl(url: str, folder: Path) -> None:
    subprocess.run(["curl", "--silent", "--fail", "--output", str(folder / "curled"), url], check=True)


def with_ours(url: str, folder: Path) -> None:
    settings = Settings(state_dir=folder / "state", allowed_hosts=frozenset({"127.0.0.1"}))
    reach = Reach(Transport.of(settings), LocalStorage(folder / "store"))
    fetch(list(parse(url).artifacts(reach)), reach, settings, Unwatched())


def measured(bring: Callable[[str, Path], None], url: str, parent: Path) -> float:
    """Seconds, into an empty folder."""
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        os.sync()  # what the round before wrote must not be paid for by this one
        begun = time.perf_counter()
        bring(url, Path(folder))
        return time.perf_counter() - begun


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--megabytes", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        with (folder / "data.bin").open("wb") as file:
            for seed in range(chosen.megabytes):
                file.write(random.Random(seed).randbytes(1_000_000))
        ours, theirs = multiprocessing.Pipe()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(folder / "data.bin", theirs))
        server.start()
        url = f"http://127.0.0.1:{ours.recv()}/data.bin"
        took: dict[str, list[float]] = {"curl": [], "ours": []}
        try:
            for _ in range(chosen.rounds):
                turns = [("curl", with_curl), ("ours", with_ours)]
                random.shuffle(turns)
                for peer, bring in turns:
                    took[peer].append(measured(bring, url, folder))
        finally:
            server.kill()
            server.join()
    report(took, chosen.megabytes)


def report(took: dict[str, list[float]], megabytes: int) -> None:
    print(f"{'':6}{'MB/s, median':>14}{'slowest':>10}{'fastest':>10}")
    for peer, seconds in took.items():
        speeds = [megabytes / one for one in seconds]
        print(f"{peer:6}{statistics.median(speeds):14,.0f}{min(speeds):10,.0f}{max(speeds):10,.0f}")
    ratio = statistics.median(took["curl"]) / statistics.median(took["ours"])
    print(f"ours is {ratio:.2f} of curl; the goal is {GOAL}: {'reached' if ratio >= GOAL else 'missed'}")
    print(json.dumps({"megabytes": megabytes, "seconds": took, "ratio": ratio}))


if __name__ == "__main__":
    main()
