"""`biodatamine storage copy` and `storage check`: what an administrator does with a whole storage."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence

from biodatamine_core import settings, storage, upkeep
from biodatamine_core.errors import UnreadableContent

SHOWN = 20
REDRAW_S = 0.5


def run(options: Namespace) -> None:
    {"copy": _copy, "check": _check}[options.act](options)


def _copy(options: Namespace) -> None:
    chosen = settings.environment()
    source, target = (storage.connect(url, chosen.state_dir) for url in (options.source, options.target))
    done = upkeep.copy(source, target, chosen.state_dir / "copying", _progress("Copying"))
    print(
        f"{target.url} holds all {done.copied + done.present:,} values of {source.url} "
        f"({_size(done.size_bytes)}): {done.copied:,} written now, {done.present:,} there before. Every hash agrees."
    )


def _check(options: Namespace) -> None:
    chosen = settings.environment()
    store = storage.connect(options.store or chosen.storage_url, chosen.state_dir)
    state = upkeep.check(store, _progress("Reading"))
    print(f"{state.keys:,} values ({_size(state.size_bytes)}) were read in {store.url}.")
    _print_some("Damaged:", [f"{damage.key}: {damage.problem}" for damage in state.damages])
    _print_some("Nothing refers to:", [f"{entry.key} ({_size(entry.size_bytes)})" for entry in state.unreferenced])
    if state.spared:
        print(f"{len(state.spared):,} more may yet be referred to: younger than a day, or wanted by a scan.")
    if options.gc:
        gone = upkeep.remove(store, state)
        print(f"Removed {len(gone):,} of them ({_size(sum(entry.size_bytes for entry in gone))}).")
    elif state.unreferenced:
        freed = _size(sum(entry.size_bytes for entry in state.unreferenced))
        print(f"Nothing was removed; --gc removes these {len(state.unreferenced):,} ({freed}).")
    if state.damages:
        raise UnreadableContent(
            f"{len(state.damages):,} values of {store.url} are damaged or missing; copy them back from a backup, "
            "or delete their datasets and scan them again."
        )
    print("No damage was found.")


def _print_some(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(title)
    for line in lines[:SHOWN]:
        print(f"  {line}")
    if len(lines) > SHOWN:
        print(f"  and {len(lines) - SHOWN:,} more")


def _progress(doing: str) -> Callable[[int, int], None]:
    """Draws one living line on a terminal, and nothing into a file."""
    drawn_at = 0.0

    def draw(done_bytes: int, total_bytes: int) -> None:
        nonlocal drawn_at
        is_last = done_bytes >= total_bytes
        if sys.stderr.isatty() and (is_last or time.monotonic() - drawn_at > REDRAW_S):
            line = "" if is_last else f"{doing}  {_size(done_bytes)} of {_size(total_bytes)}"
            sys.stderr.write(f"\r{line:<50}\r")
            sys.stderr.flush()
            drawn_at = time.monotonic()

    return draw


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:,.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:,.1f} MB"
