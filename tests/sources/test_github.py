"""GitHub: branches with slashes, folders, files, what Git LFS keeps, releases in pages."""

import hashlib
import json
import time
from pathlib import Path

import pytest

from biodatamine_core.download import Terms, download
from biodatamine_core.errors import DownloadFailed, LimitExceeded, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach, parse
from tests.servers import Page, Site
from tests.sources.services import CT, SHA, github, said

REPOSITORY = "/api/v3/repos/Lab/Chest"
CT_SHA256 = hashlib.sha256(CT).hexdigest()
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{CT_SHA256}\nsize {len(CT)}\n".encode()


def blob(path: str, size_bytes: int) -> dict[str, object]:
    return {"path": path, "type": "blob", "mode": "100644", "size": size_bytes}


@pytest.fixture
def branches(http_site: Site) -> Site:
    """A repository with the branch "new/scans": a/1.dcm, a/b/2.dcm and top.txt."""
    github(http_site)
    http_site.serve(f"{REPOSITORY}/commits/new", Page(b'{"message": "No commit found for SHA: new"}', status=422))
    http_site.serve(f"{REPOSITORY}/commits/new/scans", said({"sha": SHA, "commit": {"tree": {"sha": "40"}}}))
    tree = {"path": "a", "type": "tree", "sha": "41"}
    http_site.serve(f"{REPOSITORY}/git/trees/40", said({"tree": [tree, blob("top.txt", 3)]}))
    http_site.serve(f"{REPOSITORY}/git/trees/41", said({"tree": [blob("1.dcm", 10), blob("b/2.dcm", 20)]}))
    return http_site


def raw(site: Site, path: str) -> str:
    return f"{site.address}/raw/Lab/Chest/{SHA}/{path}"


def test_a_repository_is_its_archive_at_a_commit(http_site: Site, services: Reach) -> None:
    github(http_site)
    url = f"{http_site.address}{REPOSITORY}/zipball/{SHA}"
    expected = Artifact("Chest-5f2c0de.zip", url, licence="CC-BY-4.0", version=SHA)
    assert list(parse("https://github.com/lab/chest").artifacts(services)) == [expected]


def test_a_folder_of_a_branch_with_a_slash_is_its_files(branches: Site, services: Reach) -> None:
    assert list(parse("https://github.com/lab/chest/tree/new/scans/a").artifacts(services)) == [
        Artifact("1.dcm", raw(branches, "a/1.dcm"), 10, licence="CC-BY-4.0", version=SHA),
        Artifact("b/2.dcm", raw(branches, "a/b/2.dcm"), 20, licence="CC-BY-4.0", version=SHA),
    ]


@pytest.mark.parametrize("page", ["blob", "raw", "tree"])
def test_a_file_is_one_artifact(page: str, branches: Site, services: Reach) -> None:
    (found,) = parse(f"https://github.com/lab/chest/{page}/new/scans/top.txt").artifacts(services)
    assert found == Artifact("top.txt", raw(branches, "top.txt"), 3, licence="CC-BY-4.0", version=SHA)


def test_a_branch_or_a_path_that_is_not_there_is_named(branches: Site, services: Reach) -> None:
    with pytest.raises(NotFound, match='no branch, tag or commit that "old/scans"'):
        list(parse("https://github.com/lab/chest/tree/old/scans").artifacts(services))
    with pytest.raises(NotFound, match='has no "a/nothing"'):
        list(parse("https://github.com/lab/chest/tree/new/scans/a/nothing").artifacts(services))


def test_a_folder_that_github_lists_in_part_is_refused_and_a_repository_is_not(branches: Site, services: Reach) -> None:
    listed = {"tree": [blob("1.dcm", 10)], "truncated": True}
    branches.serve(f"{REPOSITORY}/git/trees/41", said(listed))
    with pytest.raises(LimitExceeded, match="10,000 files"):
        list(parse("https://github.com/lab/chest/tree/new/scans/a").artifacts(services))
    branches.serve(f"{REPOSITORY}/git/trees/40", said(listed))
    assert len(list(parse("https://github.com/lab/chest/tree/new/scans").artifacts(services))) == 1


def test_a_page_of_github_that_is_no_repository_is_refused() -> None:
    for page in ("https://github.com", "https://github.com/lab", "https://github.com/topics/mri"):
        with pytest.raises(UnsupportedURL, match="is no repository"):
            parse(page)


def test_githubs_own_words_for_too_often_are_understood(http_site: Site, services: Reach) -> None:
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1800)}
    http_site.serve("/api/v3/repos/lab/chest", Page(status=403, headers=reset))
    with pytest.raises(DownloadFailed, match=r"(29|30) minutes.*With a key more is allowed.*BIODATAMINE_GITHUB_TOKEN"):
        list(parse("https://github.com/lab/chest").artifacts(services))


# ----------------------------------------------------------------------------------------------------------- Git LFS


@pytest.fixture
def lfs(http_site: Site) -> Site:
    """A repository that keeps ct.dcm by LFS; notes.dcm matches the pattern and is no pointer."""
    github(http_site)
    files = [blob(".gitattributes", 40), blob("ct.dcm", len(POINTER)), blob("notes.dcm", 130), blob("big.dcm", 5000)]
    http_site.serve(f"{REPOSITORY}/git/trees/7ee", said({"tree": files}))
    http_site.serve(f"/raw/Lab/Chest/{SHA}/.gitattributes", b"# data\n*.dcm filter=lfs diff=lfs merge=lfs -text\n")
    http_site.serve(f"/raw/Lab/Chest/{SHA}/ct.dcm", POINTER)
    http_site.serve(f"/raw/Lab/Chest/{SHA}/notes.dcm", b"n" * 130)
    return http_site


