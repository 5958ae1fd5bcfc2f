"""How long the first page of the app takes, beside an empty Streamlit app: bench/first_page.py.

    bench/first_page.py [--rounds 5]

Both are opened by Chromium, in turn. Cold: from the start of the server to the first text of the page. Warm: the same
page again in a new browser context, so that nothing comes from the browser's cache.
"""

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from goals import Goal, print_goals
from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
EMPTY = 'import streamlit as st\n\nst.title("Nothing here")\n'
WAIT_MS = 60_000


@contextmanager
def served(script: Path, folder: Path) -> Iterator[str]:
    """The app of this script over an empty store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"BIODATAMINE_STORAGE": str(folder / "store"), "BIODATAMINE_STATE": str(folder / "state")}
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=script.parent, env=os.environ | variables, **quiet) as server:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for_server(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    while True:
        with suppress(ConnectionRefusedError), socket.create_connection((host, int(port))):
            return
        time.sleep(0.01)


def first_text_seconds(browser: Browser, address: str) -> float:
    """From now to the page's title, as soon as the server is there."""
    started = time.perf_counter()
    context = browser.new_context()
    page = context.new_page()
    wait_for_server(address)
    page.goto(address, wait_until="commit")
    page.locator("h1").first.wait_for(timeout=WAIT_MS)
    seconds = time.perf_counter() - started
    context.close()
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    measured: dict[tuple[str, str], list[float]] = {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        (empty := Path(folder) / "empty.py").write_text(EMPTY)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for number in range(rounds):
            for name, script in random.sample([("ours", PROJECT / "app.py"), ("empty", empty)], 2):
                with served(script, Path(folder) / f"{name}{number}") as address:
                    for heat in ("cold", "warm"):
                        measured.setdefault((heat, name), []).append(first_text_seconds(browser, address))
        browser.close()
    print(f"{'':12}{'median s':>10}{'range s':>16}")
    for (heat, name), seconds in sorted(measured.items()):
        spread = f"{min(seconds):.2f}-{max(seconds):.2f}"
        print(f"{name + ', ' + heat:12}{statistics.median(seconds):>10.2f}{spread:>16}")
    goals = []
    for heat in ("cold", "warm"):
        ours, other = (statistics.median(measured[heat, name]) for name in ("ours", "empty"))
        goals.append(Goal(f"first page of the app / empty app, {heat}", round(ours / other, 2), 1.5, 1.2, is_most=True))
    print_goals(goals)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
