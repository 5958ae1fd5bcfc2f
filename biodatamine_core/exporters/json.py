"""The summary and the findings as one JSON document."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from biodatamine_core import catalog, database
from biodatamine_core.records import Version

FORMAT = "json"
SUFFIX = ".json"


def write(version: Version, tables: Mapping[str, Sequence[Path]], output: Path) -> None:
    with database.connect() as connection:
        database.create_view(connection, "findings", tables["findings"])
        findings = json.loads(catalog.findings(connection).to_json(orient="records"))
    facts = asdict(version)
    facts.pop("tables")
    output.write_text(json.dumps({**facts, "findings": findings}, indent=1) + "\n", encoding="utf-8")
