"""A file that somebody shares by link from Google Drive, also past its page about viruses; folders have no such link.

Source: support.google.com/drive, "Share files from Google Drive"; the page about viruses as Drive sends it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import ClassVar
from urllib.parse import urlencode, urljoin, urlsplit

from biodatamine_core.errors import DownloadFailed, NotFound, NotTheData, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import Service
from biodatamine_core.sources.interface import Reach

_SERVICE = Service(
    "Google Drive",
    'There, share the file with "Anyone with the link": nobody is signed in to Google here. Or download and upload it.',
)
_HOSTS = frozenset({"drive.google.com", "docs.google.com", "drive.usercontent.google.com"})
_ID, _KEY = re.compile(r"[A-Za-z0-9_-]{10,100}"), re.compile(r"[A-Za-z0-9_-]{1,100}")
_QUOTA = re.compile(rb"<title>[^<]*quota exceeded", re.IGNORECASE)
_MOST_PAGE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class GoogleDriveSource:
    """asked: what names the file: its id, and the resource key that older links carry."""

    kind: ClassVar[str] = "google_drive"
    reads: ClassVar[str] = "a Google Drive file"
    url: str
    title: str
    asked: str

    @classmethod
    def parse(cls, text: str) -> "GoogleDriveSource | None":
        pasted = Pasted.read(text)
        if pasted.host not in _HOSTS:
            return None
        match pasted.parts:
            case ("file", "d", file_id, *_) | ("file", "u", _, "d", file_id, *_):
                pass
            case ("open" | "uc" | "download",):
                file_id = pasted.query.get("id", "")
            case _:
                file_id = ""
        if not _ID.fullmatch(file_id):
            raise UnsupportedURL(_why_not(pasted.parts))
        key = pasted.query.get("resourcekey", "")
        named = f"?resourcekey={key}" if _KEY.fullmatch(key) else ""
        asked = f"id={file_id}" + (f"&{named[1:]}" if named else "")
        return cls(f"https://drive.google.com/file/d/{file_id}{named}", f"Google Drive {file_id[:12]}", asked)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        wanted, url = "this file", f"{reach.services.google_drive.url}/uc?export=download&{self.asked}"
        link = None
        try:
            facts = _SERVICE.head(url, reach, wanted)
        except NotTheData:
            link = self._confirmed(url, reach)
            if link is None:
                raise
            facts = _SERVICE.head(link, reach, wanted)
        if facts.size_bytes == 0:
            raise NotFound(f"{self.title} is empty; check the address.")
        yield Artifact(facts.filename or self.title, url, facts.size_bytes, validator=facts.validator, signed_url=link)

    def _confirmed(self, url: str, reach: Reach) -> str | None:
        """Where the button "Download anyway" leads, on the page that large files come with; None on another page."""
        data = b""
        with reach.transport.stream(url) as (facts, chunks):
            for chunk in chunks:
                data += chunk
                if len(data) > _MOST_PAGE_BYTES:
                    return None
        if _QUOTA.search(data):
            raise DownloadFailed(
                "Google Drive gives this file to nobody for now: it was downloaded too often. Try again in a day, or "
                "ask for a copy of it.",
                429,
            )
        form = _Form()
        form.feed(data.decode(errors="replace"))
        try:
            link = urljoin(facts.url, f"{form.action}?{urlencode(form.fields)}")
            is_googles = urlsplit(link).hostname in _HOSTS or urlsplit(link).netloc == urlsplit(url).netloc
        except ValueError:  # no address at all
            return None
        return link if form.action and is_googles else None


def _why_not(parts: tuple[str, ...]) -> str:
    if {"folders", "folderview", "embeddedfolderview"} & set(parts):
        return (
            "a folder of Google Drive can be listed in a browser only; paste the link of one file in it, such as a zip "
            "of the folder, or download it there and upload it here."
        )
    if {"document", "spreadsheets", "presentation"} & set(parts):
        return "a document of Google is no dataset; download it there, as CSV or as images, and upload it here."
    return "this page of Google Drive is no file; paste its link, as in https://drive.google.com/file/d/<id>/view."


@dataclass
class _Form(HTMLParser):
    """The form of the page about viruses."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("id") in ("download-form", "downloadForm"):
            self.action = said.get("action", "")
        elif tag == "input" and self.action and said.get("type") == "hidden" and said.get("name"):
            self.fields[said["name"]] = said.get("value", "")
