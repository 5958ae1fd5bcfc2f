"""figshare, OSF, Dataverse and DOIs: what each of them lists, and what it does not give."""

import hashlib

import pytest

from biodatamine_core.errors import DownloadFailed, NotFound, NotTheData, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach, parse
from tests.servers import Page, Site
from tests.sources.services import (
    CT,
    DATAVERSE_VERSION,
    ZIP,
    dataverse,
    doi,
    figshare,
    openneuro,
    osf,
    osf_file,
    physionet,
    said,
    zenodo,
)

MD5 = hashlib.md5(ZIP, usedforsecurity=False).hexdigest()

# ---------------------------------------------------------------------------------------------------------- figshare


@pytest.mark.parametrize(("place", "version"), [("42", "3"), ("42/2", "2")])
def test_an_item_of_figshare_is_its_files_at_a_version(
    place: str, version: str, http_site: Site, services: Reach
) -> None:
    figshare(http_site)
    url = f"{http_site.address}/ndownloader/files/7"
    expected = Artifact("ct.zip", url, len(ZIP), f"md5:{MD5}", "CC BY 4.0", version)
    assert list(parse(f"https://figshare.com/articles/dataset/Chest_CT/{place}").artifacts(services)) == [expected]


def test_every_page_of_figshares_files_is_read(http_site: Site, services: Reach) -> None:
    figshare(http_site)
    file = {"name": "1.dcm", "size": 1, "download_url": f"{http_site.address}/1"}
    files = "/v2/articles/42/versions/3/files"
    http_site.serve(f"{files}?page=1&page_size=1000", said([file] * 1000))
    http_site.serve(f"{files}?page=2&page_size=1000", said([file] * 3))
    assert len(list(parse("https://figshare.com/articles/x/42").artifacts(services))) == 1003


def test_files_that_figshare_only_links_to_are_told(http_site: Site, services: Reach) -> None:
    figshare(http_site)
    link = {"name": "x", "is_link_only": True, "download_url": "https://x.org/page"}
    http_site.serve("/v2/articles/42/versions/3/files", said([link]))
    with pytest.raises(DownloadFailed, match="only links to files elsewhere"):
        list(parse("https://figshare.com/articles/x/42").artifacts(services))


# --------------------------------------------------------------------------------------------------------------- OSF


def test_a_project_of_osf_is_the_files_of_all_its_folders(http_site: Site, services: Reach) -> None:
    osf(http_site)
    first, second = parse("https://osf.io/ab3de").artifacts(services)
    url = f"{http_site.address}/download/{len(CT)}/"
    sha256 = f"sha256:{hashlib.sha256(CT).hexdigest()}"
    assert first.name == "read me.txt"
    assert second == Artifact("ct/1.dcm", url, len(CT), sha256, "CC0 1.0 Universal", "2")


def test_a_file_of_osf_is_taken_alone(http_site: Site, services: Reach) -> None:
    http_site.serve("/v2/guids/x9y8z/", said({"data": osf_file(http_site, "/ct/1.dcm", CT)}))
    assert [artifact.name for artifact in parse("https://osf.io/x9y8z/download").artifacts(services)] == ["ct/1.dcm"]


def test_a_person_on_osf_is_no_dataset(http_site: Site, services: Reach) -> None:
    http_site.serve("/v2/guids/abcde/", said({"data": {"type": "users"}}))
    with pytest.raises(NotFound, match="no project"):
        list(parse("https://osf.io/abcde").artifacts(services))
    with pytest.raises(UnsupportedURL, match="is no project"):
        parse("https://osf.io/search?q=mri")


# --------------------------------------------------------------------------------------------------------- Dataverse


def test_a_dataset_of_a_dataverse_is_its_files(http_site: Site, services: Reach) -> None:
    dataverse(http_site)
    url = f"{http_site.address}/api/access/datafile/7"
    expected = Artifact("scans/ct.zip", url, len(ZIP), f"md5:{MD5}", "CC0 1.0", "2.1")
    pasted = f"{http_site.address}/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC&widget=x"
    assert list(parse(pasted).artifacts(services)) == [expected]


@pytest.mark.parametrize(
    "form", ["dataset.xhtml?persistentId={id}&version=1.0", "api/datasets/:persistentId/versions/1.0?persistentId={id}"]
)
def test_a_version_of_a_dataverse_is_asked_for_as_such(form: str, http_site: Site, services: Reach) -> None:
    dataverse(http_site)
    http_site.pages[DATAVERSE_VERSION.replace(":latest-published", "1.0")] = http_site.pages.pop(DATAVERSE_VERSION)
    pasted = f"{http_site.address}/{form.format(id='doi:10.7910/DVN/ABC')}"
    assert len(list(parse(pasted).artifacts(services))) == 1


def test_a_table_comes_as_it_was_deposited(http_site: Site, services: Reach) -> None:
    made_over = {"id": 8, "filename": "a.tab", "filesize": 5, "md5": "0" * 32, "originalFileFormat": "text/csv"}
    data = {**made_over, "originalFileName": "a.csv", "originalFileSize": 7}
    http_site.serve(DATAVERSE_VERSION, said({"data": {"files": [{"label": "a.tab", "dataFile": data}]}}))
    (found,) = parse(f"{http_site.address}/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC").artifacts(services)
    assert (found.name, found.size_bytes, found.checksum) == ("a.csv", 7, None)
    assert found.url.endswith("/api/access/datafile/8?format=original")


