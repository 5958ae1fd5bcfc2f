"""Tables of a few records, and what one check finds in them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from biodatamine_core import database, tables
from biodatamine_core.checks import Check, Found
from biodatamine_core.records import Clue, Dimensions, FileRecord, Finding, Role, Scope, SeriesRecord, Thumbnail


def file(path: str, **facts: Any) -> FileRecord:
    """A readable PNG with its own bytes; `facts` replace what it is."""
    return FileRecord(**{
        "file_id": f"id of {path}", "path": path, "size_bytes": 100, "format": "PNG", "role": Role.IMAGE,
        "readable": True, "content_hash": f"bytes of {path}", **facts,
    })  # fmt: skip


def dicom(path: str, **facts: Any) -> FileRecord:
    """A CT slice that states everything."""
    return file(path, **{
        "format": "DICOM", "modality_tag": "CT", "spacing_mm": (0.7, 0.7), "image_position_mm": (0.0, 0.0, 0.0),
        "rescale_intercept": -1024.0, "patient_key": "p", "patient_sex": "F", "patient_age_years": 60.0,
        "body_part_examined": "CHEST", "manufacturer": "Maker", **facts,
    })  # fmt: skip


def series(path: str, **facts: Any) -> SeriesRecord:
    """A CT volume without a fault."""
    return SeriesRecord(**{
        "series_id": f"series {path}", "path": path, "format": "DICOM", "role": Role.IMAGE, "file_count": 8,
        "size_bytes": 800, "middle_file_id": "id", "dimensions": Dimensions.VOLUME, "missing_slices": 0,
        "spacing_mm": (0.7, 0.7, 2.0), "patient_key": "p", "modality": "CT", "modality_group": "CT", **facts,
    })  # fmt: skip


def unread(series: SeriesRecord) -> FileRecord:
    """The only file of a series, cut in its pixels: it has its finding, and its series needs no second one."""
    return dicom(series.path + "cut.dcm", series_id=series.series_id, readable=False)


@contextmanager
def views(
    folder: Path,
    files: Iterable[FileRecord] = (),
    series: Iterable[SeriesRecord] = (),
    clues: Iterable[Clue] = (),
    thumbnails: Iterable[Thumbnail] = (),
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the views that checks ask."""
    paths = {}
    rows = {"files": list(files), "series": list(series), "clues": list(clues), "thumbnails": list(thumbnails)}
    for table, records in rows.items():
        paths[table] = [folder / f"{table}.parquet"]
        with tables.Writer(table, paths[table][0]) as writer:
            writer.append(records)
    with database.connect(scratch_dir=folder / "spill") as connection:
        for table, listed in paths.items():
            database.create_view(connection, table, listed)
        yield connection


def found(
    check: Check,
    folder: Path,
    files: Iterable[FileRecord] = (),
    series: Iterable[SeriesRecord] = (),
    clues: Iterable[Clue] = (),
    thumbnails: Iterable[Thumbnail] = (),
) -> list[Finding]:
    """What the check finds; that it lists as many files or series as it counts is tried on every finding."""
    with views(folder, files, series, clues, thumbnails) as connection:
        return [counted(connection, found) for found in check.run(connection)]


def counted(connection: duckdb.DuckDBPyConnection, found: Found) -> Finding:
    """The finding, once its set is known to hold what it counts: no row twice, its examples among them."""
    finding = found.finding
    if not found.affected:
        assert finding.count == 0
        return finding
    key, table = ("file_id", "files") if finding.scope is Scope.FILE else ("series_id", "series")
    rows, distinct, known = connection.execute(
        f"""SELECT count(*), count(DISTINCT {key}), coalesce(list(path), [])
            FROM ({found.affected}) LEFT JOIN {table} USING ({key})""",
        found.values,
    ).fetchall()[0]
    assert rows == distinct == finding.count and {*finding.examples} <= {*known}
    return finding
