"""A dataset or a file of a Dataverse installation, wherever it stands: known by the form of its address.

Source: guides.dataverse.org, "Native API" (datasets, versions) and "Data Access API".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlencode

from biodatamine_core.errors import DownloadFailed, NotFound
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_PLACE = re.compile(
    r"(?:(?P<above>.+)/)?(?:dataset\.xhtml|citation|(?P<file>file\.xhtml|api/access/datafile/(?P<number>\d+|:persistentId))"
    r"|api/access/dataset/:persistentId|api/datasets/:persistentId(?:/versions/(?P<version>[^/]+).*)?)",
    re.IGNORECASE,
)
_ID = re.compile(r"(?:doi|hdl|perma):[^\s\"<>]{1,200}", re.IGNORECASE)
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4})?|:draft|:latest", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DataverseSource:
    """home: the installation. persistent_id: of a dataset or of a file; file_id: a file's number there."""

    kind: ClassVar[str] = "dataverse"
    reads: ClassVar[str] = "a dataset of a Dataverse"
    url: str
    title: str
    home: str
    persistent_id: str
    version: str
    is_file: bool
    file_id: str

    @classmethod
    def parse(cls, text: str) -> "DataverseSource | None":
        pasted = Pasted.read(text)
        place = _PLACE.fullmatch("/".join(pasted.parts))
        if place is None:
            return None
        asked, file_id = pasted.query, ""
        persistent_id = found[0] if (found := _ID.fullmatch(asked.get("persistentid", ""))) else ""
        if place["file"] and not persistent_id:
            number = place["number"] or asked.get("fileid", "")
            file_id = number if number.isdecimal() else ""
        if not persistent_id and not file_id:
            return None
        version = place["version"] or asked.get("version", "")
        version = version.lower() if _VERSION.fullmatch(version) and not place["file"] else ""
        home = f"{pasted.origin}/{place['above']}" if place["above"] else pasted.origin
        return cls._of(home, persistent_id, version, place["file"] is not None, file_id)

    @classmethod
    def _of(cls, home: str, persistent_id: str, version: str, is_file: bool, file_id: str) -> "DataverseSource":
        page, asked = "dataset.xhtml", {"persistentId": persistent_id}
        if is_file:
            page, asked = "file.xhtml", asked if persistent_id else {"fileId": file_id}
        asked |= {"version": version} if version else {}
        title = persistent_id.partition(":")[2] or f"file {file_id}"
        url = f"{home}/{page}?{urlencode(asked, safe=':/')}"
        return cls(url, title, home, persistent_id, version, is_file, file_id)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        service = _service(self.home)
        if self.is_file:
            place = f":persistentId?{urlencode({'persistentId': self.persistent_id})}"
            url = f"{self.home}/api/access/datafile/{place if self.persistent_id else self.file_id}"
            facts = service.head(url, reach, f"the file {self.title}")
            yield Artifact(facts.filename or self.title, url, facts.size_bytes, validator=facts.validator)
            return
        asked = urlencode({"persistentId": self.persistent_id})
        url = f"{self.home}/api/datasets/:persistentId/versions/{self.version or ':latest-published'}?{asked}"
        data = service.ask(url, reach, self.persistent_id).at("data")
        files = data.items("files")
        if not files:
            raise NotFound(f"{self.persistent_id} has no files in this version; check the address.")
        if len(files) > MOST_FILES:
            raise service.too_much(self.persistent_id)
        page = _page(data)
        found = [(file.has("restricted"), replace(_artifact(file, self.home, data), about=page)) for file in files]
        self._refuse_locked([artifact for is_restricted, artifact in found if is_restricted], len(found), reach)
        yield from (artifact for _, artifact in found)

    def _refuse_locked(self, restricted: list[Artifact], file_count: int, reach: Reach) -> None:
        """Restricted files are listed for everybody, and given to those whom its owner lets in."""
        if not restricted:
            return
        try:
            reach.transport.head(restricted[0].url)
        except DownloadFailed as error:
            if error.status not in (401, 403):
                raise
            raise DownloadFailed(
                f"{len(restricted):,} of {file_count:,} files of {self.persistent_id} are restricted, such as "
                f"{restricted[0].name}: ask for access at {self.url}. {_service(self.home).key}",
                error.status,
            ) from error


def _page(version: Answer) -> str | None:
    """Title, description and keywords of its citation. Source: Native API, metadataBlocks."""
    fields = {field.text("typeName"): field for field in version.items("metadataBlocks", "citation", "fields")}
    title, described, keywords = (fields.get(name, Answer(None)) for name in ("title", "dsDescription", "keyword"))
    descriptions = [item.prose("dsDescriptionValue", "value") for item in described.items("value")]
    named = [item.text("keywordValue", "value") for item in keywords.items("value")]
    return page_text(title.text("value"), " ".join(filter(None, descriptions)), named)


def _service(home: str) -> Service:
    host = home.partition("://")[2].partition("/")[0]
    return Service(host, f"Copy your API token from {home} and add it under Sign-ins for {host} as X-Dataverse-key.")


def _artifact(file: Answer, home: str, version: Answer) -> Artifact:
    """A table that Dataverse made over into its own form comes as it was deposited, if that is still known."""
    data, folder = file.at("dataFile"), file.text("directoryLabel")
    is_made_over = data.has("originalFileFormat")
    name = (data.text("originalFileName") if is_made_over else None) or file.text("label") or data.text("filename")
    url = f"{home}/api/access/datafile/{data.text('id') or ''}"
    kind, value = data.text("checksum", "type"), data.text("checksum", "value")
    kind, value = (kind, value) if kind and value else ("MD5", data.text("md5"))
    is_checked = bool(value) and not is_made_over
    return Artifact(
        f"{folder}/{name}" if folder else name or "file",
        f"{url}?format=original" if is_made_over else url,
        data.number("originalFileSize" if is_made_over else "filesize"),
        f"{kind.lower().replace('-', '')}:{value}" if is_checked else None,
        version.text("license", "name") or version.text("license"),
        f"{version.text('versionNumber')}.{version.text('versionMinorNumber')}",
    )
