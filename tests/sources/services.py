"""A loopback server that answers as each service does. Shapes by hand, from the documentation named at each.

Each function serves one small dataset and returns its settings; what a person would paste stands in SERVICES.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

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
    repository |= {"description": "Scans of the lung", "topics": ["ct", "nodules"]}
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
    metadata |= {"description": "<p>Scans of the <b>lung</b>.</p>", "keywords": ["CT", "nodules"]}
    site.serve("/api/records/42", said({"id": 42, "conceptrecid": "41", "metadata": metadata, "files": [file]}))


def huggingface(site: Site) -> None:
    """huggingface.co/docs/hub/api, "Repo listing API", in two pages."""
    api = "/api/datasets/lab/ct"
    about = {"id": "lab/ct", "sha": SHA, "private": False, "gated": False, "tags": ["license:cc-by-4.0", "region:us"]}
    about |= {"description": "Scans of\n\tthe lung.", "cardData": {"pretty_name": "Chest CT"}}
    about["tags"] += ["nodules"]
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
    about |= {"subtitle": "Scans", "description": "of the\nlung.", "tags": [{"ref": "nodules", "name": "nodules"}]}
    site.serve("/api/v1/datasets/view/lab/chest-ct", said(about))
    files = {"datasetFiles": [{"name": "1.dcm", "totalBytes": len(CT)}], "nextPageToken": ""}
    site.serve("/api/v1/datasets/list/lab/chest-ct", said(files))
    bucket = site.serve("/storage/archive.zip", ZIP)
    site.redirect("/api/v1/datasets/download/lab/chest-ct", bucket)


def figshare(site: Site) -> None:
    """docs.figshare.com: "View article details", "List article files" of a version."""
    md5 = hashlib.md5(ZIP, usedforsecurity=False).hexdigest()
    url = site.serve("/ndownloader/files/7", ZIP)
    file = {"id": 7, "name": "ct.zip", "size": len(ZIP), "is_link_only": False, "download_url": url}
    item = {"id": 42, "title": "Chest CT", "version": 3, "license": {"value": 1, "name": "CC BY 4.0"}}
    item |= {"description": "<p>Scans of the lung.</p>", "tags": ["CT", "nodules"]}
    site.serve("/v2/articles/42", said(item))
    site.serve("/v2/articles/42/versions/2", said({**item, "version": 2}))
    for version in (2, 3):
        site.serve(f"/v2/articles/42/versions/{version}/files", said([{**file, "computed_md5": md5}]))


def osf(site: Site) -> None:
    """developer.osf.io: "Retrieve a node", "List all node files": a folder, and a listing in two pages."""
    data = {"id": "ab3de", "type": "nodes", "attributes": {"title": "Chest CT"}}
    data["attributes"] |= {"description": "Scans of the lung.", "tags": ["nodules"]}
    licence = {"license": {"data": {"attributes": {"name": "CC0 1.0 Universal"}}}}
    site.serve("/v2/guids/ab3de/", said({"data": data}))
    site.serve("/v2/nodes/ab3de/", said({"data": {**data, "embeds": licence}}))
    files = "/v2/nodes/ab3de/files/osfstorage/"
    folder = {"id": "f0", "type": "files", "attributes": {"kind": "folder", "name": "ct", "path": "/f0/"}}
    more = f"{site.address}{files}?page=2"
    site.serve(files, said({"data": [folder], "links": {"next": more}}))
    site.serve(f"{files}?page=2", said({"data": [osf_file(site, "/read me.txt", b"hello")], "links": {"next": None}}))
    site.serve(f"{files}f0/", said({"data": [osf_file(site, "/ct/1.dcm", CT)], "links": {"next": None}}))


def osf_file(site: Site, path: str, data: bytes) -> dict[str, object]:
    url = site.serve(f"/download/{len(data)}/", data)
    hashes = {"md5": "0" * 32, "sha256": hashlib.sha256(data).hexdigest()}
    attributes = {"kind": "file", "materialized_path": path, "size": len(data), "extra": {"hashes": hashes}}
    return {"id": "f1", "type": "files", "attributes": {**attributes, "current_version": 2}, "links": {"download": url}}


DATAVERSE_VERSION = "/api/datasets/:persistentId/versions/:latest-published"


def dataverse(site: Site) -> None:
    """guides.dataverse.org, Native API: "Get Version of a Dataset"."""
    md5 = hashlib.md5(ZIP, usedforsecurity=False).hexdigest()
    data = {"id": 7, "filename": "ct.zip", "filesize": len(ZIP), "checksum": {"type": "MD5", "value": md5}}
    files = [{"label": "ct.zip", "directoryLabel": "scans", "restricted": False, "dataFile": data}]
    version = {"versionNumber": 2, "versionMinorNumber": 1, "license": {"name": "CC0 1.0"}, "files": files}
    fields = [
        {"typeName": "title", "value": "Chest CT"},
        {"typeName": "dsDescription", "value": [{"dsDescriptionValue": {"value": "<p>Scans of the lung.</p>"}}]},
        {"typeName": "keyword", "value": [{"keywordValue": {"value": "nodules"}}]},
    ]
    version["metadataBlocks"] = {"citation": {"fields": fields}}
    site.serve(DATAVERSE_VERSION, said({"status": "OK", "data": version}))
    site.serve("/api/access/datafile/7", ZIP)


def physionet(site: Site) -> None:
    """physionet.org/about: SHA256SUMS.txt beside the files of every version."""
    site.redirect("/content/chest/", f"{site.address}/content/chest/1.0.0/")
    site.serve("/content/chest/1.0.0/", Page(b"<!doctype html>", content_type="text/html"))
    sums = f"{hashlib.sha256(CT).hexdigest()} ct/1.dcm\n{hashlib.sha256(b'x').hexdigest()} LICENSE.txt\n"
    site.serve("/files/chest/1.0.0/SHA256SUMS.txt", sums.encode())
    site.serve("/files/chest/1.0.0/ct/1.dcm", CT)
    site.serve("/files/chest/1.0.0/LICENSE.txt", b"x")


def openneuro(site: Site) -> None:
    """docs.openneuro.org, GraphQL: the newest version, the files of its root, those of its folders."""
    bucket = site.serve("/openneuro.org/ds000042/sub-01/1.dcm", CT)
    file = {"id": "a1", "directory": False, "filename": "1.dcm", "size": len(CT), "urls": [f"{bucket}?versionId=V1"]}
    folder = {"id": "7ee", "directory": True, "filename": "sub-01", "size": 0, "urls": []}
    root = {"description": {"License": "CC0"}, "files": [folder]}
    site.serve(
        "/crn/graphql",
        said({"data": {"dataset": {"latestSnapshot": {"tag": "1.0.1"}}}}),
        said({"data": {"snapshot": root}}),
        said({"data": {"f0": {"files": [file]}}}),
    )


def doi(site: Site) -> None:
    """www.doi.org, "Factsheet: DOI Resolution", leading to a page that links to one file."""
    site.serve("/ct.zip", ZIP)
    page = site.serve("/landing", Page(b'<!doctype html><a href="ct.zip">Download</a>', content_type="text/html"))
    value = {"index": 1, "type": "URL", "data": {"format": "string", "value": page}}
    site.serve("/api/handles/10.1234/chest", said({"responseCode": 1, "handle": "10.1234/chest", "values": [value]}))


def dicomweb(site: Site) -> None:
    """DICOM PS3.18: 10.6 and F.2 (search), 10.4 and 8.6.1.2 (an instance in an envelope of parts)."""
    found = {"0020000E": {"vr": "UI", "Value": ["1.2.3.4.6"]}, "00080018": {"vr": "UI", "Value": ["1.2.3.4.7"]}}
    site.serve("/dicom-web/studies/1.2.3.4.5/instances", said([found]))
    part = b"--b-1\r\nContent-Type: application/dicom\r\n\r\n" + CT + b"\r\n--b-1--\r\n"
    envelope = Page(part, content_type='multipart/related; type="application/dicom"; boundary=b-1')
    site.serve("/dicom-web/studies/1.2.3.4.5/series/1.2.3.4.6/instances/1.2.3.4.7", envelope)


SHARE = "/public.php/dav/files/AbCdEfGh1234567"


def listed(*entries: tuple[str, bytes | None]) -> Page:
    """RFC 4918, 9.1, as Nextcloud writes it: what lies at these paths; None for a folder."""
    responses = ""
    for path, data in entries:
        kind = "<d:collection/>" if data is None else ""
        size = "" if data is None else f"<d:getcontentlength>{len(data)}</d:getcontentlength>"
        known = f'<d:resourcetype>{kind}</d:resourcetype>{size}<d:getetag>"e1"</d:getetag>'
        missing = "<d:getcontentlength/>" if data is None else "<d:quota-used-bytes/>"
        responses += (
            f"<d:response><d:href>{path}</d:href>"
            f"<d:propstat><d:prop>{known}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
            f"<d:propstat><d:prop>{missing}</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>"
            "</d:response>"
        )
    xml = f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:nc="http://nextcloud.org/ns">{responses}'
    return Page(f"{xml}</d:multistatus>".encode(), status=207, content_type="application/xml; charset=utf-8")


def webdav(site: Site) -> None:
    """docs.nextcloud.com, developer manual, "WebDAV": a public share with a folder."""
    site.serve(SHARE, listed((f"{SHARE}/", None), (f"{SHARE}/c%20t/", None)))
    site.serve(f"{SHARE}/c%20t/", listed((f"{SHARE}/c%20t/", None), (f"{SHARE}/c%20t/1.dcm", CT)))
    site.serve(f"{SHARE}/c%20t/1.dcm", CT)


def dropbox(site: Site) -> None:
    """help.dropbox.com, "Force a shared link to download": dl=1 leads to the file."""
    file = site.serve("/cd/0/get/1.dcm", Page(CT, headers={"Content-Disposition": "attachment; filename=1.dcm"}))
    site.redirect("/scl/fi/a1b2c3d4e5f6g7/1.dcm", file)


DRIVE_ID = "1aB2cD3eF4gH5iJ6kL7mN8oP9qR0sT1uV"


def google_drive(site: Site) -> None:
    """support.google.com/drive, "Share files": export=download leads to the file."""
    file = site.serve("/download", Page(CT, headers={"Content-Disposition": 'attachment; filename="1.dcm"'}))
    site.redirect("/uc", f"{file}?id={DRIVE_ID}&export=download", status=303)


@dataclass(frozen=True)
class Kept:
    """pasted: an address of the dataset that `serve` serves; {site} stands for the server. first: asked for first.

    key: named in refusals. empty: path -> answer that leaves the dataset without a file. setting: the service whose
    setting holds the key; "" where it is a sign-in for the host. is_posted: then nothing is asked past a redirect.
    """

    pasted: str
    first: str
    serve: Callable[[Site], None]
    licence: str | None
    key: str
    authorization: str
    empty: tuple[str, Page]
    setting: str = ""
    is_posted: bool = False

    def at(self, site: Site) -> str:
        return self.pasted.format(site=site.address)


SERVICES = {
    "github": Kept(
        "https://github.com/lab/chest",
        "/api/v3/repos/lab/chest",
        github,
        "CC-BY-4.0",
        "BIODATAMINE_GITHUB_TOKEN",
        "Bearer key",
        ("/api/v3/repos/Lab/Chest/commits/main", Page(b'{"message": "Git Repository is empty."}', status=409)),
        "github",
    ),
    "zenodo": Kept(
        "https://zenodo.org/records/42",
        "/api/records/42",
        zenodo,
        "CC-BY-4.0",
        "BIODATAMINE_ZENODO_TOKEN",
        "Bearer key",
        ("/api/records/42", said({"id": 42, "metadata": {"access_right": "open"}, "files": []})),
        "zenodo",
    ),
    "huggingface": Kept(
        "https://huggingface.co/datasets/lab/ct",
        "/api/datasets/lab/ct/revision/main",
        huggingface,
        "CC-BY-4.0",
        "BIODATAMINE_HUGGINGFACE_TOKEN",
        "Bearer key",
        (f"/api/datasets/lab/ct/tree/{SHA}", said([])),
        "huggingface",
    ),
    "kaggle": Kept(
        "https://www.kaggle.com/datasets/lab/chest-ct",
        "/api/v1/datasets/view/lab/chest-ct",
        kaggle,
        "CC0: Public Domain",
        "KAGGLE_API_TOKEN",
        "Bearer key",
        ("/api/v1/datasets/list/lab/chest-ct", said({"datasetFiles": []})),
        "kaggle",
    ),
    "figshare": Kept(
        "https://figshare.com/articles/dataset/Chest_CT/42",
        "/v2/articles/42",
        figshare,
        "CC BY 4.0",
        "BIODATAMINE_FIGSHARE_TOKEN",
        "token key",
        ("/v2/articles/42/versions/3/files", said([])),
        "figshare",
    ),
    "osf": Kept(
        "https://osf.io/ab3de/",
        "/v2/guids/ab3de/",
        osf,
        "CC0 1.0 Universal",
        "BIODATAMINE_OSF_TOKEN",
        "Bearer key",
        ("/v2/nodes/ab3de/files/osfstorage/", said({"data": [], "links": {"next": None}})),
        "osf",
    ),
    "dataverse": Kept(
        "{site}/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC",
        DATAVERSE_VERSION,
        dataverse,
        "CC0 1.0",
        "Sign-ins",
        "Bearer key",
        (DATAVERSE_VERSION, said({"status": "OK", "data": {"files": []}})),
    ),
    "physionet": Kept(
        "https://physionet.org/content/chest/1.0.0/",
        "/files/chest/1.0.0/SHA256SUMS.txt",
        physionet,
        None,
        "Sign-ins for physionet",
        "Bearer key",
        ("/files/chest/1.0.0/SHA256SUMS.txt", Page(b"")),
    ),
    "openneuro": Kept(
        "https://openneuro.org/datasets/ds000042",
        "/crn/graphql",
        openneuro,
        "CC0",
        "upload the files",
        "Bearer key",
        ("/crn/graphql", said({"data": {"dataset": {"latestSnapshot": {"tag": "1.0.1"}}, "snapshot": {"files": []}}})),
        is_posted=True,
    ),
    "dicomweb": Kept(
        "{site}/dicom-web/studies/1.2.3.4.5",
        "/dicom-web/studies/1.2.3.4.5/instances",
        dicomweb,
        None,
        "Sign-ins",
        "Bearer key",
        ("/dicom-web/studies/1.2.3.4.5/instances", Page(status=204)),
    ),
    "webdav": Kept(
        "{site}/s/AbCdEfGh1234567",
        SHARE,
        webdav,
        None,
        "Sign-ins",
        "Bearer key",
        (SHARE, listed((f"{SHARE}/", None))),
    ),
    "dropbox": Kept(
        "https://www.dropbox.com/scl/fi/a1b2c3d4e5f6g7/1.dcm?rlkey=k&dl=0",
        "/scl/fi/a1b2c3d4e5f6g7/1.dcm",
        dropbox,
        None,
        "Anyone with this link",
        "Bearer key",
        ("/cd/0/get/1.dcm", Page(b"")),
    ),
    "google_drive": Kept(
        f"https://drive.google.com/file/d/{DRIVE_ID}/view?usp=sharing",
        "/uc",
        google_drive,
        None,
        "Anyone with the link",
        "Bearer key",
        ("/download", Page(b"")),
    ),
    "doi": Kept(
        "https://doi.org/10.1234/chest",
        "/api/handles/10.1234/chest",
        doi,
        None,
        "the dataset's own page",
        "Bearer key",
        ("/api/handles/10.1234/chest", said({"responseCode": 1, "values": []})),
    ),
}


def at(site: Site, key: str | None = None, of: str = "") -> Services:
    """Every service at this site; the key is the one that this service is shown."""
    names = ("github", "zenodo", "huggingface", "kaggle", "figshare", "osf", "doi", "physionet", "openneuro")
    names += ("google_drive", "dropbox", "s3", "aws", "gcs", "azure", "idc", "tcia")
    here = {name: Service(site.address, key if name == of else None) for name in names}
    return replace(Services(), **here)
