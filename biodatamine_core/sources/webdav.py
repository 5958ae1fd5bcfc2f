"""A folder or a file on a WebDAV server, and what somebody shares by link from a Nextcloud or an ownCloud.

Source: RFC 4918, 9.1; docs.nextcloud.com, developer manual, "WebDAV" and "Public shares".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, unquote, urlencode, urlsplit

from biodatamine_core.addresses import shown
from biodatamine_core.credentials import Credentials, SignIn, place_of
from biodatamine_core.errors import DownloadFailed, NotFound
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.multistatus import Asking, NoWebDAV
from biodatamine_core.sources.asking.pasted import every_value
from biodatamine_core.sources.http import HTTPSource
from biodatamine_core.sources.interface import Reach

_SCHEMES = {"dav": "http", "davs": "https", "webdav": "http", "webdavs": "https"}
_FOLDER = re.compile(r".*/(?:remote\.php/(?:dav/files/[^/]+|webdav)|public\.php/webdav|webdav)(?:/.*)?")
_TOKEN = r"(?P<token>[A-Za-z0-9_-]{8,64})"
_SHARE = re.compile(
    rf"(?P<page>(?P<home>.*?)(?:/index\.php)?/s/{_TOKEN})(?:/(?:download|preview|authenticate)(?:/.*)?)?/?"
)
_SHARE_FILES = re.compile(rf"(?P<home>.*?)/public\.php/dav/files/{_TOKEN}(?P<path>/.*)?")


@dataclass(frozen=True, slots=True)
class WebDAVSource:
    """address: what is asked. home, token: of a cloud and a share in it; path: below that share, "/ct/1.dcm".

    An address like that of a share, /s/<token>, or of a folder, .../webdav/..., may as well be another site's page.
    """

    kind: ClassVar[str] = "webdav"
    reads: ClassVar[str] = "a WebDAV folder or a Nextcloud share"
    url: str
    title: str
    address: str
    home: str = ""
    token: str = ""
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> "WebDAVSource | None":
        scheme, mark, rest = text.partition("://")
        named = _SCHEMES.get(scheme.lower()) if mark else None
        page = HTTPSource.parse(f"{named}://{rest}" if named else text)
        if page is None:
            return None
        parts = urlsplit(page.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if share := _SHARE.fullmatch(parts.path):
            asked = every_value(parts.query)
            folder = (asked.get("path") or asked.get("dir") or [""])[-1]
            below = f"{folder}/{(asked.get('files') or [''])[-1]}"
            return cls._of_share(origin + share["page"], origin + share["home"], share["token"], below)
        if share := _SHARE_FILES.fullmatch(parts.path):
            home, token = origin + share["home"], share["token"]
            return cls._of_share(f"{home}/index.php/s/{token}", home, token, unquote(share["path"] or ""))
        if named or _FOLDER.fullmatch(parts.path):
            address = origin + parts.path
            url = f"dav{address.removeprefix('http')}" if named else address
            return cls(url, page.title, address)
        return None

    @classmethod
    def _of_share(cls, page: str, home: str, token: str, below: str) -> "WebDAVSource":
        names = [name for name in below.split("/") if name and name != ".."]
        path = "".join(f"/{name}" for name in names)
        url = page + (f"?{urlencode({'path': path}, safe='/')}" if path else "")
        title = names[-1] if names and names[-1].isprintable() else f"share {token}"
        return cls(url, title, url, home, token, path)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        is_empty = True
        for artifact in self._shared(reach) if self.token else self._kept(reach):
            is_empty = False
            yield artifact
        if is_empty:
            raise NotFound(f"{shown(self.address)} has no files; check the address.")

    def _kept(self, reach: Reach) -> Iterator[Artifact]:
        hint = (
            f"Add a sign-in for {urlsplit(self.address).netloc} under Sign-ins, or in BIODATAMINE_CREDENTIALS: "
            "a name and a password; for Nextcloud an app password (there: Settings, Security)."
        )
        asking = Asking(reach.transport, hint)
        try:
            opened = asking.opened(self.address)
        except NoWebDAV:
            if self.url != self.address:
                raise
            yield from self._page(reach)
            return
        for path, entry in asking.files(*opened):
            yield Artifact(path or self.title, entry.url, entry.size_bytes, version=entry.etag)

    def _shared(self, reach: Reach) -> Iterator[Artifact]:
        """In the way that clouds of today have, else in the older one."""
        host, below = urlsplit(self.home).netloc, quote(self.path)
        hint = (
            f'If the share has a password, add a sign-in for {host} under Sign-ins with the user name "{self.token}" '
            "and that password; else it may be gone: check the address."
        )
        is_older, asking = False, Asking(reach.transport, hint)
        try:
            opened = asking.opened(f"{self.home}/public.php/dav/files/{self.token}{below}")
        except NoWebDAV:
            # There a share's own name is a user, with no password where the share has none.
            anybody = Credentials({place_of(self.home): SignIn.basic(self.token, "", plain_http=True)})
            is_older, asking = True, Asking(reach.transport, hint, anybody)
            try:
                opened = asking.opened(f"{self.home}/public.php/webdav{below}")
            except NoWebDAV:
                yield from self._page(reach)
                return
        is_open = is_older and not reach.transport.signs_in_at(self.home)
        for path, entry in asking.files(*opened):
            url = self._link(path) if is_open else entry.url
            name = path or reach.transport.head(url).filename or self.title
            yield Artifact(name, url, entry.size_bytes, version=entry.etag)

    def _link(self, path: str) -> str:
        """Of the button "Download" on the share's page, which asks nobody who they are."""
        folder, _, name = f"{self.path}/{path}".rstrip("/").rpartition("/")
        asked = {"path": folder or "/", "files": name} if name else {}
        return f"{self.home}/index.php/s/{self.token}/download?{urlencode(asked, safe='/')}"

    def _page(self, reach: Reach) -> Iterator[Artifact]:
        try:
            yield from HTTPSource(self.address, self.token or self.title).artifacts(reach)
        except DownloadFailed as error:
            if error.status not in (404, 410):
                raise
            raise NotFound(f"{shown(self.address)} shares nothing (any more); check the address.") from error
