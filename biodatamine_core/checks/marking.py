"""What the checks found, said of every file and every series; the tables are put in the order that pages read them."""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from biodatamine_core import memory
from biodatamine_core.checks.marks import Marks, marks_of
from biodatamine_core.records import Watcher
from biodatamine_core.tables import Writer, schema
from biodatamine_core.tables.batches import array_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

SERIES_AT_ONCE = 8_192
"""A page of series is a few of them, in the order of their ids: small row groups let it read no more."""
FILES_AT_ONCE = 16_384
"""The same of files, or more where there would be more groups."""
MOST_GROUPS = 160
"""Of one table: a footer of megabytes is what every connection reads."""
_ROWS_READ_AT_ONCE = 8_192


def mark_series(connection: "duckdb.DuckDBPyConnection", series: Path, watcher: Watcher | None = None) -> None:
    """Fill the column `findings` of the staged table series, and put its rows in the order of their ids.

    connection: with the views `findings` and `affected`. The watcher may stop it by raising.
    """
    marks = marks_of(connection, series, "series_id", {"series_id": "true"})
    _reorder("series", series, marks, SERIES_AT_ONCE, watcher)


def mark_files(connection: "duckdb.DuckDBPyConnection", files: Path, watcher: Watcher | None = None) -> None:
    """Fill `findings` and `place` of the staged table files, and put its rows in the order of their paths.

    connection: with the views `findings` and `affected`. The watcher may stop it by raising.
    """
    # A finding that counts files says nothing of the others of their series.
    counted = {"file_id": "affected.file_id IS NOT NULL", "series_id": "affected.file_id IS NULL"}
    marks = marks_of(connection, files, "path, file_id", counted)
    _reorder("files", files, marks, FILES_AT_ONCE, watcher)


def _reorder(table: str, staged: Path, marks: Marks, rows_at_once: int, watcher: Watcher | None) -> None:
    """Write the staged table anew with its marks, its rows by their places.

    Whole rows, of a hundred columns, go by their place into one file for each row group to be, so that no more of them
    are in memory than one group: DuckDB's sort of ten million did not fit under its usual cap. Columns that hold
    nothing, half of them as a rule, are left out on the way.
    """
    import pyarrow.parquet as pq

    rows_in_group = max(rows_at_once, -(-pq.read_metadata(staged).num_rows // MOST_GROUPS))
    marked = staged.with_suffix(".marked")
    with TemporaryDirectory(prefix="places-", dir=staged.parent) as scratch, Writer(table, marked) as writer:
        for group in _dealt(_marked(table, staged, marks, watcher), Path(scratch), rows_in_group):
            if watcher is not None:
                watcher.check()
            writer.append_batch(_in_order(table, group))
            group.unlink()
            memory.give_back()
    marked.replace(staged)


def _marked(table: str, staged: Path, marks: Marks, watcher: Watcher | None) -> "Iterator[pa.RecordBatch]":
    """The rows as they stand in the staged table, with their marks."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    type_ = schema(table).field("findings").type
    first = 0
    with pq.ParquetFile(staged, pre_buffer=False) as rows:  # else the whole file is held at once
        for batch in rows.iter_batches(batch_size=_ROWS_READ_AT_ONCE, columns=_filled(rows.metadata)):
            if watcher is not None:
                watcher.check()
            stop = first + batch.num_rows
            lists = marks.findings(first, stop)
            findings = ["\n".join(names) or None for names in lists] if pa.types.is_string(type_) else lists
            batch = batch.append_column("place", array_of(marks.places[first:stop].tolist(), pa.int64()))
            yield batch.append_column("findings", array_of(findings, type_))
            first = stop


def _filled(metadata: "pq.FileMetaData") -> list[str]:
    """The columns to keep, all but those without a value, as far as the footer tells, and but what is marked here."""
    empty = {"place", "findings"}
    for column in range(metadata.num_columns):
        said = [metadata.row_group(group).column(column).statistics for group in range(metadata.num_row_groups)]
        is_list = metadata.schema.column(column).max_repetition_level > 0  # no value may be an empty list
        if not is_list and all(of_group is not None and of_group.num_values == 0 for of_group in said):
            empty.add(metadata.schema.column(column).path)
    return [name for name in metadata.schema.to_arrow_schema().names if name not in empty]


def _dealt(batches: "Iterator[pa.RecordBatch]", folder: Path, rows_in_group: int) -> Iterator[Path]:
    """Files in the folder, each with the rows of one group; within it they are in no order."""
    import pyarrow as pa

    groups: dict[int, pa.RecordBatchFileWriter] = {}
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with ExitStack() as opened:
        for batch in batches:
            batch = batch.sort_by("place")
            places = batch.column("place").to_pylist()
            start = 0
            while start < len(places):
                group = places[start] // rows_in_group
                end = bisect_left(places, (group + 1) * rows_in_group, start)
                if group not in groups:
                    file = pa.ipc.new_file(folder / str(group), batch.schema, options=options)
                    groups[group] = opened.enter_context(file)
                groups[group].write_batch(batch.slice(start, end - start))
                start = end
    memory.give_back()
    yield from (folder / str(group) for group in sorted(groups))


def _in_order(table: str, group: Path) -> "pa.RecordBatch":
    """All columns of the table by place. A column at a time is sorted and let go, so that no row is held twice."""
    import pyarrow as pa
    import pyarrow.compute as pc

    with pa.ipc.open_file(group) as file:
        rows = file.read_all()
    order = pc.sort_indices(rows.column("place"))
    nothing = {type_: pa.nulls(len(order), type_) for type_ in schema(table).types}
    columns = []
    for field in schema(table):
        if field.name in rows.column_names:
            columns.append(rows.column(field.name).combine_chunks().take(order))
            rows = rows.drop_columns(field.name)
        else:
            columns.append(nothing[field.type])
    return pa.RecordBatch.from_arrays(columns, schema=schema(table))
