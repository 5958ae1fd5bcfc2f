"""The Cancer Imaging Archive: the DICOM series of a collection, a study or one series, each packed as a zip.

Source: wiki.cancerimagingarchive.net, "NBIA Search REST APIs": getCollectionValues, getSeries, getImage.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlencode

from biodatamine_core.errors import NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_HOME = "https://www.cancerimagingarchive.net"
_SEARCH = "https://nbia.cancerimagingarchive.net/nbia-search"
_SERVICE = Service(
    "TCIA",
    f"Some collections ask for an agreement: see the collection's page at {_HOME}, and keep the token of your account "
    "as a sign-in (Bearer) under Sign-ins for services.cancerimagingarchive.net.",
)
_HOSTS = frozenset(f"{site}cancerimagingarchive.net" for site in ("", "nbia.", "services.", "wiki."))
_UID = re.compile(r"[0-9.]{5,64}")  # DICOM PS3.5, 9.1
_API_NAMES = {
    "collection": "Collection",
    "studyinstanceuid": "StudyInstanceUID",
    "seriesinstanceuid": "SeriesInstanceUID",
}


@dataclass(frozen=True, slots=True)
class TCIASource:
    """by: what getSeries is asked for: "Collection", "StudyInstanceUID" or "SeriesInstanceUID". value: of that.

    A collection may be named as its page is: "rider-lung-ct" for "RIDER Lung CT".
    """

    kind: ClassVar[str] = "tcia"
    reads: ClassVar[str] = "a collection of The Cancer Imaging Archive"
    url: str
    title: str
    by: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "TCIASource | None":
        pasted = Pasted.read(text)
        if pasted.host not in _HOSTS:
            return None
        asked_for = _asked_for(pasted)
        if asked_for is None:
            return None  # a file that lies on its site, such as a zip of NIfTI
        by, value = asked_for
        if by == "Collection" and _key(value) and "," not in value:
            name = _key(value)
            return cls(f"{_HOME}/collection/{quote(name)}/", name, by, name)
        if by != "Collection" and _UID.fullmatch(value):
            what = "study" if by == "StudyInstanceUID" else "series"
            return cls(f"https://nbia.cancerimagingarchive.net/viewer/?{what}={value}", f"{what} {value}", by, value)
        raise UnsupportedURL(
            f"this page of TCIA is no collection, study or series; paste one, as in {_HOME}/collection/lidc-idri/. "
            "Analysis results and shared carts are not read."
        )

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        api = f"{reach.services.tcia.url}/nbia-api/services/v4"
        value = self._collection(api, reach) if self.by == "Collection" else self.value
        series = _listed(f"{api}/getSeries?{urlencode({self.by: value, 'format': 'json'})}", reach, self.title)
        found = [one for one in series if _UID.fullmatch(one.text("SeriesInstanceUID") or "")]
        if not found:
            raise NotFound(f"{self.title} at TCIA has no files of DICOM; check the address.")
        if len(found) > MOST_FILES:
            raise _SERVICE.too_much(self.title)
        for one in found:
            uid = one.text("SeriesInstanceUID")
            # The zip is packed while it is sent: nobody knows its size, or its bytes, before.
            facts = [one.text(name) for name in ("DateReleased", "TimeStamp", "ImageCount", "FileSize")]
            yield Artifact(
                f"{uid}.zip",
                f"{api}/getImage?SeriesInstanceUID={uid}",
                licence=one.text("LicenseName"),
                version=" ".join(filter(None, facts)) or None,
            )

    def _collection(self, api: str, reach: Reach) -> str:
        """The name by which the archive's search knows the collection, which is not how its page is called."""
        listed = _listed(f"{api}/getCollectionValues?format=json", reach, "its collections")
        for item in listed:
            name = item.text("Collection") or ""
            if _key(name) == self.value:
                return name
        raise NotFound(
            f"TCIA has no DICOM images of a collection {self.value}; check the address. Where its page offers other "
            "files, such as slides or NIfTI, paste the link of their download."
        )


def _asked_for(pasted: Pasted) -> tuple[str, str] | None:
    """Which of getSeries' parameters a page is about, and its value, "" where it is about none; None for a file."""
    query = pasted.query
    match pasted.parts:
        case ("collection", slug, *_):
            return "Collection", slug
        case ("display", "Public", name, *_):  # the wiki, where papers of many years point
            return "Collection", name
        case ("viewer", *_):
            series = query.get("series", "")
            return ("SeriesInstanceUID", series) if series else ("StudyInstanceUID", query.get("study", ""))
        case ("nbia-search", *_):
            return "Collection", query.get("collectioncriteria", "") if _is_all(query) else ""
        case ("nbia-api", "services", *_):
            named = [(api_name, query[name]) for name, api_name in _API_NAMES.items() if name in query]
            return named[-1] if named else ("Collection", "")
        case () | ("analysis-result" | "browse-collections" | "browse-analysis-results", *_):
            return "Collection", ""
    return None


def _is_all(query: dict[str, str]) -> bool:
    """Whether nothing but the collection narrows a search: a part of it must not be taken for the whole."""
    return {name for name in query if name.endswith("criteria")} <= {"collectioncriteria", "minnumberofstudiescriteria"}


def _listed(url: str, reach: Reach, wanted: str) -> list[Answer]:
    data = _SERVICE.read(url, reach, wanted)
    return _SERVICE.parsed(url, data).items() if data.strip() else []  # where nothing matches, nothing is sent


def _key(name: str) -> str:
    """ "RIDER Lung CT", "RIDER+Lung+CT" and "rider-lung-ct" are the same."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
