"""The command line: what scripts rely on."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from biodatamine_core import cli, tables, workspaces
from biodatamine_core.records import Applies
from tests.builders import dicom_slice, dicom_volume, picture, zip_of

SUMMARY_KEYS = {
    "dataset", "version", "status", "mode", "files", "readable_files", "series", "patients", "bytes", "fetched_bytes",
    "modalities", "anatomy_zones", "dimensions", "formats", "findings",
}  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BIODATAMINE_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("BIODATAMINE_WORKERS", "1")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "d01.zip"
    path.write_bytes(
        zip_of({**dicom_volume(6), "a.png": picture(), "b.png": picture(), "bad.dcm": dicom_slice()[:250]})
    )
    return path


@pytest.fixture
def dataset(archive: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["scan", str(archive), "--name", "My data", "--json"]) == 0
    return str(json.loads(capsys.readouterr().out)["dataset"])


def test_scan_prints_one_object_with_the_summary(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scan", str(archive), "--json"]) == 0
    printed = capsys.readouterr()
    facts = json.loads(printed.out)
    assert {*facts} == SUMMARY_KEYS
    assert (facts["version"], facts["status"], facts["mode"]) == (1, "partial", "full")
    assert (facts["files"], facts["readable_files"], facts["bytes"]) == (9, 8, archive.stat().st_size)
    assert facts["formats"] == {"DICOM": 7, "PNG": 2}
    assert "Scan" in printed.err, "progress goes to stderr"


def test_scan_prints_a_summary_for_a_person(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scan", str(archive)]) == 0
    assert "8 of 9 files were read" in capsys.readouterr().out


def test_corrections_are_listed_and_applied(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["corrections", dataset]) == 0
    assert "No corrections" in capsys.readouterr().err
    workspace = workspaces.open_workspace()
    workspace.correct(workspace.dataset(dataset), "modality", "US", Applies.PATH, "d01.zip!/a.png", "fan shape")
    assert cli.main(["corrections", dataset, "--apply", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["value"], listed["key"], listed["note"]) == ("US", "d01.zip!/a.png", "fan shape")
    after = workspace.dataset(dataset)
    assert (after.published().number, after.summary.modalities["US"]) == (2, 1)
    assert cli.main(["corrections", dataset]) == 0
    assert "fan shape" in capsys.readouterr().out


def test_headers_only_and_only_are_kept_apart(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scan", str(archive), "--headers-only", "--only", "*.png", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["mode"], facts["files"]) == ("headers", 2)


def test_sql_as_csv_has_one_row_per_file(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sql", dataset, "SELECT * FROM images", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 9
    assert {"path", "dimensions", "modality", "anatomy_zones"} <= {*rows[0]}
    assert {row["dimensions"] for row in rows if row["path"].endswith("000.dcm")} == {"3D"}


def test_sql_knows_the_dataset_by_its_name(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sql", "My data", "SELECT count(*) AS n FROM files", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"n": 9}]


def test_sql_as_json_of_nothing_is_an_empty_list(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sql", dataset, "SELECT * FROM files WHERE false", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_sql_as_json_keeps_lists_as_lists(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT shape FROM files WHERE format = 'PNG' LIMIT 1"
    assert cli.main(["sql", dataset, query, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"shape": [32, 24]}]


def test_sql_as_parquet_needs_a_file_and_writes_it(
    dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sql", dataset, "SELECT * FROM series", "--format", "parquet"]) == 1
    assert "--output" in capsys.readouterr().err
    output = tmp_path / "series.parquet"
    assert cli.main(["sql", dataset, "SELECT * FROM series", "--format", "parquet", "--output", str(output)]) == 0
    assert pq.read_table(output).num_rows >= 2


def test_sql_as_a_table_is_aligned(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sql", dataset, "SELECT format, count(*) AS files FROM files GROUP BY ALL ORDER BY 2 DESC"]) == 0
    assert capsys.readouterr().out.splitlines() == ["format  files", "DICOM       7", "PNG         2"]


def test_sql_refuses_what_is_no_select(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sql", dataset, "COPY files TO 'x.csv'"]) == 1
    assert "One SELECT" in capsys.readouterr().err
    assert not Path("x.csv").exists()


def test_findings_have_the_columns_of_the_table(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["findings", dataset, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [*found[0]] == [*tables.COLUMNS["findings"]]
    assert {"unreadable-file", "duplicate-file"} <= {finding["code"] for finding in found}
    order = ["error", "warning", "note"]
    assert [f["severity"] for f in found] == sorted((f["severity"] for f in found), key=order.index)


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_export_writes_all_tables_but_the_indexes_into_one_zip(
    dataset: str, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out" / "tables.zip"
    assert cli.main(["export", dataset, "--format", format, "--output", str(output)]) == 0
    names = zipfile.ZipFile(output).namelist()
    kept = tables.RECORDS.keys() - tables.INDEXES - ({"thumbnails"} if format == "csv" else set())
    beside = {"version.json", "tables.md"} if format == "parquet" else set()
    assert {*names} == {f"{table}.{format}" for table in kept} | beside
    assert capsys.readouterr().out.strip() == str(output)


def test_exported_parquet_is_what_sql_sees(dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", dataset, "--format", "parquet"]) == 0
    archive = zipfile.ZipFile(capsys.readouterr().out.strip())
    assert pq.read_table(io.BytesIO(archive.read("files.parquet"))).num_rows == 9


def test_export_as_json_holds_summary_and_findings(
    dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", dataset, "--format", "json", "--output", str(tmp_path / "d.json")]) == 0
    document = json.loads((tmp_path / "d.json").read_text())
    assert document["summary"]["files"] == 9 and document["findings"]


def test_export_as_html_is_a_page(dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", dataset, "--format", "html", "--output", str(tmp_path / "d.html")]) == 0
    assert (tmp_path / "d.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_list_names_every_dataset(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["dataset"], row["name"], row["state"], row["files"]) == (dataset, "My data", "partial", 9)
    assert cli.main(["list"]) == 0
    assert "My data" in capsys.readouterr().out


def test_workspaces_do_not_see_each_other(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "--workspace", "other", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert cli.main(["sql", dataset, "SELECT 1", "--workspace", "other"]) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["scan", "ftp://x/y.zip"], "no source reads"),
        (["scan", "no/such/file.zip"], "no/such/file.zip"),
        (["scan", "http://127.0.0.1:9/x.zip"], "127.0.0.1"),
        (["sql", "nope", "SELECT 1"], "nope"),
    ],
)
def test_what_fails_exits_with_one_sentence_on_stderr(
    archive: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 1
    printed = capsys.readouterr()
    assert sentence in printed.err and "Traceback" not in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("arguments", [[], ["scan"], ["nonsense"], ["sql", "x", "SELECT 1", "--format", "xml"]])
def test_wrong_usage_exits_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2


def test_the_module_is_the_command(archive: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "biodatamine_core", "list", "--json"], capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    code = "import biodatamine_core, biodatamine_core.cli, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "pyarrow", "duckdb", "pydicom", "nibabel", "plotly", "requests", "kaggle", "numpy"} & {
        *loaded
    }
