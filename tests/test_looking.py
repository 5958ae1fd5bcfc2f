"""What lies at an address, before anything is downloaded: files, sizes, licence, room, speed, and a part of them."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import sources, storage, workspaces
from biodatamine_core.errors import BioDataMineError, NotFound, PermissionDenied, UnsupportedURL
from biodatamine_core.jobs import Job
from biodatamine_core.records import Mode
from biodatamine_core.settings import Settings
from biodatamine_core.sources import recognising
from biodatamine_core.workspaces import Actor, Bundle, Listing, Looking, Workspace, looking
from tests.builders import dicom_slice, dicom_volume, zip_of
from tests.servers import Page, Site
from tests.sources.services import SERVICES, at, zenodo

PATIENCE_S = 30.0
LISTED = (
    b"<html><head><title>Index of /d/</title></head><a href='ct/'>ct/</a><a href='mr/'>mr/</a><a href='a.txt'>a</a>"
)


@pytest.fixture
def workspace(tmp_path: Path, http_site: Site) -> Workspace:
    settings = Settings(
        str(tmp_path / "store"), tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}), services=at(http_site)
    )
    return workspaces.open_workspace(settings, Actor("cli:ana", is_admin=True))


def look(workspace: Workspace, url: str) -> Listing:
    return workspace.look(url).listing(PATIENCE_S)


def folders(site: Site) -> str:
    """A listing with a CT and an MR folder and a note beside them."""
    for name, modality in (("ct", "CT"), ("mr", "MR")):
        title = f"<html><head><title>Index of /d/{name}/</title></head><a href='1.dcm'>1.dcm</a>"
        site.serve(f"/d/{name}/", Page(title.encode(), content_type="text/html"))
        site.serve(f"/d/{name}/1.dcm", dicom_slice(modality))
    site.serve("/d/a.txt", b"note")
    return site.serve("/d/", Page(LISTED, content_type="text/html"))


def test_files_are_listed_with_licence_version_and_room_and_not_downloaded(
    workspace: Workspace, http_site: Site
) -> None:
    zenodo(http_site)
    listing = look(workspace, "https://zenodo.org/records/42")
    assert [artifact.name for artifact in listing.artifacts] == ["ct scans.zip"]
    assert (listing.licence, listing.version, listing.must_pick) == ("CC-BY-4.0", "42", False)
    assert 0 < listing.free_bytes <= shutil.disk_usage(workspace.settings.state_dir).total
    assert not [path for path in http_site.asked() if path.endswith(".zip")]


@pytest.mark.parametrize(
    ("name", "headers", "is_offered"),
    [
        pytest.param("ct.zip", {"ETag": '"1"'}, True, id="a zip in parts"),
        pytest.param("ct.zip", {}, False, id="a server that does not say what changed"),
        pytest.param("ct.tar.gz", {"ETag": '"1"'}, False, id="one packed stream"),
    ],
)
def test_headers_alone_are_offered_where_the_rest_can_stay(
    name: str, headers: dict[str, str], is_offered: bool, workspace: Workspace, http_site: Site
) -> None:
    url = http_site.serve(f"/{name}", Page(zip_of(dicom_volume(3)), headers=headers))
    assert look(workspace, url).sends_parts is is_offered


def test_a_page_with_several_files_lists_them_to_pick_one(workspace: Workspace, http_site: Site) -> None:
    ct, mr = http_site.serve("/ct.zip", b"1"), http_site.serve("/mr.zip", b"22")
    url = http_site.serve("/page", Page(b"<a href='ct.zip'>a</a><a href='mr.zip'>b</a>", content_type="text/html"))
    listing = look(workspace, url)
    assert listing.must_pick
    assert [(one.url, one.size_bytes) for one in listing.artifacts] == [(ct, 1), (mr, 2)]


def test_a_folder_that_was_picked_is_the_dataset_and_nothing_else_is_downloaded(
    workspace: Workspace, http_site: Site
) -> None:
    url = folders(http_site)
    dataset = workspace.scan(sources.part_of(url, ["ct/"]))
    assert (dataset.name, dataset.origin) == ("ct", f"{url} (ct/)")
    assert set(dataset.series["modality"]) == {"CT"}
    assert not {"/d/mr/1.dcm", "/d/a.txt"} & set(http_site.asked())
    assert workspace.scan(dataset.source_url).id == dataset.id


def test_a_part_keeps_names_with_commas_and_marks_and_tells_what_is_gone(workspace: Workspace, http_site: Site) -> None:
    url = folders(http_site)
    source = sources.parse(sources.part_of(url, ["a, b#1%.dcm", "mr/"]))
    assert sources.split(source.url) == (url, ("a, b#1%.dcm", "mr/"))
    assert (sources.parse(source.url), source.kind) == (source, "http")
    with pytest.raises(NotFound, match=r'no longer lists "a, b#1%\.dcm"'):
        workspace.look(source.url).listing(PATIENCE_S)
    with pytest.raises(UnsupportedURL, match="pick folders"):
        sources.part_of(url, [str(number) for number in range(2_000)])


def test_a_refusal_of_the_server_is_its_sentence(workspace: Workspace, http_site: Site) -> None:
    with pytest.raises(BioDataMineError, match="check the address"):
        look(workspace, "https://zenodo.org/records/42")


def test_a_listing_that_takes_too_long_ends_with_a_sentence(
    workspace: Workspace, http_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LONGEST_S", 0.2)
    page = Page(b"<a href='ct.zip'>" + b" " * 100_000, content_type="text/html", pause_after=10)
    with pytest.raises(BioDataMineError, match="did not list everything within"):
        look(workspace, http_site.serve("/slow", page))


def test_a_listing_that_nobody_waits_for_is_hung_up_on(workspace: Workspace, http_site: Site) -> None:
    page = Page(b"<a href='ct.zip'>" + b" " * 100_000, content_type="text/html", pause_after=10)
    under_way = workspace.look(http_site.serve("/slow", page))
    assert http_site.paused.wait(PATIENCE_S)
    assert not under_way.is_done
    under_way.stop()
    with pytest.raises(BioDataMineError):
        under_way.listing(PATIENCE_S)


def test_a_download_is_measured(workspace: Workspace, http_site: Site) -> None:
    job = workspace.scan(http_site.serve("/ct.zip", zip_of(dicom_volume(3)))).job
    assert job is not None
    assert job.download_s is not None
    assert job.downloaded_bytes is not None


def test_speed_is_that_of_earlier_downloads_from_the_same_host_where_there_were_any(
    workspace: Workspace, http_site: Site
) -> None:
    elsewhere = Job("1", "w", "d", "p/", "https://a.example.org/x.zip", Mode.FULL, None, "", "ana")
    same = replace(elsewhere, url=f"{http_site.address}/x.zip")
    known = [
        replace(elsewhere, downloaded_bytes=90_000_000, download_s=1.0),
        *(replace(same, downloaded_bytes=size, download_s=2.0) for size in (10_000_000, 20_000_000, 40_000_000)),
        replace(same, downloaded_bytes=100, download_s=1.0),
        same,
    ]
    source = sources.parse(http_site.serve("/ct.zip", b"1"))
    for jobs, bytes_per_s in ((known, 1e7), (known[:1], 9e7), ([same], None)):
        reach = sources.Reach.of(workspace.settings, workspace.store)
        under_way = Looking(source, reach, workspace.settings, lambda jobs=jobs: jobs)
        assert under_way.listing(PATIENCE_S).bytes_per_s == bytes_per_s


def test_a_viewer_cannot_look(workspace: Workspace) -> None:
    members = {"name": "radiology", "members": {"ben": "viewer"}}
    storage.create_document(workspace.store, "workspaces/radiology/workspace.json", members)
    with pytest.raises(PermissionDenied, match="adding a dataset needs the editor role"):
        workspaces.open_workspace(workspace.settings, Actor("ben"), "radiology").look("https://zenodo.org/records/42")


def test_a_path_of_the_server_is_not_listed_for_a_browser(workspace: Workspace) -> None:
    with pytest.raises(PermissionDenied, match="may not read"):
        workspace.look("/etc/passwd")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_recognised_without_a_network(name: str, http_site: Site) -> None:
    known = sources.about(sources.parse(SERVICES[name].at(http_site)))
    assert known.service
    assert known.name
    assert known.needs.endswith(".")
    assert not http_site.requests


def test_what_is_recognised_names_service_dataset_and_need() -> None:
    known = sources.about(sources.parse("https://lab.example.org/ct.zip?x=1"))
    need = "Public files need nothing; the others need a sign-in for lab.example.org."
    assert known == sources.Recognised("Web address", "ct.zip", need)


def test_every_kind_of_source_is_named_for_people() -> None:
    made = {vars(one)["kind"] for one in sources.SOURCES if one.reads}
    assert made <= set(recognising.SERVICES)


def test_the_files_of_a_folder_have_their_sizes_and_folders_the_sum(workspace: Workspace, http_site: Site) -> None:
    listing = look(workspace, folders(http_site))
    size = len(dicom_slice("CT"))
    assert listing.folders()[0] == Bundle("ct/", 1, size)
    assert listing.part(["ct/", "a.txt"]) == Bundle("", 2, size + len(b"note"))
    assert listing.part([]).file_count == 3
