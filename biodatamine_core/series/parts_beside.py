"""Join headers to the files that hold their voxels: brain.hdr to brain.img, a .mhd to its slices, Zarr to chunks."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

EVERYTHING_BELOW = "**"
_ROOT_OF_ARRAYS = "OME-Zarr"
_BATCH = 4_096

_HEADERS = """
SELECT file_row_number, path, data_files FROM read_parquet($files, file_row_number = true) WHERE data_files IS NOT NULL
"""
_PACKED = r"\.(gz|bz2|xz|zst)$"
_UNPACKED = f"regexp_replace(lower({{path}}), '{_PACKED}', '')"

# A file that two headers name belongs to the first of them. Zarr arrays below an OME-Zarr are levels of its pyramid.
_PARTS = f"""
CREATE OR REPLACE TEMP TABLE series_parts AS
WITH files AS (
    SELECT file_row_number, path, format, size_bytes, data_files
    FROM read_parquet('{{files}}', file_row_number = true)
), named AS (
    SELECT files.file_row_number, min(wanted.header) AS header
    FROM series_wanted AS wanted JOIN files ON {_UNPACKED.format(path="files.path")} = wanted.key
    WHERE wanted.header <> files.file_row_number GROUP BY ALL
), folders AS (
    SELECT wanted.header, wanted.key AS folder, files.format
    FROM series_wanted AS wanted JOIN files ON files.file_row_number = wanted.header WHERE wanted.name = '**'
), above AS (
    SELECT file_row_number, format, unnest(list_transform(
        range(1, len(string_split(path, '/'))), lambda n: array_to_string(string_split(path, '/')[1:n], '/') || '/'
    )) AS folder
    FROM files WHERE (SELECT count(*) FROM folders) > 0 AND format <> '{_ROOT_OF_ARRAYS}'
), below AS (
    SELECT above.file_row_number,
        arg_max(folders.header, (folders.format = '{_ROOT_OF_ARRAYS}', length(folder))) AS header
    FROM above JOIN folders USING (folder) WHERE folders.header <> above.file_row_number GROUP BY ALL
)
SELECT file_row_number, header, headers.format || ' data' AS format, parts.size_bytes
FROM (FROM named UNION BY NAME FROM below) AS pairs
JOIN files AS parts USING (file_row_number) JOIN files AS headers ON headers.file_row_number = header
"""

_LACKING = f"""
CREATE OR REPLACE TEMP TABLE series_lacking AS
SELECT wanted.header AS file_row_number, min(wanted.name) AS name, count(*) AS files
FROM series_wanted AS wanted
ANTI JOIN read_parquet('{{files}}') AS files ON {_UNPACKED.format(path="files.path")} = wanted.key
WHERE wanted.name <> '**' GROUP BY ALL
"""


def join(connection: "duckdb.DuckDBPyConnection", files: Path, scratch: Path) -> None:
    """Make the tables series_parts (a file, its header, its format) and series_lacking (a header, what it lacks).

    Both are empty where no header names a file. DuckDB joins on disk where they do not fit into memory.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("header", pa.int64()), ("name", pa.string()), ("key", pa.string())])
    wanted = scratch / "wanted.parquet"
    with pq.ParquetWriter(wanted, schema) as writer:
        rows = connection.cursor().execute(_HEADERS, {"files": str(files)})
        while batch := rows.fetchmany(_BATCH):
            named = [(row, name, key) for row, path, names in batch for name, key in _keys(path, names)]
            writer.write_batch(pa.record_batch([list(column) for column in zip(*named, strict=True)], schema=schema))
    quoted = str(files).replace("'", "''")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW series_wanted AS FROM read_parquet('{str(wanted).replace(chr(39), chr(39) * 2)}')"
    )
    connection.execute(_PARTS.format(files=quoted))
    connection.execute(_LACKING.format(files=quoted))


def sentence(name: str, files: int) -> str:
    """Why a header is no image. Of a path that the header states only the file's name is told."""
    last = posixpath.basename(name)
    return (
        f"Its data file {last} is not there."
        if files == 1
        else f"{files:,} of its data files are not there: {last}, ..."
    )


def _keys(path: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """(name, what to look for): a path in small letters, without .gz and its like; or a folder."""
    folder = path[: path.rfind("/") + 1]
    for name in names:
        if name == EVERYTHING_BELOW:
            yield name, folder
        else:
            yield name, re.sub(_PACKED, "", posixpath.normpath(posixpath.join(folder, name)).lower())
