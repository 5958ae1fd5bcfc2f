"""WebDAV: a real Apache, and shares of Nextcloud in their newer and older way."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from biodatamine_core.credentials import Credentials, SignIn, place_of
from biodatamine_core.errors import DownloadFailed, LimitExceeded, NotFound, NotTheData
from biodatamine_core.records import Artifact
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, parse
from biodatamine_core.storage import LocalStorage
from tests.servers import Page, Site, serving
from tests.sources.services import CT, SHARE, listed
from tests.web_servers import FILES, PASSWORD, USER, serving_apache

SETTINGS = Settings(allowed_hosts=frozenset({"127.0.0.1"}))
OLDER = "/public.php/webdav"


@pytest.fixture(scope="module")
def apache() -> Iterator[str]:
    with serving_apache() as address:
        yield address


def reach_as(address: str, folder: Path, user: str, password: str) -> Reach:
    signed = Credentials({place_of(address): SignIn.basic(user, password, plain_http=True)})
    return Reach.of(SETTINGS, LocalStorage(folder), signed)


@pytest.mark.parametrize("pasted", ["dav{rest}/dav/", "dav{rest}/dav", "webdav{rest}/dav/"])
def test_a_folder_is_one_dataset_with_its_folders(pasted: str, apache: str, services: Reach) -> None:
    address = pasted.format(rest=apache.removeprefix("http"))
    found = {artifact.name: artifact.size_bytes for artifact in parse(address).artifacts(services)}
    assert found == {name: len(data) for name, data in FILES.items()}


def test_every_file_comes_from_where_it_is_listed(apache: str, services: Reach) -> None:
    for artifact in parse(f"dav{apache.removeprefix('http')}/dav/").artifacts(services):
        with services.transport.stream(artifact.link) as (_, chunks):
            assert b"".join(chunks) == FILES[artifact.name]


def test_a_file_is_taken_alone(apache: str, services: Reach) -> None:
    (found,) = parse(f"dav{apache.removeprefix('http')}/dav/1.dcm").artifacts(services)
    assert (found.name, found.url, found.size_bytes) == ("1.dcm", f"{apache}/dav/1.dcm", len(FILES["1.dcm"]))


def test_a_folder_that_is_locked_empty_or_gone_is_told(apache: str, services: Reach, tmp_path: Path) -> None:
    dav = f"dav{apache.removeprefix('http')}"
    assert len(list(parse(f"{dav}/locked/").artifacts(reach_as(apache, tmp_path, USER, PASSWORD)))) == 1
    for reach in (services, reach_as(apache, tmp_path, USER, "wrong")):
        with pytest.raises(DownloadFailed, match=r"does not let us in.*Sign-ins.*app password"):
            list(parse(f"{dav}/locked/").artifacts(reach))
    with pytest.raises(NotFound, match="has no files"):
        list(parse(f"{dav}/dav/empty/").artifacts(services))
    with pytest.raises(NotFound, match="check the address"):
        list(parse(f"{dav}/dav/nothing/").artifacts(services))
    with pytest.raises(NotFound, match="no folder that a WebDAV server shares"):
        list(parse(f"{dav}/data/").artifacts(services))


# ------------------------------------------------------------------------------------------------- shares of a cloud


def older_cloud(site: Site) -> str:
    """Nextcloud before 29 and ownCloud 10: the share's name is a user."""
    site.serve(OLDER, listed((f"{OLDER}/", None), (f"{OLDER}/c%20t/", None)))
    site.serve(f"{OLDER}/c%20t/", listed((f"{OLDER}/c%20t/", None), (f"{OLDER}/c%20t/1.dcm", CT)))
    return f"{site.address}/index.php/s/AbCdEfGh1234567"


def basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def test_an_older_cloud_is_asked_as_it_knows_shares(http_site: Site, services: Reach) -> None:
    (found,) = parse(older_cloud(http_site)).artifacts(services)
    download = f"{http_site.address}/index.php/s/AbCdEfGh1234567/download?path=/c%20t&files=1.dcm".replace("%20", "+")
    assert found == Artifact("c t/1.dcm", download, len(CT), version="e1")
    shown = [headers.get("Authorization") for method, path, headers in http_site.requests if path.startswith(OLDER)]
    assert shown == [basic("AbCdEfGh1234567", "")] * 2