def batch(site: Site, action: dict[str, object]) -> None:
    """git-lfs/docs/api/batch.md: "Successful Responses", "Object Errors"."""
    answer = {"transfer": "basic", "objects": [{"oid": CT_SHA256, "size": len(CT), "authenticated": True, **action}]}
    site.serve("/Lab/Chest.git/info/lfs/objects/batch", said(answer))


def test_what_lfs_keeps_comes_in_the_place_of_its_pointer(lfs: Site, services: Reach, tmp_path: Path) -> None:
    signed = lfs.serve("/media/ct?X-Amz-Signature=geheim", CT)
    batch(lfs, {"actions": {"download": {"href": signed, "expires_in": 3600}}})
    found = {artifact.name: artifact for artifact in parse("https://github.com/lab/chest").artifacts(services)}
    assert sorted(found) == [".gitattributes", "big.dcm", "ct.dcm", "notes.dcm"]
    kept = found["ct.dcm"]
    assert (kept.size_bytes, kept.checksum, kept.link) == (len(CT), f"sha256:{CT_SHA256}", signed)
    assert kept.url == f"{lfs.address}/Lab/Chest/raw/{SHA}/ct.dcm" and "geheim" not in repr(kept)
    (asked,) = (json.loads(body) for body in lfs.bodies)
    assert (asked["operation"], asked["objects"]) == ("download", [{"oid": CT_SHA256, "size": len(CT)}])
    terms = Terms(1 << 30, lambda received, expected: None)
    with download(kept, services, tmp_path / "parts", terms).content.open() as stream:
        assert stream.read() == CT


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param({"error": {"code": 404, "message": "Object does not exist"}}, id="the object is gone"),
        pytest.param(
            {"actions": {"download": {"href": "https://x.org/a", "header": {"Authorization": "x"}}}}, id="key"
        ),
    ],
)
def test_what_lfs_does_not_give_stays_a_pointer(lfs: Site, services: Reach, refusal: dict[str, object]) -> None:
    batch(lfs, refusal)
    found = {artifact.name: artifact for artifact in parse("https://github.com/lab/chest").artifacts(services)}
    assert found["ct.dcm"] == Artifact("ct.dcm", raw(lfs, "ct.dcm"), len(POINTER), licence="CC-BY-4.0", version=SHA)


def test_a_quota_that_is_used_up_leaves_the_pointers(lfs: Site, services: Reach) -> None:
    lfs.serve("/Lab/Chest.git/info/lfs/objects/batch", Page(b"over its data quota", status=403))
    found = {artifact.name: artifact for artifact in parse("https://github.com/lab/chest").artifacts(services)}
    assert found["ct.dcm"].size_bytes == len(POINTER)


# ---------------------------------------------------------------------------------------------------------- releases


def asset(site: Site, name: str) -> dict[str, object]:
    """docs.github.com, REST API: "List release assets"."""
    url = f"{site.address}/Lab/Chest/releases/download/v1.0/{name}"
    return {
        "name": name,
        "size": 7,
        "digest": f"sha256:{CT_SHA256}",
        "updated_at": "2026-01-02",
        "browser_download_url": url,
    }


@pytest.fixture
def released(http_site: Site) -> Site:
    github(http_site)
    for place in ("latest", "tags/v1.0", "tags/data/2026"):
        http_site.serve(f"{REPOSITORY}/releases/{place}", said({"id": 9, "tag_name": "v1.0"}))
    assets = f"{REPOSITORY}/releases/9/assets"
    more = f'<{http_site.address}{assets}?page=2>; rel="next"'
    http_site.serve(f"{assets}?per_page=100", said([asset(http_site, "ct.zip")], Link=more))
    http_site.serve(f"{assets}?page=2", said([asset(http_site, "mr.zip")]))
    return http_site


@pytest.mark.parametrize("place", ["", "/latest", "/tag/v1.0", "/tag/data/2026"])
def test_a_release_is_its_files_from_every_page(place: str, released: Site, services: Reach) -> None:
    first, second = parse(f"https://github.com/lab/chest/releases{place}").artifacts(services)
    url = f"{released.address}/Lab/Chest/releases/download/v1.0/ct.zip"
    assert first == Artifact("ct.zip", url, 7, f"sha256:{CT_SHA256}", "CC-BY-4.0", "v1.0 2026-01-02")
    assert second.name == "mr.zip"


def test_one_file_of_a_release_is_taken_alone(released: Site, services: Reach) -> None:
    found = parse("https://github.com/lab/chest/releases/download/v1.0/mr.zip").artifacts(services)
    assert [artifact.name for artifact in found] == ["mr.zip"]
    with pytest.raises(NotFound, match=r"no file \"us\.zip\""):
        list(parse("https://github.com/lab/chest/releases/download/v1.0/us.zip").artifacts(services))


def test_a_release_without_files_is_the_commit_of_its_tag(released: Site, services: Reach) -> None:
    released.serve(f"{REPOSITORY}/releases/9/assets?per_page=100", said([]))
    released.serve(f"{REPOSITORY}/commits/v1.0", said({"sha": SHA}))
    (found,) = parse("https://github.com/lab/chest/releases/latest").artifacts(services)
    assert found.url.endswith(f"/zipball/{SHA}")


def test_a_list_that_goes_on_at_another_host_is_refused(released: Site, services: Reach) -> None:
    more = '<http://127.0.0.2:1/x>; rel="next"'
    released.serve(f"{REPOSITORY}/releases/9/assets?per_page=100", said([asset(released, "a.zip")], Link=more))
    with pytest.raises(DownloadFailed, match="another host"):
        list(parse("https://github.com/lab/chest/releases").artifacts(services))
