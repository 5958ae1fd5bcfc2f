"""The `biodatamine` command: the same front door as the app's, for a shell and for scripts."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from biodatamine_core.errors import BioDataMineError, Cancelled

DONE, FAILED, INTERRUPTED = 0, 1, 130
"""Exit codes; 2, wrong usage, is argparse's own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when done, 1 when it failed: a sentence on stderr says why and what to do."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    from biodatamine_core.cli import commands  # after the arguments are known to be right: usage errors stay instant

    try:
        getattr(commands, options.command)(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough: `biodatamine sql ... | head`. Nothing may be flushed into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (KeyboardInterrupt, Cancelled):
        print("Stopped. Nothing was published.", file=sys.stderr)
        return INTERRUPTED
    except BioDataMineError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return FAILED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="biodatamine", description="Know your medical data before you train.")
    subparsers = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        added = subparsers.add_parser(name, help=summary, description=summary)
        added.add_argument("--workspace", metavar="W", default="default", help="the team's workspace")
        return added

    def dataset_command(name: str, summary: str) -> argparse.ArgumentParser:
        added = command(name, summary)
        added.add_argument("dataset", metavar="DATASET", help="its id or its name")
        return added

    scan = command("scan", "Scan what lies at an address or a path, and wait for it.")
    scan.add_argument("url", metavar="URL_OR_PATH")
    scan.add_argument("--name", metavar="N", help="what to call the dataset")
    depth = scan.add_mutually_exclusive_group()
    depth.add_argument("--headers-only", action="store_true", help="read headers, not every byte")
    depth.add_argument(
        "--copy", action="store_true", help="copy a bucket to the storage instead of reading it in place"
    )
    scan.add_argument("--only", metavar="GLOB", help='scan only paths that match, such as "ct/*"')
    scan.add_argument("--pick", metavar="N", type=int, help="which file, where a web page links to several")
    scan.add_argument("--json", action="store_true", help="print the summary as one JSON object")

    listing = command("list", "List the datasets, newest first.")
    listing.add_argument("--json", action="store_true", help="print a JSON list")

    sql = dataset_command("sql", "Ask a dataset; its views: files, series, clues, findings, thumbnails, images.")
    sql.add_argument("query", metavar="SELECT")
    sql.add_argument("--format", choices=["table", "csv", "json", "parquet"], default="table")
    sql.add_argument("--output", metavar="FILE", type=Path, help="write there instead of printing")

    findings = dataset_command("findings", "List what the checks found, worst first.")
    findings.add_argument("--json", action="store_true", help="print a JSON list")

    corrections = dataset_command("corrections", "List what people set right; --apply makes the version with it.")
    corrections.add_argument("--apply", action="store_true", help="make a new version with those that stand, and wait")
    corrections.add_argument("--json", action="store_true", help="print a JSON list")

    work = command("work", "Run queued jobs, of every workspace, until SIGTERM or Ctrl+C.")
    work.add_argument("--processes", metavar="N", type=_at_least_one, default=1, help="how many jobs at once")

    export = dataset_command("export", "Write a dataset's tables into one file.")
    export.add_argument("--format", required=True, choices=["parquet", "csv", "json", "html"])
    export.add_argument("--output", metavar="PATH", type=Path, help="by default named after the dataset, here")

    _add_acts(command("storage", "Copy a whole storage, or check it."))
    return parser


def _add_acts(storage: argparse.ArgumentParser) -> None:
    acts = storage.add_subparsers(metavar="copy|check", dest="act", required=True)
    copy = acts.add_parser("copy", help="Copy a whole storage and compare every value; begun again, it goes on.")
    copy.add_argument("source", metavar="SRC", help="a folder or s3://bucket/prefix")
    copy.add_argument("target", metavar="DST", help="a folder or s3://bucket/prefix")
    check = acts.add_parser("check", help="Read everything; say what is damaged and what nothing refers to.")
    check.add_argument("store", metavar="STORE", nargs="?", help="by default the one that BIODATAMINE_STORAGE names")
    check.add_argument("--gc", action="store_true", help="remove what nothing refers to and is older than a day")


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is no number of processes; give 1 or more')
    return number
