"""What each finding counts, written as the table `affected`; and what it says of each series."""

from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Found
from biodatamine_core.tables import Writer

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROW_GROUP = 122_880
"""Rows that are held at once: DuckDB's own size of a row group."""

_MARKED = """
SELECT series.* REPLACE (coalesce(codes, []) AS findings) FROM series LEFT JOIN (
    SELECT series_id, list(finding ORDER BY finding) AS codes
    FROM (SELECT DISTINCT series_id, concat_ws(':', code, nullif(subject, '')) AS finding FROM affected)
    WHERE series_id IS NOT NULL GROUP BY series_id
) USING (series_id) ORDER BY series_id
"""
_SERIES_AT_ONCE = 8_192
"""A page of series is a few of them, in the order of their ids: small row groups let it read no more."""


def write(connection: "duckdb.DuckDBPyConnection", found: Found, affected: Writer) -> None:
    """Append what a finding counts, batch by batch; a row group is of one finding, so that the others are skipped."""
    if not found.affected:
        return
    answer = connection.sql(
        f"""SELECT $of_code::VARCHAR AS code, $of_subject::VARCHAR AS subject, series_id, file_id
            FROM ({found.affected})""",
        params={**found.values, "of_code": found.finding.code, "of_subject": str(found.finding.subject)},
    )
    batches: pa.RecordBatchReader = answer.to_arrow_reader(ROW_GROUP)
    for batch in batches:
        affected.append_batch(batch)


def mark_series(connection: "duckdb.DuckDBPyConnection", series: Path) -> None:
    """Fill the column `findings` of the staged table series, and put its rows in the order of their ids.

    connection: with the views `series`, over this very file, and `affected`.
    """
    marked = series.with_suffix(".marked")
    batches: pa.RecordBatchReader = connection.sql(_MARKED).to_arrow_reader(_SERIES_AT_ONCE)
    with Writer("series", marked) as writer:
        for batch in batches:
            writer.append_batch(batch)
    marked.replace(series)
