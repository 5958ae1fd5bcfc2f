"""Deal images into buckets that fit into memory: what may belong together into one, each in the order of its paths.

DuckDB would sort whole rows, of fifty columns, on disk; but its sort of a million did not fit under its usual cap.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core.records import Watcher
from biodatamine_core.series import described
from biodatamine_core.tables.batches import array_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

FILES_AT_ONCE = 8_192
"""Rows that are read, joined and dealt at a time."""
FILES_IN_A_BUCKET, MOST_BUCKETS = 16_384, 200
"""About so many; each bucket is an open file while they are dealt, so that of ten million files they hold more."""
BATCH = 4_096
"""Rows of a bucket that are given away at a time."""

# A single frame of a multi-frame file is a slice: some archives split enhanced series that way.
_POSITION = """coalesce(files.image_position_mm,
    CASE WHEN len(files.frame_positions_mm) = 3 THEN files.frame_positions_mm END)"""
_FILLED = {
    "patient_key": "coalesce(files.patient_key, rows.row_patient)",
    "patient_sex": "coalesce(files.patient_sex, described.patient_sex, rows.row_sex, participants.sex)",
    "patient_age_years": "coalesce(files.patient_age_years, rows.row_age_years, participants.age_years)",
    **{
        name: f"coalesce(files.{name}, described.{name})"
        for name in described.FACTS if name != "patient_sex"
    },
    "image_position_mm": _POSITION,
}  # fmt: skip
"""Columns that other files fill, or another column does."""

# files: the rows under way. stack: what the slices of one DICOM series share, or numbered pictures; null for a file
# that is by itself.
_IMAGES = """
WITH images AS (
    SELECT
        file_row_number, occurrence,
        CASE WHEN format = 'DICOM' AND series_uid IS NOT NULL AND coalesce(frames, 1) = 1
            AND {position} IS NOT NULL AND image_orientation IS NOT NULL AND files.modality_tag IS DISTINCT FROM 'SM'
            THEN concat_ws('/', series_uid, study_key) ELSE numbered.stack END AS stack,
        coalesce(has_gradients, false) AS has_gradients,
        coalesce(beside_files, 0) AS beside_files, coalesce(beside_bytes, 0) AS beside_bytes,
        rows.table_path, rows.table_says,
        {columns}
    FROM series_batch AS files
    LEFT JOIN (FROM series_described WHERE {among}) AS described USING (file_row_number)
    LEFT JOIN (FROM series_rows WHERE {among}) AS rows USING (file_row_number)
    LEFT JOIN (FROM series_numbered WHERE {among}) AS numbered USING (file_row_number)
    LEFT JOIN series_participants AS participants
        ON participants.patient_key = coalesce(files.patient_key, rows.row_patient)
    LEFT JOIN (FROM series_beside WHERE {among}) USING (file_row_number)
    WHERE role IN ('image', 'segmentation') AND len(shape) >= 2
        AND file_row_number NOT IN (SELECT file_row_number FROM series_parts WHERE {among})
        AND file_row_number NOT IN (SELECT file_row_number FROM series_lacking WHERE {among})
)
SELECT (hash(coalesce(stack, path)) % $buckets)::INT AS bucket, * FROM images ORDER BY bucket
"""

_BESIDE = """
CREATE OR REPLACE TEMP TABLE series_beside AS
SELECT header AS file_row_number, count(*) AS beside_files, sum(size_bytes)::BIGINT AS beside_bytes
FROM series_parts GROUP BY header
"""


def dealt(
    connection: "duckdb.DuckDBPyConnection",
    files_in: Path,
    columns: Sequence[str],
    scratch: Path,
    watcher: Watcher | None,
) -> "Iterator[pa.Table]":
    """The images, up to BATCH rows at a time, those of one stack one after another, ordered by path.

    columns: of `files`, path among them, filled from what lies beside them; and file_row_number, stack, has_gradients,
    beside_files, beside_bytes, table_path, table_says. connection: with the tables that parts_beside, described and
    table_rows make. Nothing is kept in scratch.
    """
    import pyarrow as pa

    connection.execute(_BESIDE)
    with ExitStack() as opened:
        streams: dict[int, pa.RecordBatchStreamWriter] = {}
        for images in _joined(connection, files_in, columns, watcher):
            for bucket, rows in _by_bucket(images):
                if bucket not in streams:
                    options = pa.ipc.IpcWriteOptions(compression="lz4")
                    stream = pa.ipc.new_stream(scratch / f"bucket-{bucket}", rows.schema, options=options)
                    streams[bucket] = opened.enter_context(stream)
                streams[bucket].write_table(rows)
    for bucket in sorted(streams):
        with pa.ipc.open_stream(scratch / f"bucket-{bucket}") as stored:
            rows = stored.read_all().combine_chunks()  # else every take looks through all of its pieces
        (scratch / f"bucket-{bucket}").unlink()
        yield from _sorted(rows, watcher)


def _joined(
    connection: "duckdb.DuckDBPyConnection", files_in: Path, columns: Sequence[str], watcher: Watcher | None
) -> "Iterator[pa.Table]":
    """The images among FILES_AT_ONCE files, and the number of the bucket of each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    selected = ", ".join(f"{_FILLED.get(name, f'files.{name}')} AS {name}" for name in columns)
    read = dict.fromkeys((*columns, "path", "occurrence", "role", "image_position_mm", "frame_positions_mm"))
    first = 0
    with pq.ParquetFile(files_in, pre_buffer=False) as scanned:  # else the whole file is held at once
        buckets = min(1 + scanned.metadata.num_rows // FILES_IN_A_BUCKET, MOST_BUCKETS)
        for batch in scanned.iter_batches(batch_size=FILES_AT_ONCE, columns=list(read)):
            if watcher is not None:
                watcher.check()
            stop = first + batch.num_rows
            numbers = array_of(range(first, stop), pa.int64())
            under_way = pa.Table.from_batches([batch]).append_column("file_row_number", numbers)
            connection.register("series_batch", under_way)
            among = f"file_row_number >= {first} AND file_row_number < {stop}"
            sql = _IMAGES.format(columns=selected, position=_POSITION, among=among)
            yield connection.sql(sql, params={"buckets": buckets}).to_arrow_table()
            first = stop
    connection.unregister("series_batch")


def _by_bucket(images: "pa.Table") -> "Iterator[tuple[int, pa.Table]]":
    """The rows of each bucket; they stand together already."""
    import pyarrow.compute as pc

    runs = pc.run_end_encode(images.column("bucket").combine_chunks())
    start = 0
    for bucket, stop in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield bucket, images.slice(start, stop - start)
        start = stop


def _sorted(rows: "pa.Table", watcher: Watcher | None) -> "Iterator[pa.Table]":
    """BATCH rows at a time by stack, path and occurrence; only these three are sorted."""
    import pyarrow.compute as pc

    keys = [(name, "ascending", "at_end") for name in ("stack", "path", "occurrence")]
    order = pc.sort_indices(rows, sort_keys=keys)
    for start in range(0, len(order), BATCH):
        if watcher is not None:
            watcher.check()
        yield rows.take(order.slice(start, BATCH))
