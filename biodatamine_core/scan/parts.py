"""What a scan has finished, in parts beside its table: the same scan, started again, goes on behind them."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biodatamine_core import tables
from biodatamine_core.scan.telling import Tally

if TYPE_CHECKING:
    import pyarrow as pa

_PART_ROWS = 20_000
_PART_BYTES = 4 << 30
"""A part ends here too: of large files fewer make an hour's work."""


class Parts:
    """The rows of one scan in their order. A part is one Parquet file with one row group.

    subject: what is scanned and how; parts of another subject are thrown away. done: what earlier attempts counted.
    """

    def __init__(self, files_out: Path, subject: str) -> None:
        self._files_out = files_out
        self._folder = files_out.with_name(files_out.name + ".parts")
        self._covered = self._folder / "covered.json"
        self._subject = subject
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_tally = Tally()
        self._count, self.done = self._found()

    def add(self, batches: "Iterable[pa.RecordBatch]", tally: Tally) -> None:
        """The next rows; they are safe once a part is full."""
        self._waiting += batches
        self._waiting_tally.add(tally)
        if self._waiting_tally.files >= _PART_ROWS or self._waiting_tally.unpacked_bytes >= _PART_BYTES:
            self._end_part()

    def assemble(self) -> None:
        """Write the table, a row group a part, and remove the parts."""
        with tables.Writer("files", self._files_out) as writer:
            for part in self._parts():
                writer.append_batches(part)
            writer.append_batches(self._waiting)
        self._waiting = []
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end_part(self) -> None:
        """A kill between any two steps leaves what covered.json says, and nothing it does not say is ever read."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(self._count)
        unfinished = path.with_suffix(".unfinished")
        with tables.Writer("files", unfinished) as writer:
            writer.append_batches(self._waiting)
        unfinished.replace(path)
        self.done.add(self._waiting_tally)
        self._count += 1
        self._waiting, self._waiting_tally = [], Tally()
        counted = {f.name: getattr(self.done, f.name) for f in fields(Tally)}
        said = {"subject": self._subject, "parts": self._count, "done": counted}
        written = self._covered.with_suffix(".unfinished")
        written.write_text(json.dumps(said), encoding="utf-8")
        written.replace(self._covered)

    def _found(self) -> tuple[int, Tally]:
        """How many parts an earlier attempt at the same subject left, and what they count."""
        with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            said: dict[str, Any] = json.loads(self._covered.read_text(encoding="utf-8"))
            counted = dict(said["done"])
            done = Tally(**counted | {name: Counter(counted[name]) for name in ("formats", "modalities")})
            if said["subject"] == self._subject and self._rows(said["parts"]) == done.files:
                return said["parts"], done
        shutil.rmtree(self._folder, ignore_errors=True)
        return 0, Tally()

    def _rows(self, count: int) -> int:
        import pyarrow.parquet as pq

        try:
            return sum(pq.read_metadata(self._path(number)).num_rows for number in range(count))
        except (OSError, ValueError):  # gone, or damaged: pyarrow's errors are ValueErrors
            return -1

    def _parts(self) -> Iterator[list["pa.RecordBatch"]]:
        import pyarrow.parquet as pq

        for number in range(self._count):
            with pq.ParquetFile(self._path(number)) as part:
                yield list(part.iter_batches())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:05}.parquet"
