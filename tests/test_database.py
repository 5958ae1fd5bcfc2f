"""The connection over one version: its views, and the lock around free SQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from biodatamine_core import database, tables
from biodatamine_core.errors import QueryRefused
from biodatamine_core.records import Dimensions, FileRecord, Role, SeriesRecord


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Any]:
    files = [
        FileRecord(file_id="1", path="a.zip!/1.dcm", role=Role.IMAGE, format="DICOM", series_id="s"),
        FileRecord(file_id="2", path="a.zip!/notes.txt", role=Role.SIDECAR, format="text"),
        FileRecord(file_id="3", path="a.zip!/plan.dcm", role=Role.OBJECT, format="DICOM", modality_tag="RTPLAN"),
    ]
    series = [
        SeriesRecord("s", "a.zip!/", "DICOM", Role.IMAGE, 1, 9, "1", dimensions=Dimensions.IMAGE_2D, modality="CT"),
    ]
    parquet = {name: [tmp_path / f"{name}.parquet"] for name in tables.RECORDS}
    for name, (path,) in parquet.items():
        with tables.Writer(name, path) as writer:
            writer.append({"files": files, "series": series}.get(name, []))
    with database.open_version(parquet) as connection:
        yield connection


def test_images_gives_every_file_its_series(connection: Any) -> None:
    rows = connection.execute("SELECT path, series_path, dimensions, modality FROM images ORDER BY file_id").fetchall()
    assert rows == [
        ("a.zip!/1.dcm", "a.zip!/", "2D", "CT"),
        ("a.zip!/notes.txt", None, None, None),
        ("a.zip!/plan.dcm", None, None, "RTPLAN"),
    ]


def test_a_version_from_before_a_column_reads_it_as_null(tmp_path: Path) -> None:
    parquet = {name: [tmp_path / f"{name}.parquet"] for name in ("files", "series")}
    with duckdb.connect() as old:
        old.execute(
            "COPY (SELECT '1' AS file_id, 'a.png' AS path, 's' AS series_id, 'image' AS role) TO ?",
            [str(parquet["files"][0])],
        )
        old.execute(
            "COPY (SELECT 's' AS series_id, 'a.png' AS path, '2D' AS dimensions) TO ?", [str(parquet["series"][0])]
        )
    with database.open_version(parquet) as connection:
        for name in parquet:
            described = connection.execute(f"DESCRIBE {name}").fetchall()
            assert {row[0]: row[1] for row in described} == tables.sql_types(name)
        assert connection.execute("SELECT path, dimensions, shape, modality FROM images").fetchall() == [
            ("a.png", "2D", None, None)
        ]


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT * FROM read_text('/etc/passwd')", id="a file of the machine"),
        pytest.param("SELECT * FROM glob('/*')", id="a listing of the machine"),
        pytest.param("COPY files TO '/tmp/stolen.csv'", id="a copy"),
        pytest.param("ATTACH '/tmp/other.db'", id="another database"),
        pytest.param("INSTALL httpfs", id="an extension"),
        pytest.param("SET enable_external_access = true", id="the lock itself"),
        pytest.param("PRAGMA database_list", id="a pragma"),
        pytest.param("CREATE TABLE t AS SELECT 1", id="a table"),
        pytest.param("SELECT 1; SELECT 2", id="two statements"),
        pytest.param("", id="nothing"),
        pytest.param("SELEC path FROM files", id="a typing error"),
        pytest.param("SELECT no_such_column FROM files", id="an unknown column"),
        pytest.param("SELECT path::INTEGER FROM files", id="a value that fails while it is fetched"),
    ],
)
def test_free_sql_answers_one_select_over_the_views_and_nothing_else(connection: Any, sql: str) -> None:
    with pytest.raises(QueryRefused), database.ask(connection, sql) as answer:
        answer.fetchall()


def test_a_with_clause_is_a_select(connection: Any) -> None:
    with database.ask(connection, "WITH f AS (SELECT * FROM files) SELECT count(*) FROM f") as answer:
        assert answer.fetchall() == [(3,)]


@pytest.mark.parametrize(
    ("memory_limit_mb", "expected"),
    [
        pytest.param(32, 1, id="less than a thread needs"),
        pytest.param(128, 2, id="two"),
        pytest.param(4096, 3, id="all"),
    ],
)
def test_a_database_has_no_more_threads_than_its_cap_has_room_for(memory_limit_mb: int, expected: int) -> None:
    with database.connect(memory_limit_mb, threads=3) as connection:
        assert connection.execute("SELECT current_setting('threads')").fetchall() == [(expected,)]


@pytest.mark.parametrize(
    ("files", "series", "expected"),
    [
        pytest.param(1_000_000, 100_000, "122.0 MiB", id="a million files fit"),
        pytest.param(10_000_000, 100_000, "476.8 MiB", id="ten million files"),
        pytest.param(1_000_000, 1_000_000, "476.8 MiB", id="a million series"),
    ],
)
def test_the_cap_rises_only_where_there_are_millions_of_rows(files: int, series: int, expected: str) -> None:
    with database.connect(128) as connection:
        database.make_room(connection, 128, files, series)
        assert connection.execute("SELECT current_setting('memory_limit')").fetchall() == [(expected,)]
