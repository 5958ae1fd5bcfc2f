"""The front door: roles, datasets, names, and what a browser may read."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from biodatamine_core import storage, workspaces
from biodatamine_core.errors import InvalidSetting, NameTaken, NotFound, PermissionDenied, QueryRefused, UnsupportedURL
from biodatamine_core.settings import Settings
from biodatamine_core.storage.interface import Stored
from biodatamine_core.storage.local import LocalStorage
from biodatamine_core.workspaces import Actor, Workspace
from tests.builders import dicom_slice, dicom_volume, zip_of
from tests.servers import Site

SHELL = Actor("cli:ana", is_admin=True, reads_any_path=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "store"), tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture
def workspace(settings: Settings) -> Workspace:
    return workspaces.open_workspace(settings, SHELL)


def member(settings: Settings, role: str) -> Workspace:
    """The workspace as ben sees it, who has this role there."""
    store = storage.connect(settings.storage_url)
    storage.create_document(
        store, "workspaces/radiology/workspace.json", {"name": "radiology", "members": {"ben": role}}
    )
    return workspaces.open_workspace(settings, Actor("ben"), "radiology")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ct"
    folder.mkdir()
    for name, data in dicom_volume(5).items():
        (folder / name).write_bytes(data)
    return folder


def test_a_scanned_dataset_is_found_by_its_id_and_by_its_name(workspace: Workspace, folder: Path) -> None:
    dataset = workspace.scan(str(folder), name="My CT")
    assert workspace.dataset(dataset.id) == workspace.dataset("My CT") == dataset
    assert (dataset.summary.files, dataset.state) == (5, "ready")


class Remembering(LocalStorage):
    """A store that knows which documents it was asked for."""

    asked: ClassVar[set[str]] = set()

    def read(self, key: str) -> Stored:
        self.asked.add(key)
        return LocalStorage.read(self, key)


def test_opening_one_dataset_by_its_id_reads_no_other(workspace: Workspace, folder: Path, tmp_path: Path) -> None:
    one, other = (workspace.scan(str(folder), name=name).id for name in ("one", "other"))
    assert {dataset.id for dataset in workspace.datasets()} == {one, other}
    store = Remembering.connect(str(tmp_path / "store"))
    assert replace(workspace, store=store).dataset(one).name == "one"
    assert Remembering.asked and not [key for key in Remembering.asked if other in key]


def test_its_tables_are_data_frames(workspace: Workspace, folder: Path) -> None:
    dataset = workspace.scan(str(folder))
    assert list(dataset.series["dimensions"]) == ["3D"]
    assert len(dataset.files) == 5
    assert dataset.sql("SELECT count(*) AS n FROM images")["n"].tolist() == [5]
    with pytest.raises(QueryRefused):
        dataset.sql("DROP VIEW files")


def test_the_same_address_is_the_same_dataset(workspace: Workspace, folder: Path) -> None:
    first, second = workspace.scan(str(folder)), workspace.scan(str(folder))
    assert first.id == second.id and second.published().number == 1
    assert len(workspace.datasets()) == 1


def test_a_part_of_an_address_is_a_dataset_of_its_own(workspace: Workspace, folder: Path) -> None:
    whole, part = workspace.scan(str(folder)), workspace.scan(str(folder), only="000*")
    assert (whole.name, part.name) == ("ct", "ct (2)")
    assert (whole.summary.files, part.summary.files) == (5, 1)


def test_a_name_belongs_to_one_dataset(workspace: Workspace, folder: Path, tmp_path: Path) -> None:
    workspace.scan(str(folder), name="mine")
    (tmp_path / "other.zip").write_bytes(zip_of({"1.dcm": dicom_slice()}))
    with pytest.raises(NameTaken, match="mine"):
        workspace.scan(str(tmp_path / "other.zip"), name="mine")


def test_an_unknown_dataset_is_told_with_what_there_is(workspace: Workspace, folder: Path) -> None:
    workspace.scan(str(folder), name="My CT")
    with pytest.raises(NotFound, match="My CT"):
        workspace.dataset("nope")


def test_a_deleted_dataset_leaves_nothing_but_the_shared_objects(
    workspace: Workspace, http_site: Site, folder: Path
) -> None:
    dataset = workspace.scan(http_site.serve("/a.zip", zip_of(dicom_volume(3))))
    workspace.delete(dataset)
    assert workspace.datasets() == []
    assert not list(workspace.store.list(dataset.prefix))
    assert len(list(workspace.store.list("objects/"))) == 1


def test_a_failed_scan_leaves_a_dataset_that_says_why(workspace: Workspace, http_site: Site) -> None:
    with pytest.raises(Exception, match="404"):
        workspace.scan(http_site.address + "/gone.zip", name="gone")
    dataset = workspace.dataset("gone")
    assert dataset.state == "failed" and dataset.job is not None
    assert "404" in (dataset.job.error or "")
    with pytest.raises(NotFound, match="404"):
        dataset.published()


def test_a_failed_rescan_leaves_the_older_version_in_place(workspace: Workspace, http_site: Site) -> None:
    dataset = workspace.scan(http_site.serve("/a.zip", zip_of(dicom_volume(6))))
    http_site.serve("/a.zip", b"<html>moved</html>")
    with pytest.raises(Exception, match="HTML"):
        workspace.scan(dataset.source_url)
    assert workspace.dataset(dataset.id).state == "ready"
    assert workspace.dataset(dataset.id).summary.files == 6


def test_an_address_that_no_source_reads_adds_nothing(workspace: Workspace) -> None:
    with pytest.raises(UnsupportedURL, match=r"ftp://x/y\.zip"):
        workspace.scan("ftp://x/y.zip")
    assert workspace.datasets() == []


@pytest.mark.parametrize("name", ["", "Has Space", "../up", "a/b", "-x"])
def test_a_workspace_name_is_a_safe_word(settings: Settings, name: str) -> None:
    with pytest.raises(InvalidSetting):
        workspaces.open_workspace(settings, SHELL, name)


def test_who_is_no_member_sees_nothing(settings: Settings) -> None:
    with pytest.raises(PermissionDenied, match='ben is no member of "secret"'):
        workspaces.open_workspace(settings, Actor("ben"), "secret").datasets()


def test_a_viewer_sees_datasets_but_cannot_add_one(settings: Settings) -> None:
    workspace = member(settings, "viewer")
    assert workspace.datasets() == []
    with pytest.raises(
        PermissionDenied, match='ben is a viewer of "radiology"; adding a dataset needs the editor role'
    ):
        workspace.add("sample:")
    with pytest.raises(PermissionDenied):
        workspace.upload([])


def test_a_browser_reads_only_the_folders_that_were_opened(settings: Settings, folder: Path) -> None:
    browser = Actor("local:ana", is_admin=True)
    closed = workspaces.open_workspace(settings, browser)
    with pytest.raises(PermissionDenied, match="BIODATAMINE_LOCAL_ROOTS"):
        closed.scan(str(folder))
    opened = Settings(settings.storage_url, settings.state_dir, local_roots=(folder.parent.resolve(),))
    assert workspaces.open_workspace(opened, browser).scan(str(folder)).summary.files == 5


def test_a_link_does_not_lead_out_of_an_opened_folder(settings: Settings, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "opened").mkdir()
    (tmp_path / "opened" / "way out").symlink_to(folder)
    opened = Settings(settings.storage_url, settings.state_dir, local_roots=((tmp_path / "opened").resolve(),))
    with pytest.raises(PermissionDenied):
        workspaces.open_workspace(opened, Actor("local:ana", is_admin=True)).scan(str(tmp_path / "opened" / "way out"))


def test_the_same_patient_has_another_key_in_another_workspace(settings: Settings, folder: Path) -> None:
    keys = {
        workspaces.open_workspace(settings, SHELL, name).scan(str(folder)).files["patient_key"][0]
        for name in ("one", "two")
    }
    assert len(keys) == 2 and None not in keys


def test_what_was_done_is_written_down_with_who_did_it(workspace: Workspace, folder: Path) -> None:
    workspace.delete(workspace.scan(str(folder)))
    entries = [
        storage.read_document(workspace.store, e.key)[0] for e in workspace.store.list("workspaces/default/audit/")
    ]
    assert sorted(entry["act"] for entry in entries) == ["delete", "scan"]
    assert {entry["by"] for entry in entries} == {"cli:ana"}
