"""What every exporter promises."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from biodatamine_core.records import Version


class Exporter(Protocol):
    """One format: a module with FORMAT, SUFFIX and write()."""

    FORMAT: str
    SUFFIX: str

    def write(self, version: Version, tables: Mapping[str, Sequence[Path]], output: Path) -> None:
        """Write the version to output. tables: table name -> local Parquet files."""
        ...
