"""Where each row of a table goes, and which findings count it: held as numbers, some ten bytes a row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biodatamine_core import memory

if TYPE_CHECKING:
    import duckdb
    import numpy as np

_ROWS_AT_ONCE = 65_536
_BITS_A_BYTE = 8

_FINDING = "concat_ws(':', code, nullif(subject, ''))"
_ORDERED = "SELECT file_row_number FROM read_parquet($table, file_row_number = true) ORDER BY {by}"
_COUNTED = f"""
SELECT rows.file_row_number, nth
FROM affected
JOIN (SELECT code, subject, row_number() OVER (ORDER BY {_FINDING}) - 1 AS nth FROM findings) USING (code, subject)
JOIN (SELECT file_row_number, {{key}} FROM read_parquet($table, file_row_number = true)) AS rows USING ({{key}})
WHERE {{where}}
"""


@dataclass(frozen=True, slots=True)
class Marks:
    """Of every row as it stands in the table: places (rows,), bits (rows, bytes), a bit for each of the names."""

    places: "np.ndarray[Any, np.dtype[np.int64]]"
    bits: "np.ndarray[Any, np.dtype[np.uint8]]"
    names: tuple[str, ...]

    def findings(self, first: int, stop: int) -> list[tuple[str, ...]]:
        """The names of the findings that count each row from the first to before stop."""
        import numpy as np

        alike, which = np.unique(self.bits[first:stop], axis=0, return_inverse=True)
        are_set = np.unpackbits(alike, axis=1, bitorder="little", count=len(self.names)).astype(bool)
        said = [tuple(name for name, is_set in zip(self.names, row, strict=True) if is_set) for row in are_set]
        return [said[one] for one in which.ravel().tolist()]


def marks_of(connection: "duckdb.DuckDBPyConnection", table: Path, by: str, keys: Mapping[str, str]) -> Marks:
    """The marks of a staged table. by: SQL, the order of the places.

    keys: column -> which rows of `affected` count the rows that have its value, an SQL condition.
    connection: with the views `findings` and `affected`. DuckDB sorts once and joins once for each key, one after
    another: all in one query, a million files did not always fit under its usual cap.
    """
    import numpy as np
    import pyarrow.parquet as pq

    rows = pq.read_metadata(table).num_rows
    names = [
        name for (name,) in connection.execute(f"SELECT {_FINDING} AS name FROM findings ORDER BY name").fetchall()
    ]
    places = np.empty(rows, np.int64)
    bits = np.zeros((rows, max(1, -(-len(names) // _BITS_A_BYTE))), np.uint8)
    first = 0
    for (numbers,) in _answered(connection, _ORDERED.format(by=by), table):
        places[numbers] = np.arange(first, first + len(numbers))
        first += len(numbers)
    memory.give_back()
    for key, where in keys.items():
        for numbers, nth in _answered(connection, _COUNTED.format(key=key, where=where), table):
            np.bitwise_or.at(bits, (numbers, nth // _BITS_A_BYTE), (1 << nth % _BITS_A_BYTE).astype(np.uint8))
        memory.give_back()
    return Marks(places, bits, tuple(names))


def _answered(connection: "duckdb.DuckDBPyConnection", sql: str, table: Path) -> "Iterator[list[np.ndarray[Any, Any]]]":
    """The columns of an answer, whole numbers, some rows at a time."""
    import numpy as np

    # Of execute() the connection keeps what was sorted until it is asked again.
    for batch in connection.sql(sql, params={"table": str(table)}).to_arrow_reader(_ROWS_AT_ONCE):
        yield [np.from_dlpack(column) for column in batch.columns]  # to_numpy() imports pandas: 50 MB
