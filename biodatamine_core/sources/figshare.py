"""An item of figshare, also of an institution's: its files, each with its MD5, in the version that was pasted.

Source: docs.figshare.com, "Articles": public article, its versions and its files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

from biodatamine_core.errors import DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.pasted import Pasted, doi_in
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_DOI = re.compile(r"10\.\d{4,9}/m9\.figshare\.(\d{1,12})(?:\.v(\d{1,4}))?")
_SERVICE = Service(
    "figshare",
    "Create a token at https://figshare.com/account/applications and set BIODATAMINE_FIGSHARE_TOKEN, "
    "or add it under Sign-ins for api.figshare.com.",
)
_PER_PAGE = 1000


@dataclass(frozen=True, slots=True)
class FigshareSource:
    """article: the number of the item. version: 0 for the newest."""

    kind: ClassVar[str] = "figshare"
    reads: ClassVar[str] = "a figshare item"
    url: str
    title: str
    article: int
    version: int

    @classmethod
    def parse(cls, text: str) -> "FigshareSource | None":
        doi = _DOI.fullmatch(doi_in(text) or "")
        if doi:
            return cls._of(doi[1], doi[2])
        pasted = Pasted.read(text)
        if pasted.host != "figshare.com" and not pasted.host.endswith(".figshare.com"):
            return None
        parts = pasted.parts
        if parts[:1] == ("files",) or parts[:2] == ("ndownloader", "files"):
            return None  # one file behind an address of its own: any server's
        if "articles" in parts:
            numbers = [part for part in parts[parts.index("articles") + 1 :] if re.fullmatch(r"\d{1,12}", part)]
            if numbers:
                return cls._of(numbers[0], numbers[1] if len(numbers) > 1 else None)
        raise UnsupportedURL(
            "this page of figshare is no item with files; paste one, as in "
            "https://figshare.com/articles/dataset/name/1234."
        )

    @classmethod
    def _of(cls, article: str, version: str | None) -> "FigshareSource":
        number, counted = int(article), int(version or 0)
        at = f"/{counted}" if counted else ""
        return cls(f"https://figshare.com/articles/dataset/_/{number}{at}", f"figshare {number}", number, counted)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        url = f"{reach.services.figshare.url}/v2/articles/{self.article}"
        wanted = f"the item {self.article}"
        item = _SERVICE.ask(f"{url}/versions/{self.version}" if self.version else url, reach, wanted)
        version = self.version or item.number("version") or 1
        listed = list(_listed(f"{url}/versions/{version}/files", reach, wanted))
        # A "link only" file lies wherever its author says, often behind a page.
        found = [file for file in listed if not file.has("is_link_only") and file.text("download_url")]
        if listed and not found:
            raise DownloadFailed(
                f"{wanted} of figshare only links to files elsewhere; open {self.url} and paste a link."
            )
        if not found:
            raise NotFound(f"{wanted} of figshare has no files; check the address.")
        tags = [tag.text() for tag in item.items("tags")]
        about = page_text(item.text("title"), item.prose("description"), tags)
        for file in found:
            yield _artifact(file, item.text("license", "name"), str(version), about)


def _listed(url: str, reach: Reach, wanted: str) -> Iterator[Answer]:
    file_count = 0
    for page in count(1):
        files = _SERVICE.ask(f"{url}?page={page}&page_size={_PER_PAGE}", reach, wanted).items()
        file_count += len(files)
        if file_count > MOST_FILES:
            raise _SERVICE.too_much(wanted)
        yield from files
        if len(files) < _PER_PAGE:
            return


def _artifact(file: Answer, licence: str | None, version: str, about: str | None) -> Artifact:
    md5 = file.text("computed_md5") or file.text("supplied_md5")
    return Artifact(
        file.text("name") or "file",
        file.text("download_url") or "",
        file.number("size"),
        f"md5:{md5}" if md5 else None,
        licence,
        version,
        about=about,
    )
