"""All tables but the indexes as Parquet in one zip, with version.json and the meaning of every column beside them."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from biodatamine_core import tables as documented
from biodatamine_core.records import Version

FORMAT = "parquet"
SUFFIX = ".parquet.zip"


def write(version: Version, tables: Mapping[str, Sequence[Path]], output: Path) -> None:
    # Parquet is compressed already: the zip only holds it together.
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        for name, paths in tables.items():
            if name in documented.INDEXES:
                continue
            for number, path in enumerate(paths):
                archive.write(path, f"{name}.parquet" if len(paths) == 1 else f"{name}/{number}.parquet")
        facts = asdict(version)
        facts.pop("tables")  # storage keys mean nothing outside the store
        archive.writestr("version.json", json.dumps(facts, indent=1))
        archive.writestr("tables.md", documented.markdown())
