"""A DOI that does not say itself whose it is: looked up, then read as the page that it leads to.

Source: www.doi.org, "Factsheet: DOI Resolution", its REST API for handles.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from biodatamine_core.addresses import shown
from biodatamine_core.errors import NotFound, NotTheData, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import webpage
from biodatamine_core.sources.asking.pasted import doi_in
from biodatamine_core.sources.asking.service import Service
from biodatamine_core.sources.interface import Reach, Source

_SERVICE = Service("doi.org", "Paste the address of the dataset's own page instead.")


@dataclass(frozen=True, slots=True)
class DOISource:
    """doi: lower case: "10.7910/dvn/abc"."""

    kind: ClassVar[str] = "doi"
    reads: ClassVar[str] = "a DOI of a dataset"
    url: str
    title: str
    doi: str

    @classmethod
    def parse(cls, text: str) -> "DOISource | None":
        doi = doi_in(text)
        return cls(f"https://doi.org/{quote(doi, safe='/;:()._-')}", doi, doi) if doi else None

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        source = self._resolved(reach)
        found = list(source.artifacts(reach))
        # A page that links to no data would be downloaded as if it were the data.
        is_itself = source.kind == "http" and [artifact.url for artifact in found] == [source.url]
        if is_itself and webpage.is_page(reach.transport.head(source.url)):
            raise NotTheData(
                f"{self.doi} leads to {shown(source.url)}, a page that links to no file which we know to fetch; "
                "open it and paste the link of its download."
            )
        yield from found

    def _resolved(self, reach: Reach) -> Source:
        from biodatamine_core.sources import parse

        answer = _SERVICE.ask(f"{reach.services.doi.url}/api/handles/{quote(self.doi)}?type=URL", reach, self.doi)
        urls = [value.text("data", "value") for value in answer.items("values") if value.text("type") == "URL"]
        url = next((url for url in urls if url and url.lower().startswith(("http://", "https://"))), None)
        if url is None:
            raise NotFound(f"the DOI {self.doi} leads to no files and no page; check it for a typo.")
        source = parse(url)
        if isinstance(source, DOISource):
            raise UnsupportedURL(f"the DOI {self.doi} leads to another DOI; paste the address of the dataset's page.")
        return source
