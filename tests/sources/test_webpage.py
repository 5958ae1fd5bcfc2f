"""A page that links to dataset files, and a listing of a folder: from a real server, on the page's own host only."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from biodatamine_core import cli, sources, workspaces
from biodatamine_core.errors import ChoiceNeeded, DownloadFailed, NotFound, NotTheData, UnreadableContent
from biodatamine_core.jobs import State
from biodatamine_core.records import Artifact, Mode
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, parse, picked
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport import Transport
from tests.builders import dicom_slice, picture, zip_of
from tests.servers import Page, Site
from tests.web_servers import FILES, serving_apache, serving_nginx

CT, MR = zip_of({"1.dcm": dicom_slice()}), zip_of({"2.dcm": dicom_slice(modality="MR"), "x.png": picture()})


@pytest.fixture
def reach(tmp_path: Path) -> Reach:
    return Reach(Transport(frozenset({"127.0.0.1"}), wait=lambda seconds: None), LocalStorage(tmp_path / "store"))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("BIODATAMINE_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("BIODATAMINE_WORKERS", "1")
    monkeypatch.setenv("BIODATAMINE_ALLOW_HOSTS", "127.0.0.1")
    return Settings(str(tmp_path / "store"), tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}), workers=1)


def html(*hrefs: str, title: str = "Our data", base: str = "") -> Page:
    links = "".join(f'<p><a class="x" href="{href}">get it</a>' for href in hrefs)
    head = f"<title>{title}</title>" + (f'<base href="{base}">' if base else "")
    return Page(f"<!doctype html><html><head>{head}</head><body>{links}".encode(), content_type="text/html")


def listing(path: str, *hrefs: str) -> Page:
    return html("?C=N;O=D", "/", "../", *hrefs, title=f"Index of {path}")


def page_with_two(site: Site) -> str:
    site.serve("/files/ct.zip", CT)
    site.serve("/files/mr.zip", MR)
    return site.serve("/data.html", html("about.html", "files/ct.zip", "/files/mr.zip#top", "files/ct.zip"))


def test_the_one_file_that_a_page_links_to_is_taken(http_site: Site, reach: Reach) -> None:
    http_site.serve("/ct.zip", CT)
    url = http_site.serve("/page", html("ct.zip", "imprint.html"))
    assert list(parse(url).artifacts(reach)) == [Artifact("ct.zip", f"{http_site.address}/ct.zip", len(CT))]


def test_several_files_need_a_choice(http_site: Site, reach: Reach) -> None:
    url = page_with_two(http_site)
    with pytest.raises(ChoiceNeeded) as caught:
        list(parse(url).artifacts(reach))
    assert str(caught.value) == (
        f"{url} links to 2 files; pick one by its number (--pick N): 1. ct.zip (0.0 MB) 2. mr.zip (0.0 MB)"
    )
    assert caught.value.candidates == (
        ("ct.zip", f"{http_site.address}/files/ct.zip", len(CT)),
        ("mr.zip", f"{http_site.address}/files/mr.zip", len(MR)),
    )


def test_a_pick_is_the_files_own_address(http_site: Site, reach: Reach) -> None:
    url = page_with_two(http_site)
    assert picked(url, 2, reach) == f"{http_site.address}/files/mr.zip"
    assert picked(f"{http_site.address}/files/ct.zip", 1, reach) == f"{http_site.address}/files/ct.zip"
    for pick in (0, 3, -1):
        with pytest.raises(NotFound, match="offers 2 files, so there is no number"):
            picked(url, pick, reach)


@pytest.mark.parametrize("other", ["http://127.0.0.2/ct.zip", "//example.org/ct.zip", "ftp://127.0.0.1/ct.zip"])
def test_links_to_other_hosts_are_no_candidates(http_site: Site, reach: Reach, other: str) -> None:
    http_site.serve("/mr.zip", MR)
    url = http_site.serve("/page", html(other, "mr.zip", "http://[broken/ct.zip"))
    assert [artifact.name for artifact in parse(url).artifacts(reach)] == ["mr.zip"]


def test_links_count_from_where_the_page_says(http_site: Site, reach: Reach) -> None:
    http_site.serve("/deep/er/ct.zip", CT)
    url = http_site.serve("/page", html("ct.zip", base="/deep/er/"))
    assert [artifact.url for artifact in parse(url).artifacts(reach)] == [f"{http_site.address}/deep/er/ct.zip"]


def test_dead_links_and_sign_in_pages_are_no_candidates(http_site: Site, reach: Reach) -> None:
    http_site.serve("/locked.zip", html())
    http_site.serve("/ct.zip", CT)
    url = http_site.serve("/page", html("gone.zip", "locked.zip", "ct.zip"))
    assert [artifact.name for artifact in parse(url).artifacts(reach)] == ["ct.zip"]


def test_a_page_without_files_is_still_told_as_a_page(http_site: Site, settings: Settings) -> None:
    url = http_site.serve("/ct.zip", html("help.html"))
    with pytest.raises(NotTheData, match="This address sent an HTML page, not a zip"):
        workspaces.open_workspace(settings).scan(url)


def test_a_zip_that_its_server_calls_a_page_is_the_zip(http_site: Site, reach: Reach) -> None:
    url = http_site.serve("/ct.zip", Page(CT, content_type="text/html"))
    assert [artifact.url for artifact in parse(url).artifacts(reach)] == [url]


def test_a_listing_is_one_dataset_with_its_folders(http_site: Site, reach: Reach) -> None:
    address = http_site.address
    http_site.serve("/data/", listing("/data", "1.dcm", "b%20c/", "readme.html", "/other/2.dcm", "%2e%2e/3.dcm"))
    http_site.serve("/data/b%20c/", listing("/data/b c", "2.dcm", "deep/", "2.dcm?x=1"))
    http_site.serve("/data/b%20c/deep/", html("4.zip", "more.html", title="A page of its own"))
    assert list(parse(f"{address}/data/").artifacts(reach)) == [
        Artifact("1.dcm", f"{address}/data/1.dcm"),
        Artifact("b c/2.dcm", f"{address}/data/b%20c/2.dcm"),
        Artifact("b c/deep/4.zip", f"{address}/data/b%20c/deep/4.zip"),
    ]


@pytest.mark.parametrize("server", [serving_apache, serving_nginx])
def test_a_listing_of_a_real_server_gives_every_file_whole(
    server: Callable[[], AbstractContextManager[str]], reach: Reach
) -> None:
    with server() as address:
        found = list(parse(f"{address}/data/").artifacts(reach))
        assert {artifact.name for artifact in found} == set(FILES)
        for artifact in found:
            with reach.transport.stream(artifact.url) as (_, chunks):
                assert b"".join(chunks) == FILES[artifact.name]


def test_a_listing_that_leads_in_circles_ends(http_site: Site, reach: Reach) -> None:
    path = "/d/"
    for _ in range(20):
        http_site.serve(path, listing(path, "x.dcm", "d/", f"{http_site.address}/d/"))
        path += "d/"
    found = list(parse(f"{http_site.address}/d/").artifacts(reach))
    assert 10 < len(found) < 20


def test_a_folder_that_is_gone_from_a_listing_is_an_error(http_site: Site, reach: Reach) -> None:
    url = http_site.serve("/data/", listing("/data", "1.dcm", "gone/"))
    with pytest.raises(DownloadFailed, match="404"):
        list(parse(url).artifacts(reach))


def test_a_listing_is_scanned_as_one_dataset(http_site: Site, settings: Settings) -> None:
    url = http_site.serve("/data/", listing("/data", "1.dcm", "b/"))
    http_site.serve("/data/1.dcm", dicom_slice())
    http_site.serve("/data/b/", listing("/data/b", "ct.zip"))
    http_site.serve("/data/b/ct.zip", CT)
    dataset = workspaces.open_workspace(settings).scan(url)
    assert (dataset.name, list(dataset.files["path"])) == ("data", ["1.dcm", "b/ct.zip!/1.dcm"])


@pytest.mark.parametrize("mode", Mode)
def test_an_empty_file_of_a_listing_is_a_finding(http_site: Site, settings: Settings, mode: Mode) -> None:
    url = http_site.serve("/data/", listing("/data", "1.dcm", "labels.csv"))
    http_site.serve("/data/1.dcm", dicom_slice())
    http_site.serve("/data/labels.csv", b"")
    dataset = workspaces.open_workspace(settings).scan(url, mode=mode)
    assert dict(dataset.files[["path", "size_bytes"]].to_numpy()) == {"1.dcm": len(dicom_slice()), "labels.csv": 0}
    assert list(dataset.findings.query("code == 'empty-file'")["count"]) == [1]


def test_a_dataset_of_one_empty_file_is_refused_in_words(http_site: Site, settings: Settings) -> None:
    url = http_site.serve("/data/", listing("/data", "1.dcm"))
    http_site.serve("/data/1.dcm", b"")
    with pytest.raises(UnreadableContent, match="data is one empty file: 0 bytes"):
        workspaces.open_workspace(settings).scan(url)


def test_the_command_line_lists_the_files_and_takes_a_pick(
    http_site: Site, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    url = page_with_two(http_site)
    assert cli.main(["scan", url]) == 1
    assert "1. ct.zip (0.0 MB) 2. mr.zip (0.0 MB)" in capsys.readouterr().err
    assert cli.main(["scan", url, "--pick", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 2
    assert cli.main(["scan", url, "--pick", "3"]) == 1
    assert "pick 1 to 2" in capsys.readouterr().err


def test_a_job_that_needs_a_choice_keeps_the_candidates(http_site: Site, settings: Settings) -> None:
    workspace = workspaces.open_workspace(settings)
    url = page_with_two(http_site)
    with pytest.raises(ChoiceNeeded) as caught:
        workspace.scan(url)
    job = workspace.datasets()[0].job
    assert job is not None
    assert (job.state, job.candidates) == (State.FAILED, caught.value.candidates)
    dataset = workspace.scan(url, pick=1)
    assert (dataset.name, dataset.source_url) == ("ct.zip", f"{http_site.address}/files/ct.zip")
    assert sources.parse(dataset.source_url).kind == "http"
