"""The index of a version's files: how many of each kind lie in which stretch of the table, and every path in two parts.

Made once, when a version is: with it the page of Files reads what it shows, and not ten million rows to count them.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core.records import Watcher
from biodatamine_core.tables import Writer

if TYPE_CHECKING:
    import duckdb

OF_KIND = "format, role, readable, problem_kind, findings"
"""SQL: the columns of `files` that files of one kind share."""
KIND = f"(hash({OF_KIND}) >> 1)::BIGINT AS kind"
"""SQL: the number of a kind. It is compared within one version only, so that another DuckDB may number otherwise."""

_READ = ["place", "path", *OF_KIND.split(", ")]
_KINDS = f"""
SELECT $first_place::BIGINT AS first_place, {KIND}, {OF_KIND}, count(*) AS files FROM stretch
GROUP BY {OF_KIND} ORDER BY files DESC, kind
"""
_PATHS = f"""
SELECT place, {KIND}, left(lowered, length(lowered) - length(name)) AS folder, name
FROM (SELECT *, lower(path) AS lowered, split_part(lowered, '/', -1) AS name FROM stretch) ORDER BY place
"""


def write(
    connection: "duckdb.DuckDBPyConnection", files: Path, kinds: Path, paths: Path, watcher: Watcher | None = None
) -> None:
    """The tables `file_kinds` and `file_paths` of the staged table files, whose rows stand by place.

    A stretch is a row group of it, so that no more is in memory. The watcher may stop it by raising.
    """
    import pyarrow.parquet as pq

    counted = []
    with pq.ParquetFile(files, pre_buffer=False) as source, Writer("file_paths", paths) as placed:
        for number in range(source.num_row_groups):
            if watcher is not None:
                watcher.check()
            rows = source.read_row_group(number, columns=_READ)
            connection.register("stretch", rows)
            placed.append_batches(connection.sql(_PATHS).to_arrow_table().to_batches())
            first = {"first_place": rows.column("place")[0].as_py()}
            counted += connection.sql(_KINDS, params=first).to_arrow_table().to_batches()
            connection.unregister("stretch")
    with Writer("file_kinds", kinds) as writer:
        writer.append_batches(counted)
