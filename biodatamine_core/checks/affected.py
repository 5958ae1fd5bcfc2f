"""What each finding counts, written as the table `affected`."""

from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Found
from biodatamine_core.tables import Writer

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROW_GROUP = 122_880
"""Rows that are held at once: DuckDB's own size of a row group."""


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
