"""What a scan has finished, in parts beside its table: the same scan, started again, goes on behind them."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biodatamine_core import memory, tables
from biodatamine_core.scan.telling import Tally

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_PART_ROWS = 20_000
_PART_BYTES = 4 << 30
"""A part ends here too: of large files fewer make an hour's work."""
_COLUMNS_AT_ONCE = 16


class Parts:
    """The rows of one scan in their order. A part is one Parquet file with one row group.

    subject: what is scanned and how; parts of another subject are thrown away. done: what the parts count.
    is_whole: the scan came to its end, and nothing is missing behind the last part.
    files_total: how many files there will be, where the scan knows; for who asks how far it is.
    """

    def __init__(self, files_out: Path, subject: str) -> None:
        self._files_out = files_out
        self._folder = files_out.with_name(files_out.name + ".parts")
        self._covered = _covered(files_out)
        self._subject = subject
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_tally = Tally()
        self.files_total: int | None = None
        self._tallies, self.is_whole = self._found()
        self.done = _sum(self._tallies)

    def add(self, batches: "Iterable[pa.RecordBatch]", tally: Tally) -> None:
        """The next rows; they are safe once a part is full."""
        self._waiting += batches
        self._waiting_tally.add(tally)
        if self._waiting_tally.files >= _PART_ROWS or self._waiting_tally.unpacked_bytes >= _PART_BYTES:
            self.end_part()

    def assemble(self) -> None:
        """Write the table, a row group a part, and remove the parts."""
        if len(self._tallies) == 1 and not self._waiting:
            shutil.copyfile(self._path(0), self._files_out)  # the whole table already: not to be packed again
        else:
            with tables.Writer("files", self._files_out) as writer:
                for part in self._parts():
                    writer.append_batches(part)
                writer.append_batches(self._waiting)
        self._waiting = []
        shutil.rmtree(self._folder, ignore_errors=True)

    def end_part(self, is_last: bool = False) -> None:
        """Make safe what was added. is_last: it is the whole.

        A kill between any two steps leaves what covered.json says, and nothing it does not say is ever read.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._waiting:
            self._write_part()
        self.is_whole = is_last
        tallies = [{f.name: getattr(tally, f.name) for f in fields(Tally)} for tally in self._tallies]
        said = {"subject": self._subject, "tallies": tallies, "is_whole": is_last, "files_total": self.files_total}
        written = self._covered.with_suffix(".unfinished")
        written.write_text(json.dumps(said), encoding="utf-8")
        written.replace(self._covered)

    def kept(self) -> "Iterator[tuple[list[pa.RecordBatch], Tally]]":
        """The rows of each part, and what they count."""
        yield from zip(self._parts(), self._tallies, strict=True)

    def _write_part(self) -> None:
        path = self._path(len(self._tallies))
        unfinished = path.with_suffix(".unfinished")
        with tables.Writer("files", unfinished) as writer:
            writer.append_batches(self._waiting)
        unfinished.replace(path)
        self._tallies.append(self._waiting_tally)
        self.done.add(self._waiting_tally)
        self._waiting, self._waiting_tally = [], Tally()
        memory.give_back()

    def _found(self) -> tuple[list[Tally], bool]:
        """What an earlier attempt at the same subject left."""
        with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            said = _said(self._covered)
            tallies = _tallies(said)
            if said["subject"] == self._subject and self._rows(len(tallies)) == _sum(tallies).files:
                return tallies, bool(said["is_whole"])
        shutil.rmtree(self._folder, ignore_errors=True)
        return [], False

    def _rows(self, count: int) -> int:
        import pyarrow.parquet as pq

        try:
            return sum(pq.read_metadata(self._path(number)).num_rows for number in range(count))
        except (OSError, ValueError):  # gone, or damaged: pyarrow's errors are ValueErrors
            return -1

    def _parts(self) -> Iterator[list["pa.RecordBatch"]]:
        import pyarrow.parquet as pq

        for number in range(len(self._tallies)):
            with pq.ParquetFile(self._path(number), pre_buffer=False) as part:
                rows = _rows_of(part)
            yield rows.to_batches()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:05}.parquet"


def _rows_of(part: "pq.ParquetFile") -> "pa.Table":
    """All rows, read some columns at a time: to decode a hundred of them at once takes more memory than they do."""
    import pyarrow as pa

    names = part.schema_arrow.names
    some = [names[at : at + _COLUMNS_AT_ONCE] for at in range(0, len(names), _COLUMNS_AT_ONCE)]
    columns = [column for of_these in some for column in part.read(of_these, use_threads=False).columns]
    return pa.Table.from_arrays(columns, schema=part.schema_arrow)


def counted_so_far(files_out: Path, subject: str) -> tuple[Tally, int | None]:
    """What another process has finished of its scan of this subject, and of how many files where it knows."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        said = _said(_covered(files_out))
        if said["subject"] == subject:
            return _sum(_tallies(said)), said["files_total"]
    return Tally(), None


def _covered(files_out: Path) -> Path:
    return files_out.with_name(files_out.name + ".parts") / "covered.json"


def _said(covered: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(covered.read_text(encoding="utf-8"))
    return said


def _tallies(said: Mapping[str, Any]) -> list[Tally]:
    counters = ("formats", "modalities")
    return [Tally(**told | {name: Counter(told[name]) for name in counters}) for told in said["tallies"]]


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
