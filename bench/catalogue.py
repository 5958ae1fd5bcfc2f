"""How fast every question behind a page is answered, at ten million files.

    bench/catalogue.py [--rows 10000000] [--folder KEPT] [--only WORD] [--rounds 7]

Makes a version (see make_catalogue.py; kept in --folder for another run), runs the checks over it, then asks each
question of each page in a process of its own, several times, on the connection that stays open between two pages.
Prints milliseconds (median and longest, and of processor time), the process's peak memory and what it was before the
first question, and marks what is over the goal.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb
import make_catalogue
from goals import Goal, print_goals

from biodatamine_core import catalog, database, open_versions, tables
from biodatamine_core.catalog import files, gallery, one_series, review, training
from biodatamine_core.catalog.files import FileFilter
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.catalog.gallery import Order

GOAL_MS, GOAL_MIB = 200, 250
MEMORY_LIMIT_MB = 512

Ask = Callable[[duckdb.DuckDBPyConnection], object]
HOLES, SEX = "missing-slices", "missing-metadata:PatientSex"


def page_at(order: Order, wanted: SeriesFilter) -> Ask:
    """A page of Images in the middle of what the filter leaves."""
    key = {Order.MIXED: "series_id", Order.PATH: "path", Order.LARGEST: "-size_bytes"}[order]

    def asked(connection: duckdb.DuckDBPyConnection) -> object:
        return gallery.page(connection, wanted, order, middle(connection, key))

    return asked


def files_at(wanted: FileFilter) -> Ask:
    """The same of Files, whose places are numbers."""

    def asked(connection: duckdb.DuckDBPyConnection) -> object:
        (count,) = connection.execute("SELECT count(*) FROM files").fetchall()[0]
        return files.file_page(connection, wanted, count // 2)

    return asked


def of_series(question: Callable[[duckdb.DuckDBPyConnection, str], object]) -> Ask:
    return lambda connection: question(connection, middle(connection, "path"))


def middle(connection: duckdb.DuckDBPyConnection, key: str) -> str:
    """The series in the middle of an order, as a sample knows it: found once, beside the clock."""
    if key not in _MIDDLES:
        sample = "FROM series USING SAMPLE reservoir(1001 ROWS) REPEATABLE (7)"
        (series_id,) = connection.execute(f"SELECT series_id {sample} ORDER BY {key}, series_id").fetchall()[500]
        _MIDDLES[key] = series_id
    return _MIDDLES[key]


_MIDDLES: dict[str, str] = {}

CT_CHEST = SeriesFilter(modality=("CT", "MRI"), zone=("chest",), path="patient-0007")
QUESTIONS: dict[str, Ask] = {
    "open a version": lambda c: None,
    "Overview: modalities": catalog.modality_shares,
    "Overview: body zones": catalog.zone_shares,
    "Overview: dimensions": catalog.dimension_shares,
    "Overview: formats": catalog.format_shares,
    "Overview: why files were not read": catalog.unread_reasons,
    "Overview: a look inside": catalog.look_inside,
    "Overview: slice spacing": training.slice_spacing,
    "Overview: ages": training.ages,
    "Overview: sexes": training.sexes,
    "Overview: years": training.years,
    "Overview: vendors": training.vendors,
    "Overview: matrices": training.matrices,
    "Overview: splits": training.splits,
    "Overview: labels": training.labels,
    "Findings: the table": catalog.findings,
    "Findings: pictures of examples": lambda c: files.pictures_at(c, examples(c)),
    **{f"Images: first page, {order}": (lambda c, o=order: gallery.page(c, SeriesFilter(), o)) for order in Order},
    **{f"Images: page in the middle, {order}": page_at(order, SeriesFilter()) for order in Order},
    **{
        f"Images: first page, {name}": (lambda c, w=wanted: gallery.page(c, w))
        for name, wanted in {
            "modality": SeriesFilter(modality=("CT",)),
            "zone": SeriesFilter(zone=("chest",)),
            "vendor": SeriesFilter(vendor=("GE",)),
            "age": SeriesFilter(age=("60",)),
            "path": SeriesFilter(path="patient-0007"),
            "modality, zone and path": CT_CHEST,
            "a finding of some": SeriesFilter(finding=(HOLES,)),
            "a finding of most": SeriesFilter(finding=(SEX,)),
            "all findings of a check": SeriesFilter(finding=("missing-metadata",)),
        }.items()
    },
    "Images: page in the middle, a finding of most": page_at(Order.MIXED, SeriesFilter(finding=(SEX,))),
    "Images: facets": lambda c: gallery.facets(c, SeriesFilter()),
    "Images: facets, filtered": lambda c: gallery.facets(c, CT_CHEST),
    "Images: facets, a finding": lambda c: gallery.facets(c, SeriesFilter(finding=(SEX,))),
    "Images: what a filter hides": lambda c: gallery.relaxations(c, CT_CHEST),
    "Images: what findings name": lambda c: gallery.named_of(c, [SEX]),
    "Preview: its row": of_series(one_series.series),
    "Preview: its files": of_series(one_series.files),
    "Preview: its clues": of_series(one_series.clues),
    "Preview: neighbours": of_series(lambda c, at: gallery.neighbours(c, SeriesFilter(), at)),
    "Preview: neighbours, a finding": of_series(lambda c, at: gallery.neighbours(c, SeriesFilter(finding=(SEX,)), at)),
    "Review: first page": review.page,
    "Files: first page": lambda c: files.file_page(c, FileFilter()),
    "Files: page in the middle": files_at(FileFilter()),
    "Files: facets": lambda c: files.file_choices(c, FileFilter()),
}
_FILE_FILTERS = {
    "format": FileFilter(format=("PNG",)),
    "role": FileFilter(role=("image",)),
    "not read": FileFilter(read=("not read",)),
    "problem": FileFilter(problem=("corrupt",)),
    "format and path": FileFilter(format=("DICOM",), path="patient-0007"),
    "path of some": FileFilter(path="PATIENT-0007"),
    "path of none": FileFilter(path="no such path"),
    "a finding of some series": FileFilter(finding=HOLES),
    "a finding of many files": FileFilter(finding=SEX),
    "all findings of a check": FileFilter(finding="missing-metadata"),
    "a finding and a format": FileFilter(finding=SEX, format=("DICOM",)),
}
for _name, _wanted in _FILE_FILTERS.items():
    QUESTIONS[f"Files: first page, {_name}"] = lambda c, w=_wanted: files.file_page(c, w)
    QUESTIONS[f"Files: page in the middle, {_name}"] = files_at(_wanted)
    QUESTIONS[f"Files: facets, {_name}"] = lambda c, w=_wanted: files.file_choices(c, w)


def examples(connection: duckdb.DuckDBPyConnection) -> list[str]:
    row = connection.execute(f"SELECT examples FROM findings WHERE concat_ws(':', code, subject) = '{SEX}'").fetchone()
    return list(row[0]) if row else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="FILES")
    parser.add_argument("--folder", type=Path, help="make the version here, or use the one that is here")
    parser.add_argument("--only", default="", metavar="WORD", help="only questions whose name contains it")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(measured(options.folder, QUESTIONS[options.ask], options.rounds)))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        if not (folder / "file_paths.parquet").exists():  # the last that is made
            make_catalogue.judge(make_catalogue.make(folder, options.rows), folder / "spill")
        return report(folder, [name for name in QUESTIONS if options.only.lower() in name.lower()], options.rounds)


def report(folder: Path, names: list[str], rounds: int) -> int:
    """One line a question, then the worst of them; 1 where one is over a goal."""
    over = 0
    slowest_ms = most_mib = 0.0
    print(f"{'median ms':>10}{'longest':>10}{'cpu ms':>10}{'MiB':>8}{'before':>8}   goal: {GOAL_MS} ms, {GOAL_MIB} MiB")
    for name in names:
        command = [sys.executable, __file__, "--folder", str(folder), "--rounds", str(rounds), "--ask", name]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        wall, cpu, peak, before = json.loads(told)
        is_over = median(wall) > GOAL_MS or peak > GOAL_MIB
        over += is_over
        slowest_ms, most_mib = max(slowest_ms, median(wall)), max(most_mib, peak)
        print(
            f"{median(wall):>10.0f}{max(wall):>10.0f}{median(cpu):>10.0f}{peak:>8.0f}{before:>8.0f}"
            f" {'!' if is_over else ' '} {name}",
            flush=True,
        )
    print(f"{over} of {len(names)} over the goal")
    slowest = Goal("slowest query behind a page, median", round(slowest_ms), GOAL_MS, GOAL_MS / 2, True, " ms")
    print_goals([slowest, Goal("most memory of one", round(most_mib), GOAL_MIB, None, True, " MiB")])
    return int(over > 0)


def measured(folder: Path, ask: Ask, rounds: int) -> tuple[list[float], list[float], float, float]:
    """(wall ms, processor ms) of each round, and MiB: the peak, and what the process had before."""
    import pandas  # noqa: F401  a server has it from its first page on

    paths = {name: [folder / f"{name}.parquet"] for name in tables.RECORDS}
    is_opening = ask is QUESTIONS["open a version"]
    with open_versions.cursor(paths, MEMORY_LIMIT_MB) as connection:
        ask(connection)  # finds the middle, and reads the footers
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    before = peak_mib()
    wall, cpu = [], []
    for _ in range(rounds):
        started, worked = time.perf_counter(), time.process_time()
        opened = database.open_version(paths) if is_opening else open_versions.cursor(paths, MEMORY_LIMIT_MB)
        with opened as connection:
            ask(connection)
        wall.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - worked))
    return wall, cpu, peak_mib(), before


def peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
