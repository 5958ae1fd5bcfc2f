"""What the checks found, said of every file and every series; the tables are put in the order that pages read them."""

from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core.records import Watcher
from biodatamine_core.tables import Writer
from biodatamine_core.tables.batches import array_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SERIES_AT_ONCE = 8_192
"""A page of series is a few of them, in the order of their ids: small row groups let it read no more."""
FILES_AT_ONCE = 65_536
"""The same of files. Smaller groups would make a footer of megabytes, which every connection reads first."""

_FINDING = "concat_ws(':', code, nullif(subject, ''))"
_MARKED_SERIES = f"""
SELECT series.* REPLACE (coalesce(codes, []) AS findings) FROM series LEFT JOIN (
    SELECT series_id, list(finding ORDER BY finding) AS codes
    FROM (SELECT DISTINCT series_id, {_FINDING} AS finding FROM affected)
    WHERE series_id IS NOT NULL GROUP BY series_id
) USING (series_id) ORDER BY series_id
"""

# One bit a finding: lists of names would be gigabytes, of millions of files that a dozen findings count.
_BITS = """
SELECT {key}, bit_or(set_bit(bitstring('0', {width}), bit, 1)) AS {bits}
FROM affected JOIN bits USING (code, subject) WHERE {where} GROUP BY {key}
"""
_FILE_MARKS = """
WITH bits AS (
    SELECT code, subject, (row_number() OVER (ORDER BY {finding}) - 1)::INT AS bit FROM findings
), own AS ({own}), of_series AS ({of_series})
SELECT row_number() OVER (ORDER BY path, file_id) - 1 AS place,
    nullif(array_to_string(list_filter($names, lambda name, nth:
        get_bit(coalesce(own_bits | series_bits, own_bits, series_bits), (nth - 1)::INT) = 1), chr(10)), '') AS findings
FROM read_parquet($files) LEFT JOIN own USING (file_id) LEFT JOIN of_series USING (series_id) ORDER BY file_row_number
"""


def mark_series(connection: "duckdb.DuckDBPyConnection", series: Path) -> None:
    """Fill the column `findings` of the staged table series, and put its rows in the order of their ids.

    connection: with the views `series`, over this very file, and `affected`.
    """
    marked = series.with_suffix(".marked")
    batches: pa.RecordBatchReader = connection.sql(_MARKED_SERIES).to_arrow_reader(SERIES_AT_ONCE)
    with Writer("series", marked) as writer:
        for batch in batches:
            writer.append_batch(batch)
    marked.replace(series)


def mark_files(connection: "duckdb.DuckDBPyConnection", files: Path, watcher: Watcher | None = None) -> None:
    """Fill `findings` and `place` of the staged table files, and put its rows in the order of their paths.

    connection: with the views `findings` and `affected`. The watcher may stop it by raising.

    Marks are joined and sorted by themselves, and only then do whole rows, of a hundred columns, move: once, on disk.
    """
    names = [
        name for (name,) in connection.execute(f"SELECT {_FINDING} AS name FROM findings ORDER BY name").fetchall()
    ]
    width = max(1, len(names))
    sql = _FILE_MARKS.format(
        finding=_FINDING,
        own=_BITS.format(key="file_id", bits="own_bits", width=width, where="file_id IS NOT NULL"),
        of_series=_BITS.format(key="series_id", bits="series_bits", width=width, where="file_id IS NULL"),
    )
    marks = connection.execute(sql, {"names": names, "files": str(files)})
    marked = files.with_suffix(".marked")
    if not _write_marked(files, marks, marked, watcher):
        _write_by_place(connection, marked, files, watcher)
        marked.unlink()
    else:
        marked.replace(files)


def _write_marked(files: Path, marks: "duckdb.DuckDBPyConnection", marked: Path, watcher: Watcher | None) -> bool:
    """The rows with their marks, in the order in which they stood; whether that is by place already."""
    import pyarrow.parquet as pq

    is_by_place = True
    first = 0
    with Writer("files", marked) as writer, pq.ParquetFile(files) as staged:
        for batch in staged.iter_batches(batch_size=FILES_AT_ONCE):
            if watcher is not None:
                watcher.check()
            rows = marks.fetchmany(batch.num_rows)
            places = [place for place, _ in rows]
            is_by_place = is_by_place and places == list(range(first, first + len(rows)))
            first += len(rows)
            for name, values in (("place", places), ("findings", [findings for _, findings in rows])):
                field = batch.schema.field(name)
                batch = batch.set_column(batch.schema.get_field_index(name), field, array_of(values, field.type))
            writer.append_batch(batch)
    marks.fetchall()  # nothing is left, but only a fetch that finds nothing frees the connection
    return is_by_place


def _write_by_place(
    connection: "duckdb.DuckDBPyConnection", marked: Path, files: Path, watcher: Watcher | None
) -> None:
    answer = connection.sql("FROM read_parquet($marked) ORDER BY place", params={"marked": str(marked)})
    batches: pa.RecordBatchReader = answer.to_arrow_reader(FILES_AT_ONCE)
    with Writer("files", files) as writer:
        for batch in batches:
            if watcher is not None:
                watcher.check()
            writer.append_batch(batch)