def test_a_share_with_a_password_is_read_with_it_and_says_so_without(
    http_site: Site, services: Reach, tmp_path: Path
) -> None:
    url = older_cloud(http_site)
    http_site.expects_authorization = basic("AbCdEfGh1234567", "geheim")
    with pytest.raises(DownloadFailed, match=r'has a password.*Sign-ins.*user name "AbCdEfGh1234567"'):
        list(parse(url).artifacts(services))
    (found,) = parse(url).artifacts(reach_as(http_site.address, tmp_path, "AbCdEfGh1234567", "geheim"))
    assert found.url == f"{http_site.address}{OLDER}/c%20t/1.dcm"


def test_the_name_of_a_share_follows_to_no_other_host(http_site: Site, services: Reach) -> None:
    url = older_cloud(http_site)
    with serving() as other:
        other.pages = dict(http_site.pages)
        http_site.redirect(OLDER, f"{other.address}{OLDER}")
        assert list(parse(url).artifacts(services))
        assert [headers.get("Authorization") for _, path, headers in other.requests if path == OLDER] == [None]


def test_a_folder_and_a_file_of_a_share_are_taken_alone(http_site: Site, services: Reach) -> None:
    url = older_cloud(http_site)
    http_site.serve(f"{OLDER}/c%20t", *http_site.pages[f"{OLDER}/c%20t/"])
    (found,) = parse(f"{url}?path=%2Fc%20t").artifacts(services)
    assert found.name == "1.dcm"
    http_site.serve(OLDER, listed((OLDER, CT)))
    headers = {"Content-Disposition": 'attachment; filename="one.dcm"'}
    http_site.serve("/index.php/s/AbCdEfGh1234567/download", Page(CT, headers=headers))
    assert [artifact.name for artifact in parse(url).artifacts(services)] == ["one.dcm"]


@pytest.mark.parametrize("path", ["/s/chest-ct-2020", "/help/webdav/chest-ct-2020"])
def test_a_page_that_only_looks_like_a_cloud_is_a_page(path: str, http_site: Site, services: Reach) -> None:
    url = http_site.serve(path, CT)
    assert list(parse(url).artifacts(services)) == [Artifact("chest-ct-2020", url, len(CT))]


def test_a_share_with_a_thousand_parameters_is_a_share() -> None:
    assert parse(f"https://cloud.example.org/s/AbCdEfGh1234567?{'a=1&' * 1000}").kind == "webdav"


def test_entries_that_lie_elsewhere_or_lead_out_are_left_out(http_site: Site, services: Reach) -> None:
    out = [f"{SHARE}/../x.dcm", f"{SHARE}/%2e%2e/x.dcm", "http://example.org/x.dcm", "/x.dcm", "", "http://[x/1"]
    http_site.serve(SHARE, listed((f"{SHARE}/", None), *((href, CT) for href in out), (f"{SHARE}/1.dcm", CT)))
    found = parse(f"{http_site.address}/s/AbCdEfGh1234567").artifacts(services)
    assert [artifact.name for artifact in found] == ["1.dcm"]


def test_a_share_without_an_end_is_told(http_site: Site, services: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("biodatamine_core.sources.asking.multistatus.MOST_FILES", 3)
    http_site.serve(SHARE, listed((f"{SHARE}/", None), *((f"{SHARE}/{number}.dcm", CT) for number in range(4))))
    with pytest.raises(LimitExceeded, match="more than 3 files"):
        list(parse(f"{http_site.address}/s/AbCdEfGh1234567").artifacts(services))


def test_a_bomb_of_entities_is_no_list(http_site: Site, services: Reach) -> None:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bomb = f'<!DOCTYPE d [<!ENTITY a0 "aaaaaaaaaa">{entities}]><d:multistatus xmlns:d="DAV:">&a9;</d:multistatus>'
    http_site.serve(SHARE, Page(bomb.encode(), status=207, content_type="application/xml"))
    with pytest.raises(NotTheData):
        list(parse(f"{http_site.address}/s/AbCdEfGh1234567").artifacts(services))
