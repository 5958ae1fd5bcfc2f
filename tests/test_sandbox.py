"""Free SQL in a process of its own: it answers, or it refuses in words, and within its limits."""

import time
from pathlib import Path

import duckdb
import pytest

from biodatamine_core import sandbox, tables
from biodatamine_core.errors import QueryRefused
from biodatamine_core.records import FileRecord, Role
from biodatamine_core.version_files import VersionFiles

LIMITS = sandbox.Limits(rows=100, seconds=1.5, memory_mb=128, answer_bytes=4_000_000)


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("version")
    files = [
        FileRecord(file_id="1", path="a.dcm", role=Role.IMAGE, format="DICOM", size_bytes=3, shape=(2, 3)),
        FileRecord(file_id="2", path="b.txt", role=Role.SIDECAR, format="text", size_bytes=4),
    ]
    paths = {name: [folder / f"{name}.parquet"] for name in tables.RECORDS}
    for name, (path,) in paths.items():
        with tables.Writer(name, path) as writer:
            writer.append(files if name == "files" else [])
    return paths


def test_a_select_over_the_views_is_answered(parquet: dict[str, list[Path]]) -> None:
    answer = sandbox.run(parquet, "SELECT path, shape, size_bytes FROM images ORDER BY path", LIMITS)
    assert answer.table.to_pylist() == [
        {"path": "a.dcm", "shape": [2, 3], "size_bytes": 3},
        {"path": "b.txt", "shape": None, "size_bytes": 4},
    ]
    assert not answer.is_cut and answer.seconds < LIMITS.seconds


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT current_setting('allowed_paths')",
        "SELECT name, value FROM duckdb_settings()",
        "SELECT sql FROM duckdb_views()",
        "SELECT * FROM sqlite_master",
        "SELECT filename FROM read_parquet('version://files/0', filename = true)",
        "SELECT file_name FROM parquet_metadata('version://files/0')",
    ],
)
def test_nothing_tells_where_the_store_lies(parquet: dict[str, list[Path]], sql: str) -> None:
    answer = sandbox.run(parquet, sql, LIMITS)
    assert answer.table.num_rows
    assert str(parquet["files"][0].parent) not in str(answer.table.to_pylist())


def test_a_file_of_the_version_is_not_read_by_its_own_path(parquet: dict[str, list[Path]]) -> None:
    with pytest.raises(QueryRefused, match="disabled by configuration"):
        sandbox.run(parquet, f"SELECT * FROM '{parquet['files'][0]}'", LIMITS)


def test_threads_that_read_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "large.parquet"
    files = VersionFiles({"large": [path]})
    with duckdb.connect(config={"threads": 4}) as connection:
        made = "SELECT i, md5(i::VARCHAR) AS t FROM range(600_000) r(i)"
        connection.execute(f"COPY ({made}) TO '{path}' (ROW_GROUP_SIZE 20_000)")
        connection.register_filesystem(files)
        sums = "SELECT count(*), sum(i), min(t), max(t) FROM"
        (name,) = files.names["large"]
        read = connection.execute(f"{sums} read_parquet('{name}')").fetchall()
        assert read == connection.execute(f"{sums} ({made})").fetchall()
        connection.unregister_filesystem("version")


def test_what_a_shell_asks_may_be_long(parquet: dict[str, list[Path]]) -> None:
    answer = sandbox.run(parquet, "SELECT i, sum(i) OVER () AS s FROM range(30_000) r(i)", sandbox.Limits.of_shell(128))
    assert (answer.table.num_rows, answer.is_cut) == (30_000, False)
    assert answer.table.column("s")[0].as_py() == 449_985_000


def test_a_sum_is_a_whole_number_and_what_no_table_holds_is_text(parquet: dict[str, list[Path]]) -> None:
    answer = sandbox.run(parquet, "SELECT sum(size_bytes) AS n, {'a': 1} AS s, INTERVAL 1 DAY AS d FROM files", LIMITS)
    assert answer.table.to_pylist() == [{"n": 7, "s": "{'a': 1}", "d": "1 day"}]


