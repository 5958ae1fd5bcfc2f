"""Kaggle: versions, single files, keys in their forms, rules that are not accepted, what a notebook reads."""

import json
from pathlib import Path

import pytest

from biodatamine_core.errors import ChoiceNeeded, DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.settings import Service, Services, Settings
from biodatamine_core.sources import Reach, parse, picked
from biodatamine_core.sources.asking.kaggle_package import dataset_files
from biodatamine_core.storage import LocalStorage
from tests.servers import Page, Site
from tests.sources.services import ZIP, at, kaggle, said

DATASET = "https://www.kaggle.com/datasets/lab/chest-ct"
COMPETITION, LIST = "https://www.kaggle.com/competitions/chest", "/api/v1/competitions/data/list/chest"
BASIC = "Basic YW5hOms="  # ana:k


def test_a_dataset_is_its_archive_at_the_newest_version(http_site: Site, services: Reach) -> None:
    kaggle(http_site)
    url = f"{http_site.address}/api/v1/datasets/download/lab/chest-ct?datasetVersionNumber=3"
    expected = Artifact("chest-ct.zip", url, len(ZIP), None, "CC0: Public Domain", "3")
    assert list(parse(DATASET).artifacts(services)) == [expected]


@pytest.mark.parametrize("pasted", [f"{DATASET}/versions/2", f"{DATASET}?datasetVersionNumber=2"])
def test_an_older_version_is_asked_for_as_such(pasted: str, http_site: Site, services: Reach) -> None:
    kaggle(http_site)
    (found,) = parse(pasted).artifacts(services)
    assert (found.version, found.url.rpartition("?")[2]) == ("2", "datasetVersionNumber=2")


def test_one_file_is_taken_alone(http_site: Site, services: Reach) -> None:
    kaggle(http_site)
    http_site.serve("/api/v1/datasets/download/lab/chest-ct/ct/1.dcm", b"ct")
    (found,) = parse(f"{DATASET}?select=ct%2F1.dcm").artifacts(services)
    assert (found.name, found.size_bytes) == ("ct/1.dcm", 2)


def test_a_user_with_a_key_signs_in_as_such(http_site: Site, tmp_path: Path) -> None:
    kaggle(http_site)
    http_site.expects_authorization = BASIC
    here = Services(kaggle=Service(http_site.address, "k"), kaggle_user="ana")
    settings = Settings(services=here, allowed_hosts=frozenset({"127.0.0.1"}))
    assert list(parse(DATASET).artifacts(Reach.of(settings, LocalStorage(tmp_path / "store"))))


def test_the_file_that_kaggle_hands_out_is_found(http_site: Site, home: Path, tmp_path: Path) -> None:
    kaggle(http_site)
    http_site.expects_authorization = BASIC
    settings = Settings(services=at(http_site), allowed_hosts=frozenset({"127.0.0.1"}))
    (home / ".kaggle").mkdir(parents=True)
    for text in ("{", "[]", '{"username": 3}'):
        (home / ".kaggle" / "kaggle.json").write_text(text)
        with pytest.raises(DownloadFailed, match=r"kaggle\.json"):
            list(parse(DATASET).artifacts(Reach.of(settings, LocalStorage(tmp_path))))
    (home / ".kaggle" / "kaggle.json").write_text(json.dumps({"username": "ana", "key": "k"}))
    assert list(parse(DATASET).artifacts(Reach.of(settings, LocalStorage(tmp_path))))


def test_the_token_that_kaggle_s_own_program_keeps_is_found(http_site: Site, home: Path, tmp_path: Path) -> None:
    kaggle(http_site)
    http_site.expects_authorization = "Bearer KGAT_1"
    settings = Settings(services=at(http_site), allowed_hosts=frozenset({"127.0.0.1"}))
    (home / ".kaggle").mkdir(parents=True)
    (home / ".kaggle" / "kaggle.json").write_text(json.dumps({"username": "ana", "key": "k"}))
    (home / ".kaggle" / "access_token").write_bytes(b"\xff")
    with pytest.raises(DownloadFailed, match=r"kaggle\.json"):
        list(parse(DATASET).artifacts(Reach.of(settings, LocalStorage(tmp_path))))
    (home / ".kaggle" / "access_token").write_text("KGAT_1\n")
    assert list(parse(DATASET).artifacts(Reach.of(settings, LocalStorage(tmp_path))))


