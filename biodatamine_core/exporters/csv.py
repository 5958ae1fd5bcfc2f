"""All tables but the pictures and the indexes as CSV in one zip."""

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from biodatamine_core import database
from biodatamine_core.records import Version
from biodatamine_core.tables import INDEXES

FORMAT = "csv"
SUFFIX = ".csv.zip"


def write(version: Version, tables: Mapping[str, Sequence[Path]], output: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        database.connect() as connection,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, paths in tables.items():
            if name == "thumbnails" or name in INDEXES:
                continue
            database.create_view(connection, name, paths)
            path = Path(folder) / f"{name}.csv"
            connection.table(name).write_csv(str(path))
            archive.write(path, path.name)