def test_a_sum_beyond_64_bits_is_a_number_still(parquet: dict[str, list[Path]]) -> None:
    answer = sandbox.run(parquet, "SELECT sum(9223372036854775807) AS n FROM files", LIMITS)
    assert answer.table.to_pylist() == [{"n": 2.0**64}]


def test_two_columns_of_one_name_are_both_kept(parquet: dict[str, list[Path]]) -> None:
    assert sandbox.run(parquet, "SELECT 1 AS a, 2 AS a", LIMITS).table.to_pylist() == [{"a": 1, "a_2": 2}]


@pytest.mark.parametrize(("rows", "is_cut"), [(100, False), (101, True)])
def test_rows_past_the_limit_are_cut_and_the_answer_says_so(
    parquet: dict[str, list[Path]], rows: int, is_cut: bool
) -> None:
    answer = sandbox.run(parquet, f"SELECT * FROM range({rows})", LIMITS)
    assert (answer.table.num_rows, answer.is_cut) == (100, is_cut)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        pytest.param("SELECT * FROM read_text('/etc/passwd')", "Cannot access", id="a file of the machine"),
        pytest.param("SELECT * FROM '/etc/passwd'", "Cannot access|does not exist", id="a file as a table"),
        pytest.param("SELECT * FROM glob('/*')", "Cannot access|disabled", id="a listing of the machine"),
        pytest.param("SELECT * FROM read_csv('http://127.0.0.1:1/x')", "Cannot access|disabled", id="an address"),
        pytest.param("ATTACH '/tmp/other.db'", "One SELECT", id="another database"),
        pytest.param("COPY files TO '/tmp/stolen.csv'", "One SELECT", id="a copy"),
        pytest.param("INSTALL httpfs", "One SELECT", id="an extension"),
        pytest.param("LOAD httpfs", "One SELECT", id="an extension that is there"),
        pytest.param("PRAGMA enable_external_access", "One SELECT|failed", id="a pragma"),
        pytest.param("SET memory_limit = '64GB'", "One SELECT", id="the limits themselves"),
        pytest.param("CREATE TABLE t AS SELECT 1", "One SELECT", id="a table"),
        pytest.param("SELECT 1; DROP VIEW files", "One SELECT", id="a second statement"),
        pytest.param("", "One SELECT", id="nothing"),
        pytest.param("SELECT getenv('HOME')", "does not exist", id="a variable of the server"),
        pytest.param("SELECT repeat('x', 4000000000)", "more than 128 MB", id="one endless text"),
        pytest.param("SELECT repeat('x', 5000000)", "larger than 4 MB", id="one text past the answer's limit"),
        pytest.param("SELECT repeat('x', 100000) FROM range(100)", "larger than 4 MB", id="many texts"),
        pytest.param("SELECT list(range) FROM range(1000000000)", "more than 128 MB", id="an endless list"),
        pytest.param(
            "SELECT count(*) FROM range(100000000000) a, range(1000000) b", "stopped after 1.5 s", id="an endless join"
        ),
        pytest.param(
            "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t",
            "stopped after 1.5 s|more than 128 MB",
            id="an endless recursion",
        ),
        pytest.param(f"SELECT {'(' * 5000}1{')' * 5000}", "depth", id="a deep expression"),
        pytest.param(f"SELECT {'1 + ' * 8000}1", "at most 20,000", id="a query of absurd length"),
    ],
)
def test_what_is_hostile_is_refused_in_words_and_in_time(parquet: dict[str, list[Path]], sql: str, said: str) -> None:
    start = time.monotonic()
    with pytest.raises(QueryRefused, match=said):
        sandbox.run(parquet, sql, LIMITS)
    assert time.monotonic() - start < LIMITS.seconds + sandbox.START_SECONDS
