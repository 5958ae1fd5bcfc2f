"""From a correction to the next version: without a scan, once, and for all versions after it."""

import shutil
from pathlib import Path

import pytest

from biodatamine_core import pipeline, storage, workspaces
from biodatamine_core.errors import InvalidCorrection, PermissionDenied
from biodatamine_core.records import Applies
from biodatamine_core.settings import Settings
from biodatamine_core.workspaces import Actor, Dataset, Workspace
from tests.builders import dicom_slice, dicom_volume, picture, zip_of

FILES = {
    **{f"ct/{name}": data for name, data in dicom_volume(5, BodyPartExamined="CHEST").items()},
    "odd/a.png": picture(),
    "odd/b.png": picture(shade=9),
}
LABELS = "SELECT path, modality, anatomy FROM series ORDER BY path"


def opened(folder: Path) -> Workspace:
    settings = Settings(str(folder / "store"), folder / "state", workers=1)
    return workspaces.open_workspace(settings, Actor("cli:ana", is_admin=True, reads_any_path=True))


def scanned(folder: Path) -> Dataset:
    (folder / "d.zip").write_bytes(zip_of(FILES))
    return opened(folder).scan(str(folder / "d.zip"))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that knows an archive, which is gone: what is not read need not be there."""
    folder = tmp_path_factory.mktemp("once")
    scanned(folder)
    (folder / "d.zip").unlink()
    return folder


@pytest.fixture
def workspace(tmp_path: Path, once: Path) -> Workspace:
    shutil.copytree(once / "store", tmp_path / "store")
    return opened(tmp_path)


@pytest.fixture
def dataset(workspace: Workspace) -> Dataset:
    return workspace.dataset("d.zip")


def labels(dataset: Dataset) -> dict[str, tuple[str, str | None]]:
    with dataset.open() as connection:
        return {path: (modality, anatomy) for path, modality, anatomy in connection.execute(LABELS).fetchall()}


def numbers(dataset: Dataset) -> list[int]:
    return dataset.version_numbers()


def test_a_correction_enters_the_next_version_as_a_clue_and_no_file_is_read_again(
    workspace: Workspace, dataset: Dataset
) -> None:
    workspace.correct(dataset, "modality", "US", Applies.FOLDER, "d.zip!/odd/", "fan shape")
    workspace.correct(dataset, "anatomy", "abdomen:liver", Applies.PATH, "d.zip!/odd/a.png")
    after = workspace.relabel_here(dataset)
    assert numbers(after) == [1, 2]
    found = labels(after)
    assert found["d.zip!/odd/a.png"] == ("US", "liver")
    assert found["d.zip!/odd/b.png"] == ("US", labels(dataset)["d.zip!/odd/b.png"][1])
    assert found["d.zip!/ct/"] == labels(dataset)["d.zip!/ct/"]
    assert after.summary.modality_groups["Ultrasound"] == 2
    said = after.sql("SELECT because FROM clues WHERE source = 'person' AND about = 'modality'")["because"][0]
    assert said.startswith("Set by cli:ana on ") and said.endswith("fan shape")
    assert after.sql("SELECT count(image) AS n FROM thumbnails")["n"][0] == 3


def test_the_same_corrections_again_make_no_version(workspace: Workspace, dataset: Dataset) -> None:
    assert numbers(workspace.relabel_here(dataset)) == [1]
    made = workspace.correct(dataset, "modality", "US", Applies.FOLDER, "d.zip!/odd/")
    workspace.withdraw(dataset, made.id)
    assert numbers(workspace.relabel_here(dataset)) == [1]
    workspace.correct(dataset, "modality", "US", Applies.FOLDER, "d.zip!/odd/")
    assert numbers(workspace.relabel_here(dataset)) == numbers(workspace.relabel_here(dataset)) == [1, 2]


def test_withdrawing_gives_back_what_the_scan_said(workspace: Workspace, dataset: Dataset) -> None:
    made = workspace.correct(dataset, "modality", "US", Applies.FOLDER, "d.zip!/")
    workspace.relabel_here(dataset)
    workspace.withdraw(dataset, made.id)
    third = workspace.relabel_here(dataset)
    assert numbers(third) == [1, 2, 3]
    for table in ("files", "series", "clues", "findings", "affected"):
        query = f"SELECT * FROM {table} ORDER BY ALL"
        assert third.sql(query).equals(dataset.sql(query)), table


def test_scans_keep_what_people_said_also_those_of_a_newer_scanner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, dataset = opened(tmp_path), scanned(tmp_path)
    (uid,) = dataset.sql("SELECT series_uid FROM series WHERE series_uid IS NOT NULL")["series_uid"]
    workspace.correct(dataset, "anatomy", "abdomen", Applies.SERIES_UID, uid)
    workspace.correct(dataset, "modality", "US", Applies.FOLDER, "d.zip!/odd/")
    more = {**FILES, "odd/c.png": picture(shade=20), "x.dcm": dicom_slice("DX", series="2")}
    (tmp_path / "d.zip").write_bytes(zip_of(more))
    after = workspace.scan(dataset.source_url)
    found = labels(after)
    assert numbers(after) == [1, 2]
    assert found["d.zip!/ct/"] == ("CT", "abdomen")
    assert {found[f"d.zip!/odd/{name}.png"][0] for name in "abc"} == {"US"}
    assert numbers(workspace.scan(dataset.source_url)) == numbers(workspace.relabel_here(after)) == [1, 2]
    monkeypatch.setattr(pipeline, "SCANNER_VERSION", "newer")
    anew = workspace.relabel_here(dataset)
    assert (numbers(anew), anew.published().scanner_version) == ([1, 2, 3], "newer")
    assert labels(anew) == found


def test_a_viewer_reads_corrections_and_makes_none(workspace: Workspace, dataset: Dataset) -> None:
    made = workspace.correct(dataset, "modality", "US", Applies.FOLDER, "d.zip!/odd/")
    document = {"name": "default", "members": {"ben": "viewer"}}
    storage.create_document(workspace.store, "workspaces/default/workspace.json", document)
    viewer = workspaces.open_workspace(workspace.settings, Actor("ben"))
    assert viewer.dataset(dataset.id).corrections() == [made]
    with pytest.raises(PermissionDenied, match="correcting a label needs the editor role"):
        viewer.correct(dataset, "modality", "CT", Applies.FOLDER, "d.zip!/")
    with pytest.raises(PermissionDenied, match="withdrawing a correction needs the editor role"):
        viewer.withdraw(dataset, made.id)
    with pytest.raises(PermissionDenied, match="making a version needs the editor role"):
        viewer.relabel(dataset)
    assert viewer.dataset(dataset.id).corrections() == [made]


def test_a_refused_correction_leaves_nothing(workspace: Workspace, dataset: Dataset) -> None:
    with pytest.raises(InvalidCorrection):
        workspace.correct(dataset, "modality", "nonsense", Applies.FOLDER, "d.zip!/")
    assert dataset.corrections() == []
