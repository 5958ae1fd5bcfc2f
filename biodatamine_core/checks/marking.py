"""What the checks found, said of every file and every series; the tables are put in the order that pages read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core.records import Watcher
from biodatamine_core.tables import Writer

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
_MARKED_FILES = """
WITH bits AS (
    SELECT code, subject, (row_number() OVER (ORDER BY {finding}) - 1)::INT AS bit FROM findings
), own AS ({own}), of_series AS ({of_series})
SELECT files.* REPLACE (nullif(array_to_string(list_filter($names, lambda name, place:
    get_bit(coalesce(own_bits | series_bits, own_bits, series_bits), (place - 1)::INT) = 1), chr(10)), '') AS findings)
FROM files LEFT JOIN own USING (file_id) LEFT JOIN of_series USING (series_id) ORDER BY path, file_id
"""


def mark_series(connection: "duckdb.DuckDBPyConnection", series: Path) -> None:
    """Fill the column `findings` of the staged table series, and put its rows in the order of their ids.

    connection: with the views `series`, over this very file, and `affected`.
    """
    batches: pa.RecordBatchReader = connection.sql(_MARKED_SERIES).to_arrow_reader(SERIES_AT_ONCE)
    _rewrite("series", series, batches)


def mark_files(connection: "duckdb.DuckDBPyConnection", files: Path, watcher: Watcher | None = None) -> None:
    """Fill `findings` and `place` of the staged table files, and put its rows in the order of their paths.

    connection: with the views `files`, over this very file, `findings` and `affected`. The watcher may stop it.
    """
    names = [
        name for (name,) in connection.execute(f"SELECT {_FINDING} AS name FROM findings ORDER BY name").fetchall()
    ]
    width = max(1, len(names))
    sql = _MARKED_FILES.format(
        finding=_FINDING,
        own=_BITS.format(key="file_id", bits="own_bits", width=width, where="file_id IS NOT NULL"),
        of_series=_BITS.format(key="series_id", bits="series_bits", width=width, where="file_id IS NULL"),
    )
    batches: pa.RecordBatchReader = connection.sql(sql, params={"names": names}).to_arrow_reader(FILES_AT_ONCE)
    _rewrite("files", files, _placed(batches, watcher))


def _placed(batches: "pa.RecordBatchReader", watcher: Watcher | None) -> "Iterator[pa.RecordBatch]":
    """The rows with their numbers, from 0."""
    import numpy as np
    import pyarrow as pa

    at = batches.schema.get_field_index("place")
    first = 0
    for batch in batches:
        if watcher is not None:
            watcher.check()
        # A number for each row of what would be one run: pa.array() would import pandas, for nothing.
        places = pa.Array.from_buffers(
            pa.int64(), len(batch), [None, pa.py_buffer(np.arange(first, first + len(batch)))]
        )
        yield batch.set_column(at, batch.schema.field(at), places)
        first += len(batch)


def _rewrite(table: str, path: Path, batches: "Iterator[pa.RecordBatch] | pa.RecordBatchReader") -> None:
    """The rows instead of the staged file's, a row group a batch."""
    marked = path.with_suffix(".marked")
    with Writer(table, marked) as writer:
        for batch in batches:
            writer.append_batch(batch)
    marked.replace(path)
