"""A dataset -> a file that a person takes away. One exporter a file; EXPORTERS names them all."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from biodatamine_core.errors import NotFound
from biodatamine_core.exporters import csv, html, json, parquet
from biodatamine_core.exporters.interface import Exporter
from biodatamine_core.records import Version

__all__ = ["EXPORTERS", "Exporter", "export", "exporter_for"]

EXPORTERS: tuple[Exporter, ...] = (parquet, csv, json, html)


def exporter_for(format: str) -> Exporter:
    """The exporter of that name. Raises NotFound, which lists them."""
    for exporter in EXPORTERS:
        if format == exporter.FORMAT:
            return exporter
    raise NotFound(f'There is no export format "{format}"; there are: {", ".join(e.FORMAT for e in EXPORTERS)}.')


def export(format: str, version: Version, tables: Mapping[str, Sequence[Path]], output: Path) -> Path:
    """Write one version in this format. tables: table name -> local Parquet files. Returns output.

    The file appears under its name only when it is whole.
    """
    exporter = exporter_for(format)
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        exporter.write(version, tables, unfinished)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return output
