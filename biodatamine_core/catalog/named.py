"""Which files and series the findings name: all that they count, or in an older version their examples."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

FINDING = "concat_ws(':', code, nullif(subject, ''))"
"""SQL: how one finding is called, in the column `findings` of series and in addresses."""


def finding_name(code: str, subject: str) -> str:
    """The same for one finding."""
    return f"{code}:{subject}" if subject else code


_EXAMPLES = """
CREATE TEMP TABLE IF NOT EXISTS named AS
WITH examples AS (SELECT code, subject, scope, unnest(examples) AS path FROM findings)
SELECT DISTINCT code, subject, series_id, file_id FROM examples JOIN files USING (path) WHERE scope = 'file'
UNION SELECT code, subject, series_id, NULL FROM examples JOIN series USING (path) WHERE scope = 'series'
"""
_MARKED = f"""
CREATE TEMP TABLE IF NOT EXISTS marks AS
SELECT series_id, list(DISTINCT {FINDING} ORDER BY {FINDING}) AS codes FROM named
WHERE series_id IS NOT NULL GROUP BY series_id;
CREATE TEMP VIEW IF NOT EXISTS marked AS
SELECT series.* REPLACE (coalesce(codes, []) AS findings) FROM series LEFT JOIN marks USING (series_id)
"""


def is_complete(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Whether the version lists all that its findings count; one from before `affected` knows only their examples."""
    row = connection.execute("SELECT EXISTS (FROM affected) OR NOT EXISTS (FROM findings WHERE count > 0)").fetchone()
    return row is not None and bool(row[0])


def remember_named(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make for this connection, once, `named` (as `affected`) and `marked` (`series` with its findings)."""
    if is_complete(connection):
        connection.execute("CREATE TEMP VIEW IF NOT EXISTS named AS FROM affected")
        connection.execute("CREATE TEMP VIEW IF NOT EXISTS marked AS FROM series")
    else:
        connection.execute(_EXAMPLES)
        connection.execute(_MARKED)
