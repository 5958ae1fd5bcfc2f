"""How the services that keep datasets are asked: JSON answers, listings in pages, refusals in a person's words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError, fromstring

from biodatamine_core.addresses import shown
from biodatamine_core.errors import BioDataMineError, DownloadFailed, LimitExceeded, NotFound, NotTheData
from biodatamine_core.sources.interface import Reach
from biodatamine_core.transport import Facts

MOST_FILES = 10_000  # of one listing: each is a download of its own
_MOST_ANSWER_BYTES = 64 << 20
_MOST_PAGES = 1_000
_BLANKS = b"\xef\xbb\xbf \t\r\n"  # with the mark that some servers put before UTF-8


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON value of unknown shape: what is not there, or is of another kind than asked for, is None or empty."""

    value: object

    def at(self, *names: str) -> "Answer":
        value = self.value
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return Answer(value)

    def text(self, *names: str) -> str | None:
        """A text that is not empty, without what cannot be printed; a number as its digits."""
        value = self.at(*names).value
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            return None
        return "".join(character for character in value if character.isprintable()).strip() or None

    def prose(self, *names: str) -> str | None:
        """A text of several lines, as one."""
        value = self.at(*names).value
        return Answer(" ".join(value.split())).text() if isinstance(value, str) else None

    def number(self, *names: str) -> int | None:
        """A whole number from 0 on, also where it is written as a text."""
        value = self.at(*names).value
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

    def items(self, *names: str) -> list["Answer"]:
        value = self.at(*names).value
        return [Answer(item) for item in value] if isinstance(value, list) else []

    def has(self, *names: str) -> bool:
        """Whether there is something else than nothing, no and an empty text."""
        return bool(self.at(*names).value)


@dataclass(frozen=True, slots=True)
class XMLAnswer:
    """An element of an XML answer, whatever its namespace: what is not there is None or empty."""

    element: Element

    def text(self, *names: str) -> str | None:
        """A text that is not empty; as it stands, since a name may begin with a blank."""
        return self.element.findtext(_path(*names)) or None

    def number(self, *names: str) -> int | None:
        text = self.text(*names) or ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None

    def items(self, *names: str) -> "Iterator[XMLAnswer]":
        return map(XMLAnswer, self.element.iterfind(_path(*names)))


def _path(*names: str) -> str:
    return "/".join(f"{{*}}{name}" for name in names)


