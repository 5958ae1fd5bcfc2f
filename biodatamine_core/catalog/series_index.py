"""The index of a version's series: which there are of each kind, and the place of every one in each order of Images.

Made once, when a version is: with it a page of Images compares numbers, and reads the rows and pictures that it shows.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import database
from biodatamine_core.catalog import bins, doubts
from biodatamine_core.records import Watcher
from biodatamine_core.tables import Writer

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_OF_KIND = "modality_group, anatomy_zones, dimensions, format, split, label, manufacturer, findings"
_KIND = f"(hash({_OF_KIND}) >> 1)::BIGINT AS kind"  # compared within one version only, as in file_index

KINDS = f"SELECT {_KIND}, {_OF_KIND}, count(*) AS series FROM marked GROUP BY {_OF_KIND}"
"""SQL: the rows of `series_kinds`, from `marked`."""

PLACES = f"""
WITH told AS (
    SELECT series_id, {_KIND}, {bins.SEX} AS sex, {bins.AGE} AS age, {bins.YEAR} AS year, {bins.MATRIX} AS matrix,
           {bins.SPACING} AS spacing, lower(path) AS path
    FROM marked
), paths AS (
    SELECT series_id, row_number() OVER (ORDER BY path, series_id) - 1 AS by_path FROM marked
), sizes AS (
    SELECT series_id, row_number() OVER (ORDER BY size_bytes DESC, series_id) - 1 AS by_size FROM marked
), spans AS (
    SELECT series_id, min(place) AS first_file, max(place) AS last_file FROM files GROUP BY series_id
), drawn AS (
    SELECT series_id, file_row_number AS thumbnail, width IS NOT NULL AS is_drawn FROM thumbnail_rows
)
SELECT row_number() OVER (ORDER BY series_id) - 1 AS by_id, series_id, by_path, by_size, thumbnail,
       coalesce(is_drawn, false) AS is_drawn, first_file, last_file, kind, sex, age, year, matrix, spacing, path
FROM told JOIN paths USING (series_id) JOIN sizes USING (series_id) LEFT JOIN spans USING (series_id)
LEFT JOIN drawn USING (series_id)
ORDER BY series_id
"""
"""SQL: the rows of `series_places`, from `marked`, `files` and `thumbnail_rows`. Few columns are sorted at a time."""

_ROWS_AT_ONCE = 16_384


def write(connection: "duckdb.DuckDBPyConnection", staged: Mapping[str, Path], watcher: Watcher | None = None) -> None:
    """The tables `series_kinds`, `series_places` and `series_doubts`.

    They are made of the staged tables files and series, marked, of clues and of thumbnails.

    staged: name of a table -> its file. The watcher may stop it by raising.
    """
    database.create_view(connection, "marked", [staged["series"]])
    database.create_view(connection, "files", [staged["files"]])
    database.create_view_of_rows(connection, "thumbnail_rows", [staged["thumbnails"]])
    for table, sql in (("series_kinds", KINDS), ("series_places", PLACES)):
        batches: pa.RecordBatchReader = connection.sql(sql).to_arrow_reader(_ROWS_AT_ONCE)
        with Writer(table, staged[table]) as writer:
            for batch in batches:
                if watcher is not None:
                    watcher.check()
                writer.append_batch(batch)
    for table in ("series", "clues", "series_places"):
        database.create_view(connection, table, [staged[table]])
    doubts.write(connection, staged["series_doubts"], watcher)
