"""How a WebDAV server is asked what a folder holds, and the folders in it. Source: RFC 4918, 9.1 and 14.16."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

from biodatamine_core.addresses import shown
from biodatamine_core.credentials import NONE, Credentials
from biodatamine_core.errors import DownloadFailed, LimitExceeded, NotFound, NotTheData
from biodatamine_core.sources.asking.service import MOST_FILES
from biodatamine_core.transport import Transport

_MOST_FOLDERS, _MOST_ANSWER_BYTES = 1_000, 64 << 20
_KNOWN = "{*}propstat/{*}prop/"
_NOT_WEBDAV = frozenset({400, 404, 405, 410, 501})


class NoWebDAV(NotFound):
    """Nothing here answers as a WebDAV server does."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder. path: unescaped, of its address. etag: a strong one, without quotes."""

    url: str
    path: str
    is_folder: bool
    size_bytes: int | None
    etag: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """hint: what to do about a refusal, as the end of a sentence. otherwise: shown where no sign-in is kept."""

    transport: Transport
    hint: str
    otherwise: Credentials = NONE

    def opened(self, url: str) -> tuple[Entry, list[Entry]]:
        """What lies at this address, and in it. Raises NoWebDAV, DownloadFailed, NotTheData, LimitExceeded."""
        data, final_url = self._answered(url)
        try:
            answer = ElementTree.fromstring(data)
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                raise NotTheData(
                    f"{shown(url)} sent a web page, such as one to sign in, and no list of files. {self.hint}"
                ) from error
            raise _none(url) from error
        here = _path(final_url)
        entries = [one for found in answer.iterfind("{*}response") if (one := _entry(found, final_url))]
        own = next((one for one in entries if one.path.rstrip("/") == here.rstrip("/")), None)
        if own is None:
            raise _none(url)
        below = f"{own.path.rstrip('/')}/"
        return own, [one for one in entries if one is not own and one.path.startswith(below)]

    def files(self, own: Entry, entries: list[Entry]) -> Iterator[tuple[str, Entry]]:
        """Every file of an opened folder and of the folders in it, with its path from there; "" for a file itself."""
        if not own.is_folder:
            yield "", own
            return
        root, waiting, seen, file_count = f"{own.path.rstrip('/')}/", list(entries), {own.path}, 0
        while waiting:
            entry = waiting.pop(0)
            path = entry.path.removeprefix(root).rstrip("/")
            if entry.path in seen or ".." in path.split("/") or not path.isprintable():
                continue
            seen.add(entry.path)
            if entry.is_folder:
                if len(seen) - file_count > _MOST_FOLDERS:
                    raise _too_much(own.url, f"{_MOST_FOLDERS:,} folders")
                waiting += self.opened(entry.url)[1]
                continue
            file_count += 1
            if file_count > MOST_FILES:
                raise _too_much(own.url, f"{MOST_FILES:,} files")
            yield path, entry

    def _answered(self, url: str) -> tuple[bytes, str]:
        data = bytearray()
        try:
            with self.transport.propfind(url, self.otherwise) as (facts, chunks):
                for chunk in chunks:
                    data += chunk
                    if len(data) > _MOST_ANSWER_BYTES:
                        raise _too_much(url, f"{MOST_FILES:,} files")
        except DownloadFailed as error:
            if error.status in _NOT_WEBDAV:
                raise _none(url) from error
            if error.status in (401, 403):
                raise DownloadFailed(f"{shown(url)} does not let us in. {self.hint}", error.status) from error
            raise
        return bytes(data), facts.url


def _none(url: str) -> NoWebDAV:
    return NoWebDAV(f"{shown(url)} is no folder that a WebDAV server shares; check the address.")


def _too_much(url: str, what: str) -> LimitExceeded:
    return LimitExceeded(f"{shown(url)} lists more than {what}; paste the address of a folder in it.")


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)


def _entry(response: ElementTree.Element, answered_at: str) -> Entry | None:
    """None for what lies on another host, or nowhere."""
    href = (response.findtext("{*}href") or "").strip()
    try:
        url = urldefrag(urljoin(answered_at, href)).url
    except ValueError:
        return None
    if not href or urlsplit(url)[:2] != urlsplit(answered_at)[:2]:
        return None
    # Of what it does not know of an entry, such as the size of a folder, a server says so in a list of its own.
    size = next((found.text for found in response.iterfind(f"{_KNOWN}{{*}}getcontentlength") if found.text), "")
    etag = next((found.text for found in response.iterfind(f"{_KNOWN}{{*}}getetag") if found.text), "")
    return Entry(
        url,
        _path(url),
        response.find(f"{_KNOWN}{{*}}resourcetype/{{*}}collection") is not None,
        int(size) if size.isascii() and size.isdecimal() and len(size) < 20 else None,
        etag.strip('"') if etag and not etag.startswith("W/") else None,
    )
