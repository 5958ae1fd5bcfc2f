"""Record class <-> Arrow schema <-> Parquet; what a column means stands in columns.py."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from biodatamine_core.records import (
    Affected,
    Clue,
    FileKind,
    FilePath,
    FileRecord,
    Finding,
    SeriesDoubt,
    SeriesKind,
    SeriesPlace,
    SeriesRecord,
    Thumbnail,
)
from biodatamine_core.tables.batches import array_of, batch_of
from biodatamine_core.tables.columns import COLUMNS, TABLES_TEXT

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "COLUMNS",
    "INDEXES",
    "RECORDS",
    "TABLES_TEXT",
    "Writer",
    "from_batch",
    "from_rows",
    "markdown",
    "schema",
    "sql_types",
    "to_batch",
    "with_columns",
]

RECORDS: dict[str, type] = {
    "files": FileRecord,
    "series": SeriesRecord,
    "clues": Clue,
    "findings": Finding,
    "affected": Affected,
    "thumbnails": Thumbnail,
    "file_kinds": FileKind,
    "file_paths": FilePath,
    "series_kinds": SeriesKind,
    "series_places": SeriesPlace,
    "series_doubts": SeriesDoubt,
}

INDEXES = frozenset({"file_kinds", "file_paths", "series_doubts", "series_kinds", "series_places"})
"""Tables that say nothing new: pages are faster by them. Nobody needs to take them away."""


@cache
def schema(table: str) -> "pa.Schema":
    """The Arrow schema of a table, from its record class."""
    import pyarrow as pa  # 315 ms: imported by who writes tables, not by who starts

    hints = get_type_hints(RECORDS[table])
    return pa.schema([pa.field(f.name, _arrow_type(hints[f.name])) for f in fields(RECORDS[table])])


@cache
def sql_types(table: str) -> dict[str, str]:
    """column -> DuckDB type, in the schema's order; {} for what is none of our tables."""
    if table not in RECORDS:
        return {}
    hints = get_type_hints(RECORDS[table])
    return {f.name: _sql_type(hints[f.name]) for f in fields(RECORDS[table])}


def to_batch(table: str, records: Sequence[Any], over: Sequence[Mapping[str, Any]] | None = None) -> "pa.RecordBatch":
    """Records of one table as an Arrow batch, columns in the schema's order.

    over: for each record the columns whose values differ from it; cheaper than a changed copy of the record.
    """
    return batch_of(schema(table), records, over)


def with_columns(table: str, batch: "pa.RecordBatch", columns: Mapping[str, Sequence[Any]]) -> "pa.RecordBatch":
    """Rows of one table, all its columns in the schema's order, with these in the place of theirs."""
    of_table = schema(table)
    for name, values in columns.items():
        place = of_table.get_field_index(name)
        batch = batch.set_column(place, name, array_of(values, of_table.field(place).type))
    return batch


def from_rows(table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[Any]:
    """Records from query rows: `names` are the columns selected; lists become tuples, words become their enums."""
    cls = RECORDS[table]
    hints = get_type_hints(cls)
    enums = {n: e for n in names if (e := _enum_in(hints[n]))}
    for row in rows:
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in zip(names, row, strict=True)}
        for name, enum in enums.items():
            if values[name] is not None:
                values[name] = enum(values[name])
        yield cls(**values)


def from_batch(table: str, batch: "pa.RecordBatch | pa.Table") -> Iterable[Any]:
    """Records from rows in Arrow: some columns of one table, lists as tuples, words as their enums.

    A column without a value in any row is left as a record has it by itself.
    """
    cls = RECORDS[table]
    hints = get_type_hints(cls)
    columns: dict[str, list[Any]] = {}
    for name, column in zip(batch.column_names, batch.columns, strict=True):
        if column.null_count == len(column):
            continue
        values = column.to_pylist()
        kind = tuple if get_origin(_without_none(hints[name])) is tuple else _enum_in(hints[name])
        columns[name] = [value if value is None else kind(value) for value in values] if kind else values
    for row in zip(*columns.values(), strict=True):
        yield cls(**dict(zip(columns, row, strict=True)))


_STORED: dict[str, dict[str, Any]] = {
    # What a page looks at whole is unpacked in half the time, and of numbers in a row next to nothing is kept.
    "file_paths": {
        "compression": "lz4",
        "use_dictionary": ["kind", "folder", "name"],
        "column_encoding": {"place": "DELTA_BINARY_PACKED"},
    },
    "series_places": {
        "compression": "lz4",
        "use_dictionary": ["kind", "sex", "age", "year", "matrix", "spacing"],
        "column_encoding": {"by_id": "DELTA_BINARY_PACKED"},
    },
    # The least and the greatest of its pictures would be whole pictures in the footer, which every connection holds.
    "thumbnails": {"write_statistics": ["series_id", "width", "height", "problem_kind", "problem"]},
}
"""Table -> how ParquetWriter keeps it, where that is not as usual."""


class Writer:
    """Appends records of one table to one Parquet file, a row group a batch; a context manager.

    The file is whole only once the writer is closed: write to a staging path, then move it.
    """

    def __init__(self, table: str, path: Path) -> None:
        import pyarrow.parquet as pq

        self.table = table
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(path, schema(table), **{"compression": "zstd"} | _STORED.get(table, {}))

    def append(self, records: Sequence[Any]) -> None:
        if records:
            self._writer.write_batch(to_batch(self.table, records))

    def append_batch(self, batch: "pa.RecordBatch") -> None:
        if batch.num_rows:
            self._writer.write_batch(batch)

    def append_batches(self, batches: "Sequence[pa.RecordBatch]") -> None:
        """Several batches as one row group."""
        import pyarrow as pa

        together = pa.Table.from_batches(batches, schema(self.table))
        if together.num_rows:
            self._writer.write_table(together, row_group_size=together.num_rows)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def markdown() -> str:
    """docs/tables.md, made from COLUMNS and the schemas."""
    lines = [
        "# The tables",
        "",
        "Made by `make docs` from `biodatamine_core/tables/columns.py`; a test keeps it true.",
        "Parquet, one set per version. `images` is a view: every file with its series' columns; a name that both",
        "have gets `series_` for the series' one. Where a file is in no series they are null, but `modality` is what",
        "the file states.",
    ]
    for table, columns in COLUMNS.items():
        lines += ["", f"## {table}", "", TABLES_TEXT[table], "", "| column | type | meaning |", "|---|---|---|"]
        types: Mapping[str, str] = {f.name: str(f.type).replace("item: ", "") for f in schema(table)}
        lines += [f"| {name} | {types[name]} | {text} |" for name, text in columns.items()]
    return "\n".join(lines) + "\n"


def _arrow_type(hint: Any) -> "pa.DataType":
    import pyarrow as pa

    hint = _without_none(hint)
    if get_origin(hint) is tuple:
        return pa.list_(_arrow_type(get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return pa.string()
    return {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), bytes: pa.binary()}[hint]


def _sql_type(hint: Any) -> str:
    hint = _without_none(hint)
    if get_origin(hint) is tuple:
        return f"{_sql_type(get_args(hint)[0])}[]"
    return {int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", bytes: "BLOB"}.get(hint, "VARCHAR")


def _enum_in(hint: Any) -> type[StrEnum] | None:
    hint = _without_none(hint)
    return hint if isinstance(hint, type) and issubclass(hint, StrEnum) else None


def _without_none(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        return next(arg for arg in get_args(hint) if arg is not type(None))
    return hint
