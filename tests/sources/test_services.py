"""What holds for every service: keys, refusals, waiting, redirects, sign-in pages, empty datasets, a scan."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from biodatamine_core import cli
from biodatamine_core.errors import BioDataMineError, DownloadFailed, NotFound, NotTheData
from biodatamine_core.settings import Service, Services
from biodatamine_core.sources import Reach, parse
from tests.servers import Page, Site, serving
from tests.sources.clouds import CLOUDS
from tests.sources.services import SERVICES, Kept

ALL = {**SERVICES, **CLOUDS}
With = Callable[[Kept, str], Reach]
every_service = pytest.mark.parametrize("kept", [pytest.param(kept, id=name) for name, kept in ALL.items()])


@every_service
def test_a_dataset_is_listed_and_nothing_is_downloaded(kept: Kept, http_site: Site, services: Reach) -> None:
    kept.serve(http_site)
    found = list(parse(kept.at(http_site)).artifacts(services))
    assert found
    assert {artifact.licence for artifact in found} == {kept.licence}
    assert not {artifact.url.removeprefix(http_site.address) for artifact in found} & set(http_site.asked())


@every_service
def test_a_key_is_shown_to_its_service(kept: Kept, http_site: Site, reach_with: With) -> None:
    kept.serve(http_site)
    http_site.expects_authorization = kept.authorization
    assert list(parse(kept.at(http_site)).artifacts(reach_with(kept, "key")))


@every_service
@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_told_with_where_to_get_one(kept: Kept, status: int, http_site: Site, reach_with: With) -> None:
    http_site.serve(kept.first, Page(status=status))
    with pytest.raises(DownloadFailed, match=kept.key) as caught:
        list(parse(kept.at(http_site)).artifacts(reach_with(kept, "geheim")))
    assert "geheim" not in str(caught.value)


@every_service
def test_what_is_not_there_is_named(kept: Kept, http_site: Site, services: Reach) -> None:
    with pytest.raises(NotFound, match="check the address"):
        list(parse(kept.at(http_site)).artifacts(services))


@every_service
def test_a_service_that_is_asked_too_often_is_left_alone_for_as_long_as_it_says(
    kept: Kept, http_site: Site, services: Reach, pauses: list[float]
) -> None:
    kept.serve(http_site)
    well = http_site.pages[kept.first]
    http_site.pages[kept.first] = [Page(status=429, headers={"Retry-After": "7"}), *well]
    http_site.answers_head = False  # it would answer the same until somebody asks for the bytes
    assert list(parse(kept.at(http_site)).artifacts(services))
    assert pauses == [7.0]


@every_service
def test_a_service_that_wants_hours_is_told(kept: Kept, http_site: Site, services: Reach, pauses: list[float]) -> None:
    http_site.serve(kept.first, Page(status=429, headers={"Retry-After": "7200"}))
    with pytest.raises(DownloadFailed, match="120 minutes"):
        list(parse(kept.at(http_site)).artifacts(services))
    assert pauses == []


@every_service
def test_no_key_follows_to_another_host(kept: Kept, http_site: Site, reach_with: With) -> None:
    kept.serve(http_site)
    with serving() as other:
        other.pages = dict(http_site.pages)
        http_site.redirect(kept.first, f"{other.address}{kept.first}")
        if kept.is_posted:
            with pytest.raises(DownloadFailed, match="answered 302"):
                list(parse(kept.at(http_site)).artifacts(reach_with(kept, "key")))
        else:
            assert list(parse(kept.at(http_site)).artifacts(reach_with(kept, "key")))
        assert {headers.get("Authorization") for _, _, headers in other.requests} == (
            set() if kept.is_posted else {None}
        )
    assert http_site.requests[0][2]["Authorization"] == kept.authorization


@every_service
def test_a_sign_in_page_is_no_answer(kept: Kept, http_site: Site, services: Reach) -> None:
    http_site.serve(kept.first, Page(b"<!doctype html><title>Sign in</title>", content_type="text/html"))
    with pytest.raises(NotTheData, match=f"web page, such as one to sign in.*{kept.key}"):
        list(parse(kept.at(http_site)).artifacts(services))


@every_service
@pytest.mark.parametrize("data", [b"", b"null", b"[]", b'"x"', b'{"files": {"a": 1}, "tree": 3}', b"[" * 100_000])
def test_an_answer_of_another_shape_is_no_traceback(kept: Kept, data: bytes, http_site: Site, services: Reach) -> None:
    kept.serve(http_site)
    for path in list(http_site.pages):
        http_site.serve(path, Page(data, content_type="application/json"))
        try:
            list(parse(kept.at(http_site)).artifacts(services))
        except BioDataMineError as error:
            assert str(error)


@every_service
def test_an_empty_dataset_is_told(kept: Kept, http_site: Site, services: Reach) -> None:
    kept.serve(http_site)
    http_site.serve(*kept.empty)
    with pytest.raises(NotFound, match=r"empty|no files"):
        list(parse(kept.at(http_site)).artifacts(services))


@pytest.mark.parametrize(
    "kept",
    [pytest.param(kept, id=name, marks=[pytest.mark.long] * (name != "github")) for name, kept in ALL.items()],
)
def test_the_command_line_scans_what_is_pasted(
    kept: Kept,
    http_site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept.serve(http_site)
    for name in [field.name for field in fields(Services) if field.type in (Service, "Service")]:
        monkeypatch.setenv(f"BIODATAMINE_{name.upper()}_URL", http_site.address)
    monkeypatch.setenv("BIODATAMINE_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("BIODATAMINE_WORKERS", "1")
    monkeypatch.setenv("BIODATAMINE_ALLOW_HOSTS", "127.0.0.1")
    assert cli.main(["scan", kept.at(http_site), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["modalities"] == {"CT": 1}
