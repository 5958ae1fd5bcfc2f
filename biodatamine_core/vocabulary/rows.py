"""Read the CSV tables that lie beside this file, once."""

import csv
from functools import cache
from pathlib import Path


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of `<table>.csv`, every cell as text; the column `source` says where a row comes from."""
    with Path(__file__).with_name(f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))
