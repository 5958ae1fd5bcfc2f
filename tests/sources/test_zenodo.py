"""Zenodo: checksums, versions, one file of a record, files that are not public."""

import hashlib

import pytest

from biodatamine_core.errors import DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach, parse
from tests.servers import Site
from tests.sources.services import ZIP, said, zenodo

MD5 = hashlib.md5(ZIP, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    "pasted", ["https://zenodo.org/records/42", "https://zenodo.org/records/42/files/ct scans.zip"]
)
def test_a_file_is_listed_with_its_md5(pasted: str, http_site: Site, services: Reach) -> None:
    zenodo(http_site)
    url = f"{http_site.address}/api/records/42/files/ct%20scans.zip/content"
    expected = Artifact("ct scans.zip", url, len(ZIP), f"md5:{MD5}", "CC-BY-4.0", "42")
    assert list(parse(pasted).artifacts(services)) == [expected]


def test_all_versions_stand_for_the_newest(http_site: Site, services: Reach) -> None:
    zenodo(http_site)
    http_site.redirect("/api/records/41", f"{http_site.address}/api/records/42")
    http_site.redirect("/api/records/41/versions/latest", f"{http_site.address}/api/records/42")
    for pasted in ("https://doi.org/10.5281/zenodo.41", "https://zenodo.org/records/41/latest"):
        assert [artifact.version for artifact in parse(pasted).artifacts(services)] == ["42"]


@pytest.mark.parametrize("access", ["restricted", "embargoed"])
def test_files_that_are_not_public_are_told(access: str, http_site: Site, services: Reach) -> None:
    http_site.serve("/api/records/42", said({"id": 42, "metadata": {"access_right": access}}))
    with pytest.raises(DownloadFailed, match=rf"not public \({access}\); ask for access.*BIODATAMINE_ZENODO_TOKEN"):
        list(parse("https://zenodo.org/records/42").artifacts(services))


def test_a_file_that_a_record_does_not_have_is_named(http_site: Site, services: Reach) -> None:
    zenodo(http_site)
    with pytest.raises(NotFound, match=r'no file "mr\.zip"'):
        list(parse("https://zenodo.org/records/42/files/mr.zip").artifacts(services))


def test_a_page_of_zenodo_that_is_no_record_is_refused() -> None:
    for page in ("https://zenodo.org", "https://zenodo.org/communities/mri", "https://zenodo.org/search?q=ct"):
        with pytest.raises(UnsupportedURL, match="is no record"):
            parse(page)
