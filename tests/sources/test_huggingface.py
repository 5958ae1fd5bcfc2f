"""Hugging Face: pages of a listing, LFS, folders, files, revisions, gated datasets."""

import hashlib

import pytest

from biodatamine_core.errors import DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach, parse
from tests.servers import Page, Site
from tests.sources.services import CT, SHA, huggingface, said

API = "/api/datasets/lab/ct"
PAGE = "https://huggingface.co/datasets/lab/ct"


def test_every_page_of_the_listing_is_read(http_site: Site, services: Reach) -> None:
    huggingface(http_site)
    files = f"{http_site.address}/datasets/lab/ct/resolve"
    sha256 = f"sha256:{hashlib.sha256(CT).hexdigest()}"
    assert list(parse(PAGE).artifacts(services)) == [
        Artifact("ct/1.dcm", f"{files}/main/ct/1.dcm", len(CT), sha256, "CC-BY-4.0", "a1"),
        Artifact("README.md", f"{files}/{SHA}/README.md", 5, None, "CC-BY-4.0", "b2"),
    ]


def test_a_folder_is_named_from_there(http_site: Site, services: Reach) -> None:
    huggingface(http_site)
    http_site.serve(f"{API}/tree/{SHA}/ct", said([{"type": "file", "oid": "a", "size": 3, "path": "ct/b/1.dcm"}]))
    assert [artifact.name for artifact in parse(f"{PAGE}/tree/main/ct").artifacts(services)] == ["b/1.dcm"]


@pytest.mark.parametrize("page", ["blob", "resolve", "raw"])
def test_one_file_is_taken_alone(page: str, http_site: Site, services: Reach) -> None:
    huggingface(http_site)
    (found,) = parse(f"{PAGE}/{page}/main/README.md").artifacts(services)
    assert (found.name, found.size_bytes) == ("README.md", 5)
    with pytest.raises(NotFound, match=r'"nothing\.nii" in lab/ct'):
        list(parse(f"{PAGE}/{page}/main/nothing.nii").artifacts(services))


def test_a_revision_may_hold_slashes(http_site: Site, services: Reach) -> None:
    http_site.serve(f"{API}/revision/refs%2Fconvert%2Fparquet", said({"sha": SHA}))
    http_site.serve(f"{API}/tree/{SHA}", said([{"type": "file", "oid": "a", "size": 3, "path": "0.parquet"}]))
    for pasted in (f"{PAGE}/tree/refs%2Fconvert%2Fparquet", f"{PAGE}/tree/refs/convert/parquet"):
        assert [artifact.name for artifact in parse(pasted).artifacts(services)] == ["0.parquet"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_dataset_says_where_to_agree(status: int, http_site: Site, services: Reach) -> None:
    huggingface(http_site)
    http_site.serve(f"{API}/revision/main", said({"sha": SHA, "gated": "manual"}))
    http_site.serve("/datasets/lab/ct/resolve/main/ct/1.dcm", Page(status=status))
    with pytest.raises(DownloadFailed, match=r"is gated: agree .*datasets/lab/ct first.*BIODATAMINE_HUGGINGFACE_TOKEN"):
        list(parse(PAGE).artifacts(services))


def test_a_gated_dataset_opens_to_who_agreed(http_site: Site, services: Reach) -> None:
    huggingface(http_site)
    http_site.serve(f"{API}/revision/main", said({"sha": SHA, "gated": "auto"}))
    assert len(list(parse(PAGE).artifacts(services))) == 2


def test_a_model_is_no_dataset() -> None:
    for page in ("https://huggingface.co/lab/model", "https://huggingface.co/spaces/lab/demo", "https://hf.co"):
        with pytest.raises(UnsupportedURL, match="is no dataset"):
            parse(page)
