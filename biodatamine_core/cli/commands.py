"""What each command does, once its arguments are known to be right."""

import json
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from biodatamine_core import catalog, exporters, jobs, settings, workspaces
from biodatamine_core.cli import output
from biodatamine_core.cli import storage as whole_storage
from biodatamine_core.cli.terminal import TerminalWatcher
from biodatamine_core.records import Mode
from biodatamine_core.sandbox import Limits
from biodatamine_core.storage import connect, refuse_dishonest
from biodatamine_core.workspaces import Dataset


def scan(options: Namespace) -> None:
    mode = Mode.HEADERS if options.headers_only else Mode.COPY if options.copy else Mode.FULL
    workspace = workspaces.open_workspace(name=options.workspace)
    with TerminalWatcher(sys.stderr) as watcher:
        dataset = workspace.scan(options.url, options.name, mode, options.only, watcher, options.pick)
    print(json.dumps(facts(dataset)) if options.json else output.summary_text(dataset.name, facts(dataset)))


def list(options: Namespace) -> None:
    rows = [_row(dataset) for dataset in workspaces.open_workspace(name=options.workspace).datasets()]
    if options.json:
        print(json.dumps(rows))
    elif rows:
        output.print_table([*rows[0]], [[*row.values()] for row in rows])
    else:
        print("No datasets yet. `biodatamine scan URL_OR_PATH` adds one.", file=sys.stderr)


def sql(options: Namespace) -> None:
    dataset = _dataset(options)
    answer = dataset.ask(options.query, Limits.of_shell(dataset.settings.memory_limit_mb))
    output.write_answer(answer.table.to_reader(), options.format, options.output)


def findings(options: Namespace) -> None:
    with _dataset(options).open() as connection:
        answer = connection.sql(catalog.FINDINGS).to_arrow_reader()
        if options.json:
            output.write_answer(answer, "json", None)
            return
        for row in output.rows_of(answer):
            finding = dict(zip(answer.schema.names, row, strict=True))
            print(f"{finding['severity']:<8} {finding['code']:<18} {finding['message']}")


def corrections(options: Namespace) -> None:
    dataset = _dataset(options)
    if options.apply:
        with TerminalWatcher(sys.stderr) as watcher:
            dataset = workspaces.open_workspace(name=options.workspace).relabel_here(dataset, watcher)
    rows = [asdict(correction) for correction in dataset.corrections()]
    if options.json:
        print(json.dumps(rows))
    elif rows:
        output.print_table([*rows[0]], [[*row.values()] for row in rows])
    else:
        print("No corrections. Review, in the app, is where labels are set right.", file=sys.stderr)


def storage(options: Namespace) -> None:
    whole_storage.run(options)


def work(options: Namespace) -> None:
    chosen = settings.environment()
    refuse_dishonest(connect(chosen.storage_url, chosen.state_dir))
    jobs.supervise(options.processes, chosen)


def export(options: Namespace) -> None:
    dataset = _dataset(options)
    version = dataset.published()
    exporter = exporters.exporter_for(options.format)
    path = options.output or Path(f"{dataset.id}-v{version.number}{exporter.SUFFIX}")
    print(exporters.export(options.format, version, dataset.parquet(), path))


def facts(dataset: Dataset) -> dict[str, Any]:
    """What `scan --json` prints; scripts rely on these names."""
    version = dataset.published()
    summary = version.summary
    return {
        "dataset": dataset.id,
        "version": version.number,
        "status": "partial" if version.is_partial else "ready",
        "mode": version.mode,
        "files": summary.files,
        "readable_files": summary.readable_files,
        "series": summary.series,
        "patients": summary.patients,
        "bytes": summary.bytes,
        "fetched_bytes": version.fetched_bytes,
        "modalities": {**summary.modalities},
        "anatomy_zones": {**summary.anatomy_zones},
        "dimensions": {**summary.dimensions},
        "formats": {**summary.formats},
        "findings": {**summary.findings},
    }


def _row(dataset: Dataset) -> dict[str, Any]:
    version = dataset.version
    return {
        "dataset": dataset.id,
        "name": dataset.name,
        "state": dataset.state,
        "version": version.number if version else None,
        "files": version.summary.files if version else None,
        "series": version.summary.series if version else None,
        "created_at_utc": dataset.created_at_utc,
        "url": dataset.origin,
    }


def _dataset(options: Namespace) -> Dataset:
    return workspaces.open_workspace(name=options.workspace).dataset(options.dataset)
