"""The tables: columns, types, documentation, and the way there and back."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biodatamine_core import database, tables
from biodatamine_core.records import Dimensions, FileRecord, Role, SeriesRecord, Severity
from biodatamine_core.tables.batches import array_of

DOCS = Path(__file__).parents[1] / "docs" / "tables.md"


@pytest.mark.parametrize("table", tables.RECORDS)
def test_every_column_is_documented_in_the_order_of_its_record(table: str) -> None:
    assert [*tables.COLUMNS[table]] == [f.name for f in fields(tables.RECORDS[table])] == tables.schema(table).names
    assert all(text.endswith((".", ")")) for text in tables.COLUMNS[table].values())


def test_the_page_about_the_tables_is_made_from_the_code() -> None:
    assert DOCS.read_text(encoding="utf-8") == tables.markdown(), "run `make docs`"


def test_records_survive_parquet_unchanged(tmp_path: Path) -> None:
    records = [
        FileRecord(
            file_id="a", path="x.zip!/1.dcm", readable=True, role=Role.IMAGE, shape=(4, 5), spacing_mm=(0.5, 0.7)
        ),
        FileRecord(file_id="b", path="x.zip!/naïve ✓.txt", identifying_tags=()),
    ]
    with tables.Writer("files", tmp_path / "files.parquet") as writer:
        writer.append(records)
    with database.connect() as connection:
        answer = connection.execute("SELECT * FROM read_parquet(?) ORDER BY file_id", [str(tmp_path / "files.parquet")])
        names = [column[0] for column in answer.description]
        assert [*tables.from_rows("files", names, answer.fetchall())] == records


def test_an_empty_table_keeps_its_schema(tmp_path: Path) -> None:
    with tables.Writer("findings", tmp_path / "findings.parquet") as writer:
        writer.append([])
    assert pq.read_schema(tmp_path / "findings.parquet").equals(tables.schema("findings"))


def test_enums_come_back_as_enums(tmp_path: Path) -> None:
    record = SeriesRecord("s", "a/", "DICOM", Role.IMAGE, 3, 10, "f", dimensions=Dimensions.VOLUME)
    with tables.Writer("series", tmp_path / "series.parquet") as writer:
        writer.append([record])
    with database.connect() as connection:
        answer = connection.execute("SELECT * FROM read_parquet(?)", [str(tmp_path / "series.parquet")])
        names = [column[0] for column in answer.description]
        (back,) = tables.from_rows("series", names, answer.fetchall())
    assert back == record and isinstance(back.dimensions, Dimensions)


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        pytest.param(pa.string(), ["a", None, "", "größer", Severity.NOTE], id="text"),
        pytest.param(pa.string(), ["plain", "text"], id="text without nulls"),
        pytest.param(pa.binary(), [b"\xff", None, b""], id="bytes"),
        pytest.param(pa.int64(), [1, None, -(1 << 62)], id="integers"),
        pytest.param(pa.float64(), [0.5, None, 3], id="numbers"),
        pytest.param(pa.bool_(), [*[True, False, None] * 5, True], id="booleans"),
        pytest.param(pa.list_(pa.float64()), [(1.0, 2.0), None, (), (3.0,)], id="lists"),
        pytest.param(pa.list_(pa.string()), [("a", None), None, (), ("b",)], id="lists with nulls in them"),
        pytest.param(pa.list_(pa.int64()), [None, None], id="nothing but nulls"),
        pytest.param(pa.string(), [], id="nothing"),
    ],
)
def test_columns_hold_the_values_they_were_made_of(type_: pa.DataType, values: list[Any]) -> None:
    made = array_of(values, type_)
    made.validate(full=True)
    assert made.equals(pa.array(values, type_))


def test_a_number_too_large_for_its_column_is_refused() -> None:
    with pytest.raises(OverflowError):
        array_of([1 << 70], pa.int64())


def test_columns_that_differ_from_the_record_win(tmp_path: Path) -> None:
    records = [FileRecord(file_id="", path="a", format="PNG"), FileRecord(file_id="", path="b", format="PNG")]
    batch = tables.to_batch("files", records, [{"file_id": "1"}, {"file_id": "2", "format": "JPEG"}])
    assert batch.select(["file_id", "path", "format"]).to_pylist() == [
        {"file_id": "1", "path": "a", "format": "PNG"},
        {"file_id": "2", "path": "b", "format": "JPEG"},
    ]


def test_arrow_gives_back_the_memory_that_it_frees() -> None:
    code = "import biodatamine_core, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "system"