@dataclass(frozen=True, slots=True)
class Service:
    """name: for people: "Zenodo". key: where to get one and where to put it, as the end of a sentence."""

    name: str
    key: str

    def ask(self, url: str, reach: Reach, wanted: str) -> Answer:
        """The JSON at this address of the service. wanted: what it is about, for the errors: 'the record 42'.

        Raises NotFound, NotTheData for a sign-in page, and DownloadFailed with what to do.
        """
        return self._page(url, reach, wanted)[0]

    def pages(self, url: str, reach: Reach, wanted: str, *next_in: str) -> Iterator[Answer]:
        """The answers of a listing, as its Link headers lead on, all on the service's own host.

        next_in: where in the answer the address of the next page stands, for services that write it there.
        """
        seen: set[str] = set()
        next_url: str | None = url
        while next_url is not None and next_url not in seen:
            if len(seen) == _MOST_PAGES:
                raise self.too_much(wanted)
            seen.add(next_url)
            answer, link = self._page(next_url, reach, wanted)
            yield answer
            link = answer.text(*next_in) if next_in else link
            next_url = urljoin(next_url, link) if link else None
            if next_url is not None and urlsplit(next_url).netloc != urlsplit(url).netloc:
                raise DownloadFailed(f"{self.name} continues the list of {wanted} on another host; try again later.")

    def head(self, url: str, reach: Reach, wanted: str) -> Facts:
        """What is said of a file before it is sent; a sign-in page in its place is refused. Raises as `ask` does."""
        try:
            facts = reach.transport.head(url)
        except DownloadFailed as error:
            raise self._refusal(error, wanted) from error
        if (facts.content_type or "").lower().startswith("text/html"):
            raise self._no_data(url)
        return facts

    def post(self, url: str, question: object, content_type: str, reach: Reach, wanted: str) -> Answer:
        """The JSON that is answered to a JSON question. Raises as `ask` does."""
        try:
            data = b"".join(reach.transport.post(url, json.dumps(question).encode(), content_type))
        except DownloadFailed as error:
            raise self._refusal(error, wanted) from error
        return self.parsed(url, data)

    def too_much(self, wanted: str) -> LimitExceeded:
        return LimitExceeded(
            f"{wanted} at {self.name} lists more than {MOST_FILES:,} files; paste the address of a folder in it."
        )

    def read(self, url: str, reach: Reach, wanted: str) -> bytes:
        """A small file of the service, whole. Raises as `ask` does."""
        data, _ = self._answered(url, reach, wanted)
        if data.lstrip().startswith(b"<"):
            raise self._no_data(url)
        return data

    def xml(self, url: str, reach: Reach, wanted: str) -> XMLAnswer:
        """The root of the XML at this address of the service. Raises as `ask` does."""
        data, _ = self._answered(url, reach, wanted)
        try:
            root = fromstring(data)
        except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that nobody knows
            if data.lstrip(_BLANKS)[:9].lower() in (b"<!doctype", b"<html>") or b"<html" in data[:1024].lower():
                raise self._no_data(url) from error
            raise self._no_sense(url) from error
        if root.tag.rpartition("}")[2].lower() == "html":
            raise self._no_data(url)
        return XMLAnswer(root)

    def place(self, url: str, reach: Reach, wanted: str) -> str:
        """Where an address of the service leads to. Raises as `ask` does."""
        try:
            return reach.transport.head(url).url
        except DownloadFailed as error:
            raise self._refusal(error, wanted) from error

    def _page(self, url: str, reach: Reach, wanted: str) -> tuple[Answer, str | None]:
        data, facts = self._answered(url, reach, wanted)
        return self.parsed(url, data), facts.next_url

    def _answered(self, url: str, reach: Reach, wanted: str) -> tuple[bytes, Facts]:
        data = bytearray()
        try:
            with reach.transport.stream(url) as (facts, chunks):
                for chunk in chunks:
                    data += chunk
                    if len(data) > _MOST_ANSWER_BYTES:
                        raise self.too_much(wanted)
        except DownloadFailed as error:
            raise self._refusal(error, wanted) from error
        return bytes(data), facts

    def parsed(self, url: str, data: bytes) -> Answer:
        """The JSON that came from this address. Raises as `ask` does."""
        try:
            return Answer(json.loads(data))
        except (ValueError, RecursionError) as error:
            if data.lstrip(_BLANKS).startswith(b"<"):
                raise self._no_data(url) from error
            raise self._no_sense(url) from error

    def _no_sense(self, url: str) -> DownloadFailed:
        return DownloadFailed(f"{shown(url)} sent no answer that can be understood; try again later.")

    def _no_data(self, url: str) -> NotTheData:
        return NotTheData(
            f"{shown(url)} sent a web page, such as one to sign in, where {self.name} answers with data. {self.key}"
        )

    def _refusal(self, error: DownloadFailed, wanted: str) -> BioDataMineError:
        match error.status:
            case 401 | 403:
                return DownloadFailed(
                    f"{self.name} does not let us see {wanted}: the key is missing, wrong, or not enough for it. "
                    f"{self.key}",
                    error.status,
                )
            case 404 | 410:
                return NotFound(
                    f"{self.name} has nothing under {wanted}; check the address. If it is private: {self.key}"
                )
            case 429:
                return DownloadFailed(f"{error} With a key more is allowed. {self.key}", 429)
        return error
