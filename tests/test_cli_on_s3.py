"""The whole main job from the command line, with everything on S3."""

import json
import shutil
from pathlib import Path

import pytest

from biodatamine_core import cli, settings, storage, workspaces
from tests import s3_fronts
from tests.builders import dicom_volume, picture, zip_of
from tests.seaweed import SECRET_KEY, Seaweed


def test_a_scan_on_s3_is_listed_asked_shown_exported_checked_and_copied(
    seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIODATAMINE_STORAGE", seaweed.address())
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("BIODATAMINE_WORKERS", "1")
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str) -> str:
        assert cli.main(arguments) == 0
        return capsys.readouterr().out

    data = zip_of({**dicom_volume(6, rows=64, columns=64), "a.png": picture()})
    (tmp_path / "d01.zip").write_bytes(data)
    with (tmp_path / "d01.zip").open("rb") as stream:
        address = workspaces.open_workspace().upload([("d01.zip", stream)])

    scanned = json.loads(said("scan", address, "--name", "On S3", "--json"))
    assert (scanned["version"], scanned["status"], scanned["files"], scanned["series"]) == (1, "ready", 7, 2)
    assert json.loads(said("scan", address, "--name", "On S3", "--json"))["version"] == 1
    assert [row["name"] for row in json.loads(said("list", "--json"))] == ["On S3"]
    shutil.rmtree(tmp_path / "state")  # another machine: nothing of it is at hand
    counted = said("sql", "On S3", "SELECT count(*) AS n FROM thumbnails WHERE image IS NOT NULL", "--format", "json")
    assert json.loads(counted) == [{"n": 2}]
    dataset = workspaces.open_workspace().dataset("On S3")
    of_slices = dataset.sql("SELECT series_id FROM series WHERE file_count = 6")["series_id"][0]
    assert dataset.volume(of_slices).voxels.shape[:3] == (6, 64, 64)
    for format in ("parquet", "html"):
        assert Path(said("export", "On S3", "--format", format).strip()).stat().st_size > 0
    assert "No damage was found." in said("storage", "check")
    assert "Every hash agrees." in said("storage", "copy", settings.environment().storage_url, str(tmp_path / "copy"))
    assert "No damage was found." in said("storage", "check", str(tmp_path / "copy"))

    everything = [entry.key for entry in storage.connect(settings.environment().storage_url).list("")]
    assert {key.split("/")[0] for key in everything} == {"jobs", "objects", "uploads", "workspaces"}
    documents = [key for key in everything if key.endswith(".json")]
    store = storage.connect(settings.environment().storage_url)
    assert not any(SECRET_KEY.encode() in store.read(key).data for key in documents)


def test_damage_is_told_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = storage.connect(str(tmp_path / "store"))
    store.put("workspaces/default/workspace.json", b"{")
    store.put(storage.object_key("ab" * 32), b"other bytes")
    assert cli.main(["storage", "check", store.url]) == 1
    printed = capsys.readouterr()
    assert "workspaces/default/workspace.json: It is no JSON document." in printed.out
    assert "UnreadableContent: 2 values of" in printed.err


def test_a_worker_refuses_a_storage_that_loses_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "geheim")
    with s3_fronts.forgetful() as endpoint:
        monkeypatch.setenv("BIODATAMINE_S3_ENDPOINT", endpoint)
        monkeypatch.setenv("BIODATAMINE_STORAGE", "s3://bucket")
        assert cli.main(["work"]) == 1
    assert "ignores conditional writes" in capsys.readouterr().err
