"""A web page that links to dataset files, and a server's listing of a folder: what can be had from there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from biodatamine_core.addresses import shown
from biodatamine_core.errors import BioDataMineError, ChoiceNeeded, LimitExceeded, NotTheData
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.sign_in_page import instead_of_data, single_sign_on
from biodatamine_core.transport import Facts, Transport

_MOST_PAGE_BYTES = 4 << 20
_MOST_CANDIDATES = 50  # each is asked for its size
_MOST_FILES, _MOST_FOLDERS, _MOST_DEPTH = 10_000, 1_000, 12  # of a listing: each file is a download of its own
_LISTING = re.compile(r"\s*(index of |directory listing for )", re.IGNORECASE)  # Apache, nginx, lighttpd; Python
_DATASET = re.compile(
    r"\.(zip|7z|tar|t[gbx]z|tar\.\w+|gz|bz2|xz|zst|dcm|dicom|nii|nrrd|nhdr|mh[ad]|mg[hz]|mnc|tiff?|svs|npz|h5)$",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\.(html?|php|aspx?|jsp)$", re.IGNORECASE)


def is_page(facts: Facts) -> bool:
    return (facts.content_type or "").partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")


def artifacts(url: str, facts: Facts, transport: Transport) -> list[Artifact]:
    """Every file of a listing and its folders; the one dataset file that a page links to; none where there is none.

    Only links to the page's own host are followed. Raises ChoiceNeeded where a page links to several files,
    NotTheData for a page to sign in, LimitExceeded, and what transport raises.
    """
    page = _Page.read(facts.url, transport)
    if page.is_listing:
        return list(_listed(page, transport))
    through = single_sign_on(facts.url, page.asks_for)
    found = list(_candidates(page, transport)) if through is None else []
    if len(found) > 1:
        raise _choice(page, found)
    if through or ("password" in page.asks_for and not found):
        raise NotTheData(instead_of_data(url, facts.url, through, transport.signs_in_at(url)))
    return [replace(one, about=page.about) for one in found]


def _choice(page: "_Page", found: list[Artifact]) -> ChoiceNeeded:
    listed = " ".join(f"{number}. {one.name} ({_size(one.size_bytes)})" for number, one in enumerate(found, start=1))
    return ChoiceNeeded(
        f"{shown(page.url)} links to {len(found)} files; pick one by its number (--pick N): {listed}",
        tuple((one.name, one.url, one.size_bytes) for one in found),
    )


def _size(size_bytes: int | None) -> str:
    return "size unknown" if size_bytes is None else f"{size_bytes / 1e6:,.1f} MB"


def _candidates(page: "_Page", transport: Transport) -> Iterator[Artifact]:
    """The linked files that answer as data; a link that leads to a page, such as a sign-in, is none."""
    for url in page.dataset_links[:_MOST_CANDIDATES]:
        try:
            facts = transport.head(url)
        except BioDataMineError:
            continue  # a dead link on a page is none of our files
        if not is_page(facts):
            yield Artifact(facts.filename or _name(url), url, facts.size_bytes, validator=facts.validator)


def _listed(page: "_Page", transport: Transport) -> Iterator[Artifact]:
    """The files of a listing and of the folders in it, by their paths from there. Pages of a server are no data."""
    root = page.url
    waiting, seen, file_count = [page], {page.url}, 0
    while waiting:
        folder = waiting.pop(0)
        for url in folder.links if folder.is_listing else folder.dataset_links:
            path = unquote(url.removeprefix(root))
            is_below = url.startswith(folder.url) and ".." not in path.split("/") and not urlsplit(url).query
            if url in seen or not is_below or not path.isprintable():
                continue
            seen.add(url)
            if not url.endswith("/"):
                file_count += not _PAGE.search(path)
                if file_count > _MOST_FILES:
                    raise _too_much(root, f"{_MOST_FILES:,} files")
                if not _PAGE.search(path):
                    yield Artifact(path, url)
            elif path.count("/") <= _MOST_DEPTH:
                if len(seen) - file_count > _MOST_FOLDERS:
                    raise _too_much(root, f"{_MOST_FOLDERS:,} folders")
                waiting.append(_Page.read(url, transport))


def _too_much(url: str, what: str) -> LimitExceeded:
    return LimitExceeded(f"{shown(url)} lists more than {what}; paste the address of a part of it, or of an archive.")


def _name(url: str) -> str:
    last = unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1])
    return last if last and last.isprintable() else "data"


@dataclass(frozen=True, slots=True)
class _Page:
    """url: after redirects. links: absolute, without fragment, each once, to the page's own host only.

    asks_for: the names and types of the fields in its forms, lower case. about: its title, description and keywords.
    """

    url: str
    title: str
    links: tuple[str, ...]
    asks_for: frozenset[str]
    about: str | None

    @property
    def is_listing(self) -> bool:
        return self.url.endswith("/") and _LISTING.match(self.title) is not None

    @property
    def dataset_links(self) -> list[str]:
        return [url for url in self.links if _DATASET.search(urlsplit(url).path)]

    @classmethod
    def read(cls, url: str, transport: Transport) -> "_Page":
        text = b""
        with transport.stream(url) as (facts, chunks):
            for chunk in chunks:
                text += chunk
                if len(text) > _MOST_PAGE_BYTES:
                    break
        parser = _Links()
        if text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):  # some servers call everything HTML
            parser.feed(text[:_MOST_PAGE_BYTES].decode(errors="replace"))
        final = urldefrag(facts.url).url.partition("?")[0]
        found = (_absolute(urljoin(final, parser.base), href) for href in parser.hrefs)
        own = [link for link in found if link is not None and _origin(link) == _origin(final)]
        title, said = "".join(parser.title), parser.said
        about = page_text(title, said.get("description"), [said.get("keywords")])
        return cls(final, title, tuple(dict.fromkeys(own)), frozenset(parser.fields), about)


def _absolute(base: str, href: str) -> str | None:
    try:
        return urldefrag(urljoin(base, href.strip())).url
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


@dataclass
class _Links(HTMLParser):
    """What a page links to, its title and what its meta elements say; names and types of the fields in its forms."""

    base: str = ""
    title: list[str] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)
    _in_title: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title"
        said = dict(attrs)
        href = said.get("href")
        if tag == "meta" and said.get("name"):
            self.said.setdefault((said["name"] or "").lower(), said.get("content") or "")
        if tag == "input":
            self.fields |= {(said.get(what) or "").lower() for what in ("name", "type")}
        if href and tag == "a":
            self.hrefs.append(href)
        elif href and tag == "base":
            self.base = href

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
