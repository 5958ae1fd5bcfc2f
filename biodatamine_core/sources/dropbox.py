"""A file or a folder that somebody shares by link from a Dropbox.

Source: help.dropbox.com, "Force a shared link to download".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlencode

from biodatamine_core.errors import NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import Service
from biodatamine_core.sources.interface import Reach

_HOME = "https://www.dropbox.com"
_SERVICE = Service(
    "Dropbox",
    'In Dropbox, copy a link that "Anyone with this link" may open, without a password and not expired.',
)
_HOSTS = frozenset({"dropbox.com", "dl.dropbox.com", "dl.dropboxusercontent.com"})
_SHARED = re.compile(r"(?:s|sh)/[a-z0-9]{10,30}(?:/.*)?|scl/(?:fi|fo)/[a-z0-9]{10,40}(?:/.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DropboxSource:
    """place: path of the link, with the key that is a part of it."""

    kind: ClassVar[str] = "dropbox"
    reads: ClassVar[str] = "a Dropbox link"
    url: str
    title: str
    place: str

    @classmethod
    def parse(cls, text: str) -> "DropboxSource | None":
        pasted = Pasted.read(text)
        if pasted.host not in _HOSTS:
            return None
        path = "/".join(pasted.parts)
        if not _SHARED.fullmatch(path):
            raise UnsupportedURL(
                'this page of Dropbox shares nothing; press "Share" and "Copy link" there, and paste that link.'
            )
        key = {"rlkey": pasted.query["rlkey"]} if "rlkey" in pasted.query else {}
        place = f"/{quote(path)}" + (f"?{urlencode(key)}" if key else "")
        return cls(_HOME + place, _title(pasted.parts), place)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        """The file; a folder as the zip that Dropbox makes of it."""
        url = f"{reach.services.dropbox.url}{self.place}{'&' if '?' in self.place else '?'}dl=1"
        facts = _SERVICE.head(url, reach, "this link")
        if facts.size_bytes == 0:
            raise NotFound(f"{self.title} at Dropbox is empty; check the link.")
        yield Artifact(facts.filename or self.title, url, facts.size_bytes, validator=facts.validator)


def _title(parts: tuple[str, ...]) -> str:
    """The name at the end of a link, which folders do without."""
    is_named = "." in parts[-1] or (parts[0] == "s" and len(parts) > 2)
    return parts[-1] if is_named else f"Dropbox {parts[1] if parts[0] != 'scl' else parts[2]}"
