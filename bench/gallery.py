"""How fast Images answers: 100,000 series in a million files, page by page. Usage: bench/gallery.py [SERIES]."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from biodatamine_core import database, tables
from biodatamine_core.catalog import files, gallery
from biodatamine_core.catalog.files import FileFilter
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.records import (
    Affected,
    Clue,
    Dimensions,
    FileRecord,
    Finding,
    Role,
    Scope,
    SeriesRecord,
    Severity,
    Thumbnail,
)

FILES_PER_SERIES = 10
THUMBNAIL_BYTES = 4_000
BATCH = 5_000
PAGES = 10
GROUPS = ("CT", "MRI", "X-ray", "Ultrasound", "Unknown")
ZONES = ("chest", "head", "abdomen", "spine")


def main(series: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(f"{series:,} series, {series * FILES_PER_SERIES:,} files")
        paths = write(Path(folder), series)
        narrow = SeriesFilter(modality=("CT", "MRI"), zone=("chest",), path="case-7")
        found = SeriesFilter(finding=("missing-slices",))
        centre = middle(paths, gallery.Order.MIXED)
        for order in gallery.Order:
            at = middle(paths, order)
            told(f"page in the middle, {order}", paths, lambda c, o=order, a=at: gallery.page(c, SeriesFilter(), o, a))
        told("first page, modality, zone and path", paths, lambda c: gallery.page(c, narrow))
        told("first page, a finding", paths, lambda c: gallery.page(c, found))
        told(
            "first page of files, a finding", paths, lambda c: files.file_page(c, FileFilter(finding="missing-slices"))
        )
        told(
            "first page of files, a finding of all",
            paths,
            lambda c: files.file_page(c, FileFilter(finding="missing-metadata")),
        )
        told("facets, unfiltered", paths, lambda c: gallery.facets(c, SeriesFilter()))
        told("facets, filtered", paths, lambda c: gallery.facets(c, narrow))
        told("neighbours", paths, lambda c: gallery.neighbours(c, SeriesFilter(), centre))


def told(name: str, paths: dict[str, list[Path]], ask: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    """The median over PAGES questions, each on a connection of its own, as a page asks it."""
    seconds = []
    for _ in range(PAGES):
        start = time.perf_counter()
        with database.open_version(paths) as connection:
            ask(connection)
        seconds.append(time.perf_counter() - start)
    print(f"{1000 * sorted(seconds)[PAGES // 2]:7.0f} ms  {name}")


def middle(paths: dict[str, list[Path]], order: gallery.Order) -> str:
    """The series in the middle of an order."""
    keys = {gallery.Order.MIXED: "series_id", gallery.Order.PATH: "path", gallery.Order.LARGEST: "-size_bytes"}
    with database.open_version(paths) as connection:
        row = connection.execute(
            f"SELECT series_id FROM series ORDER BY {keys[order]}, series_id OFFSET (SELECT count(*) // 2 FROM series)"
            " LIMIT 1"
        ).fetchone()
    assert row is not None
    return str(row[0])


def write(folder: Path, series: int) -> dict[str, list[Path]]:
    paths = {table: [folder / f"{table}.parquet"] for table in tables.COLUMNS}
    for table, records in (
        ("series", map(series_record, sorted(range(series), key=key))),
        ("files", (file_record(n, k) for n in range(series) for k in range(FILES_PER_SERIES))),
        ("thumbnails", (Thumbnail(key(n), key(n).encode() * (THUMBNAIL_BYTES // 32), 160, 160) for n in range(series))),
        ("clues", iter(())),
        ("findings", iter(FINDINGS)),
        ("affected", affected(series)),
    ):
        with tables.Writer(table, paths[table][0]) as writer:
            for batch in batches(records, 256 if table == "thumbnails" else BATCH):
                writer.append(batch)
    return paths


def batches(
    records: Iterator[SeriesRecord | FileRecord | Thumbnail | Clue | Finding | Affected], size: int
) -> Iterator[list[SeriesRecord | FileRecord | Thumbnail | Clue | Finding | Affected]]:
    batch = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


def key(number: int) -> str:
    """As random as a real series_id."""
    return f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"


def series_record(number: int) -> SeriesRecord:
    return SeriesRecord(
        key(number),
        f"case-{number % 1000}/series-{number}/",
        "DICOM",
        Role.IMAGE,
        FILES_PER_SERIES,
        1000 + number * 7919 % 100_003,
        f"{key(number)}-5",
        dimensions=Dimensions.VOLUME,
        shape=(512, 512, FILES_PER_SERIES),
        split=("train", "test")[number % 2],
        modality_group=GROUPS[number % len(GROUPS)],
        anatomy_zones=(ZONES[number % len(ZONES)],),
        findings=names(number),
    )


def file_record(series: int, number: int) -> FileRecord:
    return FileRecord(
        file_id=f"{key(series)}-{number}",
        path=f"case-{series % 1000}/series-{series}/{number}.dcm",
        series_id=key(series),
        format="DICOM",
        role=Role.IMAGE,
        readable=True,
    )


FINDINGS = (
    Finding("missing-slices", Severity.WARNING, Scope.SERIES, "", "some lack slices", 10, 1000),
    Finding("missing-metadata", Severity.NOTE, Scope.FILE, "PatientSex", "none says it", 10, 1000),
)
HOLES_IN_EVERY = 50
"""One series of so many lacks slices; the other finding counts every file."""


def names(number: int) -> tuple[str, ...]:
    """The findings of a series."""
    return ("missing-metadata:PatientSex", *(("missing-slices",) if number % HOLES_IN_EVERY == 0 else ()))


def affected(series: int) -> Iterator[Affected]:
    for number in range(0, series, HOLES_IN_EVERY):
        yield Affected("missing-slices", "", key(number))
    for number in range(series):
        for place in range(FILES_PER_SERIES):
            yield Affected("missing-metadata", "PatientSex", key(number), f"{key(number)}-{place}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
