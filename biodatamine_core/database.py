"""The DuckDB connection: caps, the views over one version's tables, and the lock for free SQL."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from biodatamine_core import tables
from biodatamine_core.errors import QueryRefused

if TYPE_CHECKING:
    import duckdb

    from biodatamine_core.version_files import VersionFiles


LEAST_THREAD_MB = 64
"""Of the cap: what a thread sorts or hashes at once cannot spill, so that more threads would fail."""

_FILES_A_MB, _SERIES_A_MB = 20_000, 2_000
"""Some of what joins and aggregates hold never goes to disk: marking ten million files of a million series did not fit
under 128 MB, and did under 512."""


def connect(
    memory_limit_mb: int = 512, threads: int = 2, scratch_dir: Path | None = None
) -> "duckdb.DuckDBPyConnection":
    """A private in-memory database under a memory cap; what does not fit spills into scratch_dir.

    threads: at most, and no more than the cap has room for.
    """
    import duckdb  # 180 ms: imported by who queries, not by who starts

    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_limit_mb}MB",
            "threads": max(1, min(threads, memory_limit_mb // LEAST_THREAD_MB)),
            "temp_directory": str(scratch_dir or Path(gettempdir()) / "biodatamine-duckdb"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        },
    )


def make_room(connection: "duckdb.DuckDBPyConnection", memory_limit_mb: int, files: int, series: int = 0) -> None:
    """Raise the cap above memory_limit_mb where so many rows are known to need more: from some millions of files on."""
    enough_mb = max(memory_limit_mb, files // _FILES_A_MB, series // _SERIES_A_MB)
    connection.execute(f"SET memory_limit = '{enough_mb}MB'")


def open_version(
    parquet: Mapping[str, Sequence[Path | str]],
    memory_limit_mb: int = 512,
    may_spill: bool = True,
    scratch_dir: Path | None = None,
    filesystem: "VersionFiles | None" = None,
) -> "duckdb.DuckDBPyConnection":
    """A connection with a view a table over a version's files, and `images`, which joins `files` and `series`.

    `thumbnail_rows` has the number of each row beside it: by it a picture is found among millions in no order.

    parquet: table name -> its Parquet files. A table that is younger than the version is there, and empty.
    may_spill: what does not fit into memory goes to disk, into scratch_dir; otherwise it fails.
    filesystem: where names with a protocol of its own are looked up.
    The connection reads nothing but these files: external access is off and the configuration is locked.
    """
    connection = connect(memory_limit_mb, scratch_dir=scratch_dir)
    if not may_spill:
        connection.execute("SET temp_directory = ''")
    # A version's files never change: their footers, megabytes of them, are read once and not by every question. GLOBAL,
    # because cursors are connections of their own.
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    if filesystem is not None:
        connection.register_filesystem(filesystem)
    for name, paths in parquet.items():
        create_view(connection, name, paths)
    for name in tables.RECORDS.keys() - parquet.keys():
        connection.execute(_empty_view(name))
    if "thumbnails" in parquet:
        create_view_of_rows(connection, "thumbnail_rows", parquet["thumbnails"])
    else:
        connection.execute("CREATE VIEW thumbnail_rows AS SELECT *, NULL::BIGINT AS file_row_number FROM thumbnails")
    if {"files", "series"} <= set(parquet):
        connection.execute(images_view())
    allowed = ", ".join(_quoted(path) for paths in parquet.values() for path in paths)
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def create_view(connection: "duckdb.DuckDBPyConnection", name: str, paths: Sequence[Path | str]) -> None:
    """`name` becomes a view over Parquet files of one table.

    Versions never change, tables grow: a column that is younger than the files is null in the view.
    """
    source = f"read_parquet([{', '.join(_quoted(path) for path in paths)}])"
    present = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    younger = [column for column in tables.sql_types(name).items() if column[0] not in present]
    nulls = "".join(f', NULL::{sql_type} AS "{column}"' for column, sql_type in younger)
    connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT *{nulls} FROM {source}')


def create_view_of_rows(connection: "duckdb.DuckDBPyConnection", name: str, paths: Sequence[Path | str]) -> None:
    """`name` becomes a view over Parquet files as they are, with the number of a row in its file, `file_row_number`."""
    listed = ", ".join(_quoted(path) for path in paths)
    connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS FROM read_parquet([{listed}], file_row_number = true)')


def _empty_view(name: str) -> str:
    """The SQL of a table without rows."""
    columns = ", ".join(f'NULL::{sql_type} AS "{column}"' for column, sql_type in tables.sql_types(name).items())
    return f'CREATE OR REPLACE VIEW "{name}" AS SELECT {columns} WHERE false'


_IN_SERIES = "'image', 'segmentation', 'other'"
"""Roles of the files that make up a series; of the others those have one that hold the voxels of a header."""


def images_view() -> str:
    """The SQL that makes `images`: every file with its series' columns.

    A name that both have gets `series_` for the series' one. What holds the voxels of a header beside it (.BRIK, .raw,
    chunks of a Zarr) is of its series. The series' columns are null where a file is no image, as a sidecar; only
    `modality` is then what the file itself states, so that a report or a plan is found by it.
    """
    in_files = set(tables.COLUMNS["files"])
    columns = {name: f'series."{name}"' for name in tables.COLUMNS["series"] if name != "series_id"}
    columns["modality"] = "coalesce(series.modality, files.modality_tag)"
    named = [f'{sql} AS "{f"series_{name}" if name in in_files else name}"' for name, sql in columns.items()]
    selected = ", ".join(["files.*", *named])
    joined = f"LEFT JOIN series ON files.series_id = series.series_id AND files.role IN ({_IN_SERIES})"
    return f"CREATE OR REPLACE VIEW images AS SELECT {selected} FROM files {joined}"


@contextmanager
def ask(connection: "duckdb.DuckDBPyConnection", sql: str) -> "Iterator[duckdb.DuckDBPyRelation]":
    """The answer to one free SELECT on a locked connection, to be fetched within the block.

    Raises QueryRefused, also for what fails only while rows are fetched.
    """
    import duckdb

    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryRefused("One SELECT at a time is answered here; nothing else runs.")
        yield connection.sql(sql)
    except duckdb.Error as error:
        raise QueryRefused(f"The query failed: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"
