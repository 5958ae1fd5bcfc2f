"""A loopback server that answers as each service does. Shapes by hand, from the documentation named at each.

Each function serves one small dataset and returns its settings; what a person would paste stands in SERVICES.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from biodatamine_core.settings import Service, Services
from tests.builders import dicom_slice, zip_of
from tests.servers import Page, Site

CT = dicom_slice()
ZIP = zip_of({"1.dcm": CT})
SHA = "5f2c0de9b0a1f4be1c3a5c1f9a8b7c6d5e4f3a2b"


def said(value: object, **headers: str) -> Page:
    """A JSON answer."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Page(json.dumps(value).encode(), content_type="application/json", headers=named)


def github(site: Site) -> None:
    """docs.github.com, REST API: "Get a repository", "Get a commit", "Get a tree", "Download a repository archive"."""
    api = "/api/v3/repos/lab/chest"
    repository = {"full_name": "Lab/Chest", "default_branch": "main", "license": {"spdx_id": "CC-BY-4.0"}}
    site.serve(api, said(repository))
    site.serve("/api/v3/repos/Lab/Chest/commits/main", said({"sha": SHA, "commit": {"tree": {"sha": "7ee"}}}))
    site.serve(
        "/api/v3/repos/Lab/Chest/git/trees/7ee",
        said({"sha": "7ee", "tree": [{"path": "1.dcm", "type": "blob", "size": len(CT)}], "truncated": False}),
    )
    site.serve(f"/api/v3/repos/Lab/Chest/zipball/{SHA}", ZIP)


def zenodo(site: Site) -> None:
    """developers.zenodo.org, "Records": "Retrieve"."""
    md5 = hashlib.md5(ZIP, usedforsecurity=False).hexdigest()
    content = site.serve("/api/records/42/files/ct%20scans.zip/content", ZIP)
    file = {"id": "f1", "key": "ct scans.zip", "size": len(ZIP), "checksum": f"md5:{md5}", "links": {"self": content}}
    metadata = {"title": "Chest CT", "access_right": "open", "license": {"id": "cc-by-4.0"}}
    site.serve("/api/records/42", said({"id": 42, "conceptrecid": "41", "metadata": metadata, "files": [file]}))


def huggingface(site: Site) -> None:
    """huggingface.co/docs/hub/api, "Repo listing API", in two pages."""
    api = "/api/datasets/lab/ct"
    about = {"id": "lab/ct", "sha": SHA, "private": False, "gated": False, "tags": ["license:cc-by-4.0", "region:us"]}
    site.serve(f"{api}/revision/main", said(about))
    oid = hashlib.sha256(CT).hexdigest()
    kept = {"type": "file", "oid": "a1", "size": len(CT), "path": "ct/1.dcm", "lfs": {"oid": oid, "size": len(CT)}}
    readme = {"type": "file", "oid": "b2", "size": 5, "path": "README.md"}
    more = f'<{site.address}{api}/tree/{SHA}?cursor=x>; rel="next"'
    site.serve(f"{api}/tree/{SHA}", said([{"type": "directory", "oid": "d", "size": 0, "path": "ct"}, kept], Link=more))
    site.serve(f"{api}/tree/{SHA}?cursor=x", said([readme]))
    site.serve("/datasets/lab/ct/resolve/main/ct/1.dcm", CT)
    site.serve(f"/datasets/lab/ct/resolve/{SHA}/README.md", b"# CT\n")


def kaggle(site: Site) -> None:
    """kagglesdk: ApiDataset, ApiListDatasetFilesResponse, as the JSON names their fields."""
    about = {"ref": "lab/chest-ct", "title": "Chest CT", "licenseName": "CC0: Public Domain", "currentVersionNumber": 3}
    site.serve("/api/v1/datasets/view/lab/chest-ct", said(about))
    files = {"datasetFiles": [{"name": "1.dcm", "totalBytes": len(CT)}], "nextPageToken": ""}
    site.serve("/api/v1/datasets/list/lab/chest-ct", said(files))
    bucket = site.serve("/storage/archive.zip", ZIP)
    site.redirect("/api/v1/datasets/download/lab/chest-ct", bucket)


@dataclass(frozen=True)
class Kept:
    """pasted: an address of the dataset that `serve` serves. first: what is asked for first. key: named in refusals.

    empty: path -> answer that leaves the dataset without a file.
    """

    pasted: str
    first: str
    serve: Callable[[Site], None]
    licence: str | None
    key: str
    authorization: str
    empty: tuple[str, Page]


SERVICES = {
    "github": Kept(
        "https://github.com/lab/chest",
        "/api/v3/repos/lab/chest",
        github,
        "CC-BY-4.0",
        "BIODATAMINE_GITHUB_TOKEN",
        "Bearer key",
        ("/api/v3/repos/Lab/Chest/commits/main", Page(b'{"message": "Git Repository is empty."}', status=409)),
    ),
    "zenodo": Kept(
        "https://zenodo.org/records/42",
        "/api/records/42",
        zenodo,
        "CC-BY-4.0",
        "BIODATAMINE_ZENODO_TOKEN",
        "Bearer key",
        ("/api/records/42", said({"id": 42, "metadata": {"access_right": "open"}, "files": []})),
    ),
    "huggingface": Kept(
        "https://huggingface.co/datasets/lab/ct",
        "/api/datasets/lab/ct/revision/main",
        huggingface,
        "CC-BY-4.0",
        "BIODATAMINE_HUGGINGFACE_TOKEN",
        "Bearer key",
        (f"/api/datasets/lab/ct/tree/{SHA}", said([])),
    ),
    "kaggle": Kept(
        "https://www.kaggle.com/datasets/lab/chest-ct",
        "/api/v1/datasets/view/lab/chest-ct",
        kaggle,
        "CC0: Public Domain",
        "KAGGLE_API_TOKEN",
        "Bearer key",
        ("/api/v1/datasets/list/lab/chest-ct", said({"datasetFiles": []})),
    ),
}


def at(site: Site, token: str | None = None) -> Services:
    """Every service at this site, with the same key."""
    here = Service(site.address, token)
    return Services(github=here, zenodo=here, huggingface=here, kaggle=here)