def test_restricted_files_are_counted_and_told(http_site: Site, services: Reach) -> None:
    files = [
        {"label": f"{number}.zip", "restricted": number > 1, "dataFile": {"id": number, "filesize": 1}}
        for number in (1, 2, 3)
    ]
    http_site.serve(DATAVERSE_VERSION, said({"data": {"files": files}}))
    http_site.serve("/api/access/datafile/2", Page(status=403))
    pasted = f"{http_site.address}/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC"
    with pytest.raises(DownloadFailed, match=r"2 of 3 files .* are restricted, such as 2\.zip: ask for access"):
        list(parse(pasted).artifacts(services))
    http_site.serve("/api/access/datafile/2", b"x")
    assert len(list(parse(pasted).artifacts(services))) == 3


@pytest.mark.parametrize(
    "form", ["file.xhtml?fileId=7", "api/access/datafile/7?gbrecs=true", "file.xhtml?persistentId={id}"]
)
def test_a_file_of_a_dataverse_is_taken_alone(form: str, http_site: Site, services: Reach) -> None:
    answer = Page(ZIP, headers={"Content-Disposition": 'attachment; filename="ct.zip"'})
    for place in ("7", ":persistentId"):
        http_site.serve(f"/api/access/datafile/{place}", answer)
    (found,) = parse(f"{http_site.address}/{form.format(id='doi:10.7910/DVN/ABC/DEF')}").artifacts(services)
    assert (found.name, found.size_bytes) == ("ct.zip", len(ZIP))


# --------------------------------------------------------------------------------------------------------- PhysioNet


@pytest.mark.parametrize("pasted", ["content/chest/1.0.0/", "content/chest/", "files/chest/1.0.0/"])
def test_a_project_of_physionet_is_what_it_states_hashes_of(pasted: str, http_site: Site, services: Reach) -> None:
    physionet(http_site)
    first, second = parse(f"https://physionet.org/{pasted}").artifacts(services)
    url = f"{http_site.address}/files/chest/1.0.0/ct/1.dcm"
    assert first == Artifact("ct/1.dcm", url, None, f"sha256:{hashlib.sha256(CT).hexdigest()}", None, "1.0.0")
    assert second.name == "LICENSE.txt"


@pytest.mark.parametrize("path", ["ct", "ct/", "ct/1.dcm"])
def test_a_part_of_a_project_is_taken_alone(path: str, http_site: Site, services: Reach) -> None:
    physionet(http_site)
    found = parse(f"https://physionet.org/files/chest/1.0.0/{path}").artifacts(services)
    assert [artifact.name for artifact in found] == ["1.dcm"]


def test_a_path_that_leads_out_of_a_project_is_left_out(http_site: Site, services: Reach) -> None:
    physionet(http_site)
    http_site.serve("/files/chest/1.0.0/SHA256SUMS.txt", b"0" * 64 + b" ../../etc/passwd\nno hash at all\n")
    with pytest.raises(NotFound, match="no files"):
        list(parse("https://physionet.org/content/chest/1.0.0/").artifacts(services))


# --------------------------------------------------------------------------------------------------------- OpenNeuro


def test_a_dataset_of_openneuro_is_its_tree_from_the_bucket(http_site: Site, services: Reach) -> None:
    openneuro(http_site)
    (found,) = parse("https://openneuro.org/datasets/ds000042").artifacts(services)
    url = f"{http_site.address}/openneuro.org/ds000042/sub-01/1.dcm?versionId=V1"
    assert found == Artifact("sub-01/1.dcm", url, len(CT), None, "CC0", "a1")
    assert b'tag: \\"1.0.1\\"' in http_site.bodies[1] and b'tree: \\"7ee\\"' in http_site.bodies[2]


def test_a_version_of_openneuro_is_asked_for_as_such(http_site: Site, services: Reach) -> None:
    openneuro(http_site)
    del http_site.pages["/crn/graphql"][0]
    assert len(list(parse("10.18112/openneuro.ds000042.v1.0.0").artifacts(services))) == 1
    assert b'tag: \\"1.0.0\\"' in http_site.bodies[0]


def test_a_dataset_that_openneuro_does_not_show_is_told(http_site: Site, services: Reach) -> None:
    http_site.serve(
        "/crn/graphql", said({"errors": [{"message": "You do not have access"}], "data": {"dataset": None}})
    )
    with pytest.raises(NotFound, match="nothing public under ds000042"):
        list(parse("https://openneuro.org/datasets/ds000042").artifacts(services))


# --------------------------------------------------------------------------------------------------------------- DOI


def resolves(site: Site, url: str) -> None:
    value = {"index": 1, "type": "URL", "data": {"format": "string", "value": url}}
    site.serve("/api/handles/10.1234/chest", said({"responseCode": 1, "values": [value]}))


def test_a_doi_is_read_as_the_page_that_it_leads_to(http_site: Site, services: Reach) -> None:
    zenodo(http_site)
    resolves(http_site, "https://zenodo.org/record/42")
    assert [artifact.name for artifact in parse("doi:10.1234/CHEST").artifacts(services)] == ["ct scans.zip"]
    dataverse(http_site)
    resolves(http_site, f"{http_site.address}/citation?persistentId=doi:10.1234/CHEST")
    assert [artifact.name for artifact in parse("10.1234/chest").artifacts(services)] == ["scans/ct.zip"]


def test_a_doi_of_a_page_without_data_is_told(http_site: Site, services: Reach) -> None:
    doi(http_site)
    http_site.serve("/landing", Page(b"<!doctype html><p>An article", content_type="text/html"))
    with pytest.raises(NotTheData, match=r"leads to .*/landing, a page that links to no file"):
        list(parse("https://doi.org/10.1234/chest").artifacts(services))


def test_a_doi_that_leads_in_circles_ends(http_site: Site, services: Reach) -> None:
    resolves(http_site, "https://doi.org/10.1234/chest")
    with pytest.raises(UnsupportedURL, match="leads to another DOI"):
        list(parse("https://doi.org/10.1234/chest").artifacts(services))
