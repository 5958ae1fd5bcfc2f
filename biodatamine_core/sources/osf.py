"""A project, registration or file of the Open Science Framework: what lies in its own storage.

Source: developer.osf.io, "Guids", "Nodes" and "Files".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from biodatamine_core.errors import NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.pasted import Pasted, doi_in
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_SERVICE = Service(
    "OSF",
    "Create a token at https://osf.io/settings/tokens and set BIODATAMINE_OSF_TOKEN, "
    "or add it under Sign-ins for api.osf.io.",
)
_GUID = re.compile(r"[a-z0-9]{5,8}", re.IGNORECASE)
_DOI = re.compile(r"10\.17605/osf\.io/([a-z0-9]{5,8})")
_FOLDER = re.compile(r"/[0-9a-zA-Z]{1,40}/")
_NO_GUIDS = frozenset(
    {"search", "about", "login", "register", "settings", "support", "profile", "dashboard", "myprojects"}
)
_MOST_FOLDERS = 1_000


@dataclass(frozen=True, slots=True)
class OSFSource:
    """guid: the characters that name anything there: a project, a registration or a file."""

    kind: ClassVar[str] = "osf"
    reads: ClassVar[str] = "an OSF project"
    url: str
    title: str
    guid: str

    @classmethod
    def parse(cls, text: str) -> "OSFSource | None":
        doi = _DOI.fullmatch(doi_in(text) or "")
        pasted = Pasted.read(f"https://osf.io/{doi[1]}" if doi else text)
        if pasted.host not in ("osf.io", "api.osf.io"):
            return None
        match pasted.parts:
            case ("v2", "nodes" | "registrations" | "guids", guid, *_) | ("download", guid, *_):
                pass
            case (guid, *_) if guid not in ("v2", "download"):
                pass
            case _:
                guid = ""
        if not _GUID.fullmatch(guid) or guid.lower() in _NO_GUIDS:
            raise UnsupportedURL("this page of OSF is no project; paste one, as in https://osf.io/abcde.")
        return cls(f"https://osf.io/{guid.lower()}", f"OSF {guid.lower()}", guid.lower())

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        api = f"{reach.services.osf.url}/v2"
        thing = _SERVICE.ask(f"{api}/guids/{self.guid}/", reach, self.guid).at("data")
        kind = thing.text("type")
        if kind == "files":
            yield _artifact(thing, None, self.guid)
            return
        if kind not in ("nodes", "registrations"):
            raise NotFound(f"{self.guid} at OSF is no project with files; paste the address of a project.")
        about = _SERVICE.ask(f"{api}/{kind}/{self.guid}/?embed=license", reach, self.guid)
        licence = about.text("data", "embeds", "license", "data", "attributes", "name")
        told = about.at("data", "attributes")
        page = page_text(told.text("title"), told.prose("description"), [tag.text() for tag in told.items("tags")])
        found = [
            replace(_artifact(file, licence, "file"), about=page)
            for file in self._files(f"{api}/{kind}/{self.guid}/files/osfstorage", reach)
        ]
        if not found:
            raise NotFound(
                f"{self.guid} has no files in OSF's own storage; paste the part of the project that has them."
            )
        yield from found

    def _files(self, storage_url: str, reach: Reach) -> Iterator[Answer]:
        waiting, seen, file_count = ["/"], {"/"}, 0
        while waiting:
            listed = _SERVICE.pages(f"{storage_url}{waiting.pop(0)}?page[size]=100", reach, self.guid, "links", "next")
            for item in (item for page in listed for item in page.items("data")):
                path = item.text("attributes", "path") or ""
                if item.text("attributes", "kind") == "file":
                    file_count += 1
                    yield item
                elif _FOLDER.fullmatch(path) and path not in seen:
                    seen.add(path)
                    waiting.append(path)
                if file_count > MOST_FILES or len(seen) > _MOST_FOLDERS:
                    raise _SERVICE.too_much(self.guid)


def _artifact(file: Answer, licence: str | None, otherwise: str) -> Artifact:
    attributes = file.at("attributes")
    sha256, md5 = attributes.text("extra", "hashes", "sha256"), attributes.text("extra", "hashes", "md5")
    path = (attributes.text("materialized_path") or attributes.text("name") or otherwise).lstrip("/")
    return Artifact(
        path,
        file.text("links", "download") or "",
        attributes.number("size"),
        f"sha256:{sha256}" if sha256 else f"md5:{md5}" if md5 else None,
        licence,
        attributes.text("current_version"),
    )
