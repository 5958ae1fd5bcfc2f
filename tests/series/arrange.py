"""FileRecords as a reader would give them, and the series that they become."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from biodatamine_core import database, series, tables
from biodatamine_core.records import FileRecord, Mode, Progress, Pseudonym, Role, SeriesRecord
from biodatamine_core.scan import scan
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile
from tests.builders import zip_of

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def image(path: str, format: str = "PNG", shape: tuple[int, ...] = (32, 24), **facts: Any) -> FileRecord:
    return FileRecord(
        file_id=f"id of {path}", path=path, size_bytes=100, format=format, shape=shape,
        **{"role": Role.IMAGE, "readable": True, "content_hash": f"bytes of {path}", **facts},
    )  # fmt: skip


def dicom(path: str, position_mm: Sequence[float] | None = (0.0, 0.0, 0.0), **facts: Any) -> FileRecord:
    """One CT slice; `facts` replace what it says."""
    return image(path, **{
        "format": "DICOM", "shape": (512, 512), "modality_tag": "CT", "series_uid": "1.2.3", "study_key": "study",
        "sop_instance_uid": f"uid of {path}", "spacing_mm": (0.7, 0.7), "image_orientation": AXIAL,
        "image_position_mm": tuple(position_mm) if position_mm is not None else None, **facts,
    })  # fmt: skip


def stack(heights_mm: Iterable[float], prefix: str = "ct/", **facts: Any) -> list[FileRecord]:
    """Axial slices at these heights, named in this order."""
    return [
        dicom(f"{prefix}{number:04}.dcm", (0.0, 0.0, height), instance_number=number, **facts)
        for number, height in enumerate(heights_mm, start=1)
    ]


def grouped(folder: Path, files: Iterable[FileRecord]) -> tuple[list[FileRecord], list[SeriesRecord]]:
    """Files with their series_id, in the order given, and their series ordered by path."""
    scanned, files_out, series_out = (folder / f"{name}.parquet" for name in ("scanned", "files", "series"))
    with tables.Writer("files", scanned) as writer:
        writer.append(list(files))
    with database.connect(scratch_dir=folder / "spill") as connection:
        series.group(connection, scanned, files_out, series_out)
        return rows(connection, "files", files_out), sorted(
            rows(connection, "series", series_out), key=lambda record: (record.path, record.middle_file_id)
        )


class Unwatched:
    """A scan that nobody follows."""

    def report(self, progress: Progress) -> None: ...

    def check(self) -> None: ...


def series_in(folder: Path, files: Mapping[str, bytes], mode: Mode = Mode.FULL) -> list[SeriesRecord]:
    """What a scan of these bytes, zipped, and grouping make of them, by path."""
    archive, scanned, files_out, series_out = (folder / name for name in ("a.zip", "scanned", "files", "series"))
    archive.write_bytes(zip_of(files))
    scan([LocalFile(archive)], mode, None, Limits(), Pseudonym(b"secret"), 1, scanned, Unwatched())
    with database.connect(scratch_dir=folder / "spill") as connection:
        series.group(connection, scanned, files_out, series_out)
        found = rows(connection, "series", series_out)
    return sorted(found, key=lambda record: (record.path, record.shape or (), record.middle_file_id))


def rows(connection: Any, table: str, path: Path) -> list[Any]:
    found = connection.execute("SELECT * FROM read_parquet($1)", [str(path)])
    names = [column[0] for column in found.description]
    return list(tables.from_rows(table, names, found.fetchall()))


def only_series(folder: Path, files: Iterable[FileRecord]) -> SeriesRecord:
    """The one series that the files are. Fails where they are several."""
    _, (record,) = grouped(folder, files)
    return record
