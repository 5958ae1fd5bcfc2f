"""Join the rows of tables (metadata.csv) to the files that they name."""

from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core.readers.table_facts import IMAGE_ENDING, NAME_PARTS

if TYPE_CHECKING:
    import duckdb

SCRATCH_COLUMNS = ("row_files", "row_patients", "row_sexes", "row_ages_years", "row_says")
"""Columns of a table's file that serve the join alone: the published table does not have them filled."""

_FOLDER = "regexp_extract(path, '^(.*/)?[^/]*$', 1)"
# A table speaks of files beside it, below it, and below the folder above it: labels/train.csv of images/1.png.
_REACH = rf"CASE WHEN {_FOLDER} LIKE '%!/' THEN {_FOLDER} ELSE regexp_extract({_FOLDER}, '^(.*/)?[^/]*/$', 1) END"
_PARTS = f"string_split(lower(regexp_replace(path, '{IMAGE_ENDING}', '', 'i')), '/')"
_KEYS = f"list_transform(range(1, {NAME_PARTS + 1}), lambda n: left(sha256(array_to_string(({_PARTS})[-n:], '/')), 16))"


def _agreed(column: str) -> str:
    """The value of all rows that name a file; null where they differ: which is meant is not known."""
    return f"CASE WHEN count(DISTINCT {column}) = 1 THEN any_value({column}) END AS {column}"


_ROWS = f"""
CREATE OR REPLACE TEMP TABLE series_rows AS
WITH entries AS (
    SELECT path AS table_path, {_REACH} AS reach, unnest(row_files) AS key, unnest(row_patients) AS row_patient,
        unnest(row_sexes) AS row_sex, unnest(row_ages_years) AS row_age_years, unnest(row_says) AS table_says
    FROM read_parquet('{{files}}') WHERE row_files IS NOT NULL
), images AS (
    SELECT file_row_number, path, unnest({_KEYS}) AS key
    FROM read_parquet('{{files}}', file_row_number = true)
    WHERE role IN ('image', 'segmentation') AND len(shape) >= 2 AND (SELECT count(*) FROM entries) > 0
)
SELECT file_row_number, {_agreed("row_patient")}, {_agreed("row_sex")}, {_agreed("row_age_years")},
    {_agreed("table_says")}, min(table_path) FILTER (table_says IS NOT NULL) AS table_path
FROM images JOIN entries USING (key) WHERE starts_with(images.path, entries.reach)
GROUP BY file_row_number
"""


def join(connection: "duckdb.DuckDBPyConnection", files: Path) -> None:
    """Make the table series_rows: what tables say of each file that they name."""
    connection.execute(_ROWS.replace("{files}", str(files).replace("'", "''")))
