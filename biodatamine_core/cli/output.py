"""Answers on their way out: aligned columns for a person, CSV, JSON and Parquet for a program, a batch at a time."""

import base64
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from biodatamine_core.errors import InvalidSetting

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_ROWS = 1_000
CELL_CHARACTERS = 60


def write_answer(answer: "pa.RecordBatchReader", format: str, path: Path | None) -> None:
    """A query's rows in this format, to path or to stdout."""
    if format == "parquet":
        if path is None:
            raise InvalidSetting("Parquet is no text; name a file with --output.")
        _write_parquet(answer, path)
        return
    write = {"table": _write_table, "csv": _write_csv, "json": _write_json}[format]
    with _text_output(path) as stream:
        write(answer, stream)


def summary_text(name: str, facts: dict[str, Any]) -> str:
    """The summary of `scan` for a person."""
    lines = [
        f"{name}  ({facts['dataset']}, version {facts['version']}, {facts['mode']} scan)",
        f"  {facts['readable_files']:,} of {facts['files']:,} files were read",
        f"  {facts['series']:,} series, {facts['patients']:,} patients",
    ]
    for title in ("modalities", "anatomy_zones", "dimensions", "formats", "findings"):
        counted = ", ".join(f"{name} {count:,}" for name, count in facts[title].items()) or "none"
        lines.append(f"  {title.replace('_', ' ')}: {counted}")
    return "\n".join(lines)


def print_table(names: Sequence[str], rows: Sequence[Sequence[Any]], stream: TextIO | None = None) -> None:
    """Aligned columns; a number stands right, a long cell is cut with "…"."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(names)]
    numeric = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(names))]
    for row in [[*names], *cells]:
        aligned = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        )
        print("  ".join(aligned).rstrip(), file=stream)


def rows_of(answer: "pa.RecordBatchReader") -> Iterator[tuple[Any, ...]]:
    """An answer's rows as values of Python, a batch at a time."""
    for batch in answer:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_table(answer: "pa.RecordBatchReader", stream: TextIO) -> None:
    rows = rows_of(answer)
    print_table(answer.schema.names, [*islice(rows, TABLE_ROWS)], stream)
    if next(rows, None) is not None:
        print(f"These are the first {TABLE_ROWS:,} rows; --format csv writes all.", file=sys.stderr)


def _write_csv(answer: "pa.RecordBatchReader", stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(answer.schema.names)
    for row in rows_of(answer):
        writer.writerow(["" if value is None else _plain(value) for value in row])


def _write_json(answer: "pa.RecordBatchReader", stream: TextIO) -> None:
    names, separator = answer.schema.names, "["
    for row in rows_of(answer):
        stream.write(separator + json.dumps(dict(zip(names, row, strict=True)), default=_plain))
        separator = ",\n"
    stream.write("[]\n" if separator == "[" else "]\n")


def _write_parquet(answer: "pa.RecordBatchReader", path: Path) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, answer.schema) as writer:
        for batch in answer:
            writer.write_batch(batch)


def _plain(value: Any) -> Any:
    """A value as text: lists as [a, b], bytes as base64."""
    if isinstance(value, list):
        return f"[{', '.join(str(part) for part in value)}]"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def _cell(value: Any) -> str:
    text = "–" if value is None else str(_plain(value))
    text = " ".join(text.split())
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"


@contextmanager
def _text_output(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        yield stream
