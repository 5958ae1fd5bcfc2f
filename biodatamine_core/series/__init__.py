"""Put FileRecords that belong together into series: one image, one volume or one recording a row."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, count, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from biodatamine_core import memory, tables
from biodatamine_core.records import FileRecord, ProblemKind, Role, SeriesRecord, Watcher
from biodatamine_core.series import buckets, described, labels, masks, numbered, parts_beside, table_rows
from biodatamine_core.series.buckets import BATCH
from biodatamine_core.series.evidence import COMMONEST, series_of
from biodatamine_core.series.membership import Membership
from biodatamine_core.series.parts import is_located, parts_of
from biodatamine_core.series.shapes import Shape
from biodatamine_core.series.single import shape_of_file
from biodatamine_core.series.stacks import VARYING, shape_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["BATCH", "group", "shapes_of"]

_REWRITTEN = ("format", "role", "readable", "problem_kind", "problem")
"""Columns of a file that the files beside it may change."""
_COLUMNS = (
    "file_id", "path", "size_bytes", "content_hash", "format", "role", "shape", "frames", "spacing_mm", "intent",
    "sop_instance_uid", "series_uid", "image_position_mm", "image_orientation", "frame_positions_mm",
    "slice_thickness_mm", "frame_time_ms", "mosaic_images", "affine_ras", "value_min", "value_max", "level_count",
    "flat_share", *COMMONEST, "frame_orientations", "frames_vary_by", "convolution_kernel", "affine_forms_gap_mm",
    "problem_kind",
    *(column for _, column in VARYING),
)  # fmt: skip

_Beside = tuple[int, int, str | None, str | None]
"""Number and bytes of the files beside it that hold its voxels; the table that names it and what its row says."""

# What only other files tell of some rows: of a part, its header; of a sidecar, the one image that it describes.
_BESIDE = """
SELECT file_row_number, any_value(coalesce(header, image)), any_value(format), any_value(name), any_value(files) FROM (
    SELECT file_row_number, header, format FROM series_parts
    UNION ALL BY NAME SELECT file_row_number, name, files FROM series_lacking
    UNION ALL BY NAME SELECT sidecar AS file_row_number, any_value(image) AS image
    FROM series_describes GROUP BY sidecar HAVING count(*) = 1
) WHERE file_row_number >= $first AND file_row_number < $stop GROUP BY file_row_number
"""
_ROWS_AT_ONCE = 8_192
"""Of `files`, written as one row group: of twice as many rows the process would hold 20 MiB more."""


def group(
    connection: "duckdb.DuckDBPyConnection",
    files_in: Path,
    files_out: Path,
    series_out: Path,
    watcher: Watcher | None = None,
) -> None:
    """Write `series` from `files`, and `files` again with series_id filled, its rows in their order.

    Memory is bounded by the largest series, never by the dataset: DuckDB sorts on disk, and one series is judged
    at a time. The watcher may stop it by raising.
    """
    series_out.parent.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="grouping-", dir=series_out.parent) as folder,
        Membership(Path(folder) / "members", _rows_in(files_in)) as membership,
    ):
        scratch = Path(folder)
        parts_beside.join(connection, files_in, scratch)
        described.join(connection, files_in)
        table_rows.join(connection, files_in)
        numbered.join(connection, files_in)
        unpaired = scratch / "series.parquet"
        memory.give_back()
        _write_series(connection, files_in, scratch, unpaired, membership, watcher)
        memory.give_back()
        _write_files(connection, files_in, membership, files_out, watcher)
        memory.give_back()
        masks.write(connection, files_out, unpaired, series_out, watcher)


def shapes_of(files: Sequence[FileRecord], has_gradients: bool = False) -> Iterator[Shape]:
    """What the files of one series UID, numbered pictures of one stack, or one file are.

    Of a UID the located slices are taken together, the others each by itself.
    """
    if len(files) > 1 and files[0].format != "DICOM":
        yield numbered.shape_of_pictures(files)
        return
    slices: list[FileRecord] = []
    for file in files:
        if _is_slice(file):
            slices.append(file)
        else:
            yield shape_of_file(file, has_gradients)
    yield from (shape_of(part) for part in parts_of(slices))


def _is_slice(file: FileRecord) -> bool:
    is_single = file.format == "DICOM" and (file.frames or 1) == 1 and file.modality_tag != "SM"
    return is_single and file.series_uid is not None and is_located(file)


def _write_series(
    connection: "duckdb.DuckDBPyConnection",
    files_in: Path,
    scratch: Path,
    series_out: Path,
    membership: Membership,
    watcher: Watcher | None,
) -> None:
    """One row a series, and for _write_files the series_id of every row of files_in that is in one."""
    classes = labels.class_folders(connection, files_in)
    series: list[SeriesRecord] = []
    members: list[tuple[int, str]] = []
    with tables.Writer("series", series_out) as writer:

        def flush() -> None:
            writer.append(series)
            membership.put(members)
            series.clear()
            members.clear()

        for numbers, files, has_gradients, beside in _candidates(connection, files_in, scratch, watcher):
            beside_files, beside_bytes, table_path, table_says = beside
            for shape in shapes_of(files, has_gradients):
                record = series_of(shape)
                if label := labels.label_of(record.path, classes):
                    record = replace(record, label=label)
                if beside_files or table_says:
                    record = replace(
                        record,
                        file_count=record.file_count + beside_files,
                        size_bytes=record.size_bytes + beside_bytes,
                        table_path=table_path,
                        table_says=table_says,
                    )
                series.append(record)
                members.extend((numbers[file.file_id], record.series_id) for file in shape.files)
            if len(members) >= BATCH:
                flush()
        flush()


def _rows_in(files: Path) -> int:
    import pyarrow.parquet as pq

    rows: int = pq.read_metadata(files).num_rows
    return rows


def _candidates(
    connection: "duckdb.DuckDBPyConnection", files_in: Path, scratch: Path, watcher: Watcher | None
) -> Iterator[tuple[dict[str, int], list[FileRecord], bool, _Beside]]:
    """Files that may belong together, a series UID or a single file at a time.

    Yields (row number by file_id, files ordered by path, has a gradient table beside it, what else is beside it).
    """
    lone = count()
    images = chain.from_iterable(map(_images, buckets.dealt(connection, files_in, _COLUMNS, scratch, watcher)))
    for _, alike in groupby(images, key=lambda found: found[1] or next(lone)):
        found = list(alike)
        numbers = {file.file_id: number for number, *_, file in found}
        yield numbers, [file for *_, file in found], found[0][2], found[0][3]


def _images(rows: "pa.Table") -> Iterator[tuple[int, str | None, bool, _Beside, FileRecord]]:
    """(row number, key of the series or None, has a gradient table, what is beside it, the file) of each row."""
    numbers, stacks, gradients = (
        rows.column(name).to_pylist() for name in ("file_row_number", "stack", "has_gradients")
    )
    beside = (rows.column(name).to_pylist() for name in ("beside_files", "beside_bytes", "table_path", "table_says"))
    files = tables.from_batch("files", rows.select(_COLUMNS))
    yield from zip(numbers, stacks, gradients, zip(*beside, strict=True), files, strict=True)


def _write_files(
    connection: "duckdb.DuckDBPyConnection",
    files_in: Path,
    membership: Membership,
    files_out: Path,
    watcher: Watcher | None,
) -> None:
    """Copy files_in, row by row in its order, with series_id filled and what only other files tell of a file."""
    import pyarrow.parquet as pq

    first = 0
    with (
        tables.Writer("files", files_out) as writer,
        pq.ParquetFile(files_in, pre_buffer=False) as scanned,  # else the whole file is held at once
    ):
        for batch in scanned.iter_batches(batch_size=_ROWS_AT_ONCE):
            if watcher is not None:
                watcher.check()
            stop = first + batch.num_rows
            beside = connection.execute(_BESIDE, {"first": first, "stop": stop}).fetchall()
            is_rewritten = any(part_of or lacking for _, _, part_of, lacking, _ in beside)
            columns = {name: batch.column(name).to_pylist() for name in _REWRITTEN} if is_rewritten else {}
            columns["series_id"] = membership.of(first, batch.num_rows)
            for number, belongs_to, part_of, lacking, files in beside:
                if belongs_to is not None:
                    columns["series_id"][number - first] = membership.of(belongs_to)[0]
                if part_of is not None:
                    _be_part(columns, number - first, part_of)
                elif lacking is not None:
                    _be_lacking(columns, number - first, parts_beside.sentence(lacking, files))
            nothing = [None] * batch.num_rows
            columns |= dict.fromkeys((*table_rows.SCRATCH_COLUMNS, *numbered.SCRATCH_COLUMNS), nothing)
            writer.append_batch(tables.with_columns("files", batch, columns))
            first = stop


def _be_part(columns: dict[str, list[Any]], at: int, format: str) -> None:
    """A file that a header names is no image of its own, and no unknown format; what is wrong with it stays said."""
    columns["role"][at] = Role.OTHER
    if columns["problem_kind"][at] in (None, ProblemKind.UNKNOWN_FORMAT):
        columns["format"][at], columns["readable"][at] = format, True
        columns["problem_kind"][at] = columns["problem"][at] = None


def _be_lacking(columns: dict[str, list[Any]], at: int, sentence: str) -> None:
    """A header without its voxels is no image; one cause, one problem."""
    columns["role"][at], columns["readable"][at] = Role.SIDECAR, False
    if columns["problem_kind"][at] is None:
        columns["problem_kind"][at], columns["problem"][at] = ProblemKind.MISSING_PART, sentence
