"""Which series each row of `files` is in: sixteen bytes a row in a file, so that nothing is sorted and none is held."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_ID_BYTES = 16
"""Of series_id: 32 hexadecimal digits."""
_NONE = bytes(_ID_BYTES)


class Membership:
    """series_id by file_row_number, put in any order; a context manager that closes its file."""

    def __init__(self, path: Path, rows: int) -> None:
        self._file = path.open("w+b", buffering=0)
        self._file.truncate(rows * _ID_BYTES)

    def put(self, members: Sequence[tuple[int, str]]) -> None:
        """(row number, series_id) of some rows, each row once; neighbours are written together."""
        stretch, start = bytearray(), 0
        for number, series_id in sorted(members):
            if start * _ID_BYTES + len(stretch) != number * _ID_BYTES:
                self._write(start, stretch)
                stretch, start = bytearray(), number
            stretch += bytes.fromhex(series_id)
        self._write(start, stretch)

    def of(self, first: int, count: int = 1) -> list[str | None]:
        """The series of each of so many rows from one on; None where a row is in none."""
        self._file.seek(first * _ID_BYTES)
        ids = self._file.read(count * _ID_BYTES)
        each = (ids[start : start + _ID_BYTES] for start in range(0, len(ids), _ID_BYTES))
        return [None if series_id == _NONE else series_id.hex() for series_id in each]

    def _write(self, first: int, ids: bytearray) -> None:
        self._file.seek(first * _ID_BYTES)
        self._file.write(ids)

    def __enter__(self) -> "Membership":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