def test_the_files_of_a_dataset_are_listed_page_by_page() -> None:
    pages = {
        "/api/v1/datasets/list/lab/chest-ct?datasetVersionNumber=3": {
            "datasetFiles": [{"name": "1.dcm", "totalBytes": 9}],
            "nextPageToken": "a b",
        },
        "/api/v1/datasets/list/lab/chest-ct?datasetVersionNumber=3&pageToken=a+b": {
            "datasetFiles": [{"name": "2.dcm", "totalBytes": 8}]
        },
    }
    assert list(dataset_files("lab/chest-ct", 3, pages.__getitem__)) == [("1.dcm", 9), ("2.dcm", 8)]


@pytest.mark.parametrize("answer", [None, {"datasetFiles": 3}, {"datasetFiles": [3]}])
def test_a_list_that_cannot_be_understood_is_told(answer: object) -> None:
    with pytest.raises(DownloadFailed, match="no list that can be understood"):
        list(dataset_files("lab/chest-ct", None, lambda path: answer))


def test_rules_that_are_not_accepted_are_told_with_their_link(http_site: Site, services: Reach) -> None:
    http_site.serve(LIST, Page(b'{"code": 403, "message": "You must accept the rules"}', status=403))
    with pytest.raises(DownloadFailed, match=r"accept them at https://www\.kaggle\.com/competitions/chest/rules"):
        list(parse(COMPETITION).artifacts(services))


def test_a_competition_is_its_archive(http_site: Site, services: Reach) -> None:
    http_site.serve(LIST, said({"files": [{"name": "1.dcm", "totalBytes": 9}], "nextPageToken": ""}))
    url = http_site.serve("/api/v1/competitions/data/download-all/chest", ZIP)
    assert list(parse(COMPETITION).artifacts(services)) == [Artifact("chest.zip", url, len(ZIP))]
    http_site.serve(LIST, said({"files": []}))
    with pytest.raises(NotFound, match="no files"):
        list(parse(COMPETITION).artifacts(services))


def test_a_page_to_sign_in_in_the_place_of_the_archive_is_told(http_site: Site, services: Reach) -> None:
    kaggle(http_site)
    page = http_site.serve("/account/login", Page(b"<!doctype html>", content_type="text/html; charset=utf-8"))
    http_site.redirect("/api/v1/datasets/download/lab/chest-ct", page)
    with pytest.raises(DownloadFailed, match="web page, such as one to sign in"):
        list(parse(DATASET).artifacts(services))


def notebook(site: Site, *datasets: str, competitions: tuple[str, ...] = ()) -> str:
    """kagglesdk: ApiGetKernelResponse and ApiKernelMetadata."""
    metadata = {"datasetDataSources": list(datasets), "competitionDataSources": list(competitions)}
    site.serve("/api/v1/kernels/pull?userName=ana&kernelSlug=look-inside", said({"metadata": metadata, "blob": {}}))
    return "https://www.kaggle.com/code/ana/look-inside"


def test_a_notebook_with_several_inputs_needs_a_choice(http_site: Site, services: Reach) -> None:
    url = notebook(http_site, "lab/chest-ct", "lab/other", competitions=("chest",))
    with pytest.raises(ChoiceNeeded, match=r"1\. lab/chest-ct 2\. lab/other 3\. chest"):
        list(parse(url).artifacts(services))
    assert [picked(url, pick, services) for pick in (1, 3)] == [DATASET, COMPETITION]


def test_a_notebook_with_one_input_is_that_dataset_and_one_without_is_told(http_site: Site, services: Reach) -> None:
    kaggle(http_site)
    (found,) = parse(notebook(http_site, "lab/chest-ct/3")).artifacts(services)
    assert found.name == "chest-ct.zip"
    with pytest.raises(NotFound, match="reads no dataset"):
        list(parse(notebook(http_site)).artifacts(services))


def test_a_page_of_kaggle_that_is_no_dataset_is_refused() -> None:
    for page in ("https://www.kaggle.com", "https://www.kaggle.com/docs/api", "https://www.kaggle.com/datasets"):
        with pytest.raises(UnsupportedURL, match="is no dataset"):
            parse(page)
