"""Every file and every series with the findings that name it: all that they count, or in an older version examples.

Pages ask `listed`, the files with their `place` by path and `findings` as one text, a line each, and the index of them
(`kinds`, `paths`: see file_index.py); and `marked`, the series, and theirs (`sorts`, `placed`: see series_index.py). A
newer version's tables are these already; of an older one they are made once a connection.
"""

from typing import TYPE_CHECKING

from biodatamine_core.catalog import series_index
from biodatamine_core.catalog.file_index import KIND, OF_KIND

if TYPE_CHECKING:
    import duckdb

FINDING = "concat_ws(':', code, nullif(subject, ''))"
"""SQL: how one finding is called, in the columns `findings` of files and series and in addresses."""


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
_LISTED = f"""
CREATE TEMP TABLE IF NOT EXISTS listed AS
SELECT file_id, path, format, role, readable, problem_kind, problem, size_bytes, series_id, shape,
       array_to_string(list_concat(own, of_series), chr(10)) AS findings,
       row_number() OVER (ORDER BY path, file_id) - 1 AS place
FROM files
LEFT JOIN (SELECT file_id, list(DISTINCT {FINDING}) AS own FROM named WHERE file_id IS NOT NULL GROUP BY file_id)
    USING (file_id)
LEFT JOIN (SELECT series_id, list(DISTINCT {FINDING}) AS of_series FROM named WHERE file_id IS NULL GROUP BY series_id)
    USING (series_id)
"""
_STRETCH = 65_536
_INDEX = f"""
CREATE TEMP TABLE IF NOT EXISTS kinds AS
SELECT place // {_STRETCH} * {_STRETCH} AS first_place, {KIND}, {OF_KIND}, count(*) AS files FROM listed GROUP BY ALL;
CREATE TEMP VIEW IF NOT EXISTS paths AS SELECT place, {KIND}, lower(path) AS folder, '' AS name FROM listed
"""


def is_complete(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Whether the version lists all that its findings count; one from before `affected` knows only their examples."""
    return _holds(connection, "FROM affected") or not _holds(connection, "FROM findings WHERE count > 0")


def remember_series(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `marked`, `sorts` and `placed` for this connection, once."""
    if is_complete(connection):
        connection.execute("CREATE TEMP VIEW IF NOT EXISTS marked AS FROM series")
    else:
        connection.execute(_EXAMPLES)
        connection.execute(_MARKED)
    if has_series_index(connection):
        connection.execute("CREATE TEMP VIEW IF NOT EXISTS sorts AS FROM series_kinds")
        connection.execute("CREATE TEMP VIEW IF NOT EXISTS placed AS FROM series_places")
    else:
        connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS sorts AS {series_index.KINDS}")
        connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS placed AS {series_index.PLACES}")


def remember_files(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `listed`, `kinds` and `paths` for this connection, once."""
    if _holds(connection, "FROM file_kinds"):
        for name, table in (("listed", "files"), ("kinds", "file_kinds"), ("paths", "file_paths")):
            connection.execute(f"CREATE TEMP VIEW IF NOT EXISTS {name} AS FROM {table}")
        return
    if _holds(connection, "FROM files WHERE place IS NOT NULL"):
        connection.execute("CREATE TEMP VIEW IF NOT EXISTS listed AS FROM files")
    else:
        affected = "CREATE TEMP VIEW IF NOT EXISTS named AS FROM affected"
        connection.execute(affected if is_complete(connection) else _EXAMPLES)
        connection.execute(_LISTED)
    connection.execute(_INDEX)


def counted_files(connection: "duckdb.DuckDBPyConnection") -> str:
    """SQL: kinds of files with how many `files` are of each; of an older version every file by itself."""
    return "file_kinds" if _holds(connection, "FROM file_kinds") else "(SELECT *, 1 AS files FROM files)"


EACH_SERIES = "(SELECT *, 1 AS series FROM series)"
"""SQL: every series by itself, as a kind of which there is one."""


def counted_series(connection: "duckdb.DuckDBPyConnection") -> str:
    """SQL: kinds of series with how many `series` are of each; of an older version every series by itself."""
    return "series_kinds" if has_series_index(connection) else EACH_SERIES


def has_series_index(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Whether the version has `series_kinds` and `series_places`."""
    return _holds(connection, "FROM series_places")


def _holds(connection: "duckdb.DuckDBPyConnection", rows: str) -> bool:
    return bool(connection.execute(f"SELECT 1 {rows} LIMIT 1").fetchall())
