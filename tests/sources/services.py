"""A loopback server that answers as each service does. Shapes by hand, from the documentation named at each.

Each function serves one small dataset and returns its settings; what a person would paste stands in SERVICES.
"""

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
}


def at(site: Site, token: str | None = None) -> Services:
    """Every service at this site, with the same key."""
    here = Service(site.address, token)
    return Services(github=here, zenodo=here, huggingface=here, kaggle=here)
