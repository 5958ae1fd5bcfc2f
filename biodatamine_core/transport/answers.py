"""What a server's answer says before its body: size, name, whether the bytes changed; and what a refusal means."""

import re
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from biodatamine_core.addresses import shown
from biodatamine_core.errors import BrokenOff, DownloadFailed
from biodatamine_core.records import Validator

if TYPE_CHECKING:
    import requests

_GZIP_NAMES = (".gz", ".tgz")
_SURE_AFTER_S = 60.0  # RFC 7232, 2.2.2: a file that changed twice within one second keeps its Last-Modified
_MEANINGS = {
    401: "it wants a sign-in; add one for this host under Sign-ins, or upload the file",
    403: "it does not let us in; log in there in a browser and paste a link that needs none, add a sign-in for this "
    "host, or upload the file",
    404: "nothing is there; check the address for a typo",
    410: "it was removed for good; look for a newer address",
    429: "it is asked too often; try again later",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server says about the bytes before it sends them.

    url: where they came from after redirects; may carry a signature: for code, not for people.
    size_bytes: of the whole, also where a part is sent; None where the server does not say.
    start: where the body begins in the whole. is_part: only what was asked for is sent, not everything.
    filename: out of Content-Disposition, its last part only. next_url: of a listing in pages. Source: RFC 8288.
    """

    url: str = field(repr=False)
    size_bytes: int | None = None
    etag: str | None = None
    content_type: str | None = None
    filename: str | None = None
    validator: Validator | None = None
    start: int = 0
    is_part: bool = False
    next_url: str | None = field(default=None, repr=False)


def facts_of(response: "requests.Response") -> Facts:
    """Raises BrokenOff where a part's Content-Range cannot be understood."""
    headers = response.headers
    length = headers.get("Content-Length", "")
    size_bytes = int(length) if length.isdecimal() and not is_wrapped(response) else None
    start = 0
    if response.status_code == 206:
        part = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", headers.get("Content-Range", "").strip())
        if part is None or is_wrapped(response):
            raise BrokenOff(f"{shown(response.url)} sent a part and did not say which; try again.")
        start, size_bytes = int(part[1]), int(part[3]) if part[3] != "*" else None
    etag = headers.get("ETag")
    return Facts(
        url=response.url,
        size_bytes=size_bytes,
        etag=etag,
        content_type=headers.get("Content-Type"),
        filename=_filename(headers.get("Content-Disposition")),
        validator=_validator(etag, headers.get("Last-Modified"), headers.get("Date"), size_bytes),
        start=start,
        is_part=response.status_code == 206,
        next_url=response.links.get("next", {}).get("url"),
    )


def good(response: "requests.Response", was_signed_in: bool = False) -> "requests.Response":
    """The response, if it is what was asked for; what the server means, as DownloadFailed, otherwise."""
    status = response.status_code
    if status in (200, 206, 207):
        return response
    meaning = _MEANINGS.get(status, "200 was expected; check the address")
    if was_signed_in and status in (401, 403):
        meaning = "it does not accept the sign-in that is kept for this host; check it under Sign-ins"
    if status >= 500:
        meaning = "the server has a problem of its own; try again later"
    raise DownloadFailed(f"{shown(response.url)} answered {status}: {meaning}.", status)


def is_wrapped(response: "requests.Response") -> bool:
    """Whether the bytes of the file are wrapped once more for the way.

    Many servers mark a .gz file itself with "Content-Encoding: gzip"; then the bytes as sent are the file.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    name = _filename(response.headers.get("Content-Disposition")) or unquote(urlsplit(response.url).path)
    return encoding not in ("", "identity") and not (
        encoding in ("gzip", "x-gzip") and name.lower().endswith(_GZIP_NAMES)
    )


def _validator(etag: str | None, modified: str | None, date: str | None, size_bytes: int | None) -> Validator | None:
    """What can be compared later. A Last-Modified of just now may still stand for two different contents."""
    try:
        settled_s = (parsedate_to_datetime(date or "") - parsedate_to_datetime(modified or "")).total_seconds()
    except (TypeError, ValueError):
        settled_s = 0.0
    modified = modified if settled_s >= _SURE_AFTER_S else None
    etag = etag if etag and re.fullmatch(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"', etag) else None
    return Validator(etag, modified, size_bytes) if etag or modified else None


def _filename(disposition: str | None) -> str | None:
    """The name a server suggests, without folders and control characters. Source: RFC 6266."""
    if not disposition:
        return None
    # Header bytes arrive as latin-1; servers send UTF-8.
    disposition = disposition.encode("latin-1", "replace").decode("utf-8", "replace")
    extended = re.search(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", disposition, re.IGNORECASE)
    message = Message()
    message["Content-Disposition"] = disposition
    name = unquote(extended[1]) if extended else message.get_filename() or ""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in name if character.isprintable()).strip() or None
