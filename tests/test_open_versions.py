"""Connections that stay open between two questions, and no more of them than a server can hold."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from biodatamine_core import open_versions, tables
from biodatamine_core.database import ask
from biodatamine_core.errors import QueryRefused
from biodatamine_core.records import FileRecord


def version(folder: Path, name: str) -> dict[str, list[Path]]:
    """One with a single file, which has this name."""
    path = folder / f"{name}.parquet"
    with tables.Writer("files", path) as writer:
        writer.append([FileRecord("1", name)])
    return {"files": [path]}


def name_of(parquet: dict[str, list[Path]]) -> str:
    with open_versions.cursor(parquet, 64) as connection:
        return str(connection.execute("SELECT path FROM files").fetchall()[0][0])


def test_every_version_answers_for_itself_however_many_are_asked(tmp_path: Path) -> None:
    versions = {f"{n}": version(tmp_path, f"{n}") for n in range(2 * open_versions.KEPT)}
    with ThreadPoolExecutor(4) as people:
        assert list(people.map(name_of, 2 * [*versions.values()])) == 2 * [*versions]


def test_a_version_that_is_being_asked_stays_open_whatever_else_is_opened(tmp_path: Path) -> None:
    with open_versions.cursor(version(tmp_path, "long"), 64) as connection:
        for n in range(2 * open_versions.KEPT):
            name_of(version(tmp_path, f"{n}"))
        assert connection.execute("SELECT path FROM files").fetchall() == [("long",)]


def test_two_who_ask_one_version_share_no_temporary_table_and_no_way_out(tmp_path: Path) -> None:
    parquet = version(tmp_path, "shared")
    with ExitStack() as stack:
        first, second = (stack.enter_context(open_versions.cursor(parquet, 64)) for _ in range(2))
        for number, connection in enumerate((first, second)):
            connection.execute(f"CREATE TEMP TABLE kinds AS SELECT {number} AS n")
        assert first.execute("FROM kinds").fetchall() == [(0,)]
        with pytest.raises(QueryRefused), ask(second, "FROM read_text('/etc/hostname')") as answer:
            answer.fetchall()
    assert name_of(parquet) == "shared"


def test_footers_are_kept_for_everybody_who_asks(tmp_path: Path) -> None:
    with open_versions.cursor(version(tmp_path, "kept"), 64) as connection:
        assert connection.execute("SELECT current_setting('parquet_metadata_cache')").fetchall() == [(True,)]
