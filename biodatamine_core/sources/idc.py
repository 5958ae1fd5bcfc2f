"""Imaging Data Commons: collections, studies and series, from its public buckets at AWS.

Source: learn.canceridc.dev, "Querying with SQL" and "Getting the data": an index names the folder of each series.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

from biodatamine_core.errors import DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.pasted import Pasted, every_value
from biodatamine_core.sources.asking.s3_bucket import S3Bucket
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_PORTAL, _VIEWER = "portal.imaging.datacommons.cancer.gov", "viewer.imaging.datacommons.cancer.gov"
_API = "api.imaging.datacommons.cancer.gov"
_SERVICE = Service("IDC", "All of it is public: try again later.")
_UID = re.compile(r"[0-9.]{5,64}")  # DICOM PS3.5, 9.1
_FORMS = {
    "collection_id": re.compile(r"[a-z0-9_]{2,64}"),
    "Modality": re.compile(r"[A-Z]{2,16}"),  # PS3.3, C.7.3.1.1.1: a code string
    "StudyInstanceUID": _UID,
    "SeriesInstanceUID": _UID,
}
_NO_FILTERS = frozenset({"filters_for_load", "modality_op", "initialseriesinstanceuid", "hangingprotocolid"})
_FOLDER = re.compile(r"s3://([a-z0-9-]{3,63})/([0-9a-f-]{36})/\*?")
_PER_PAGE = 1_000
_MOST_PAGES = MOST_FILES // _PER_PAGE + 1


@dataclass(frozen=True, slots=True)
class IDCSource:
    """terms: column of IDC's index -> the values wanted; a series is wanted where every column has one of its."""

    kind: ClassVar[str] = "idc"
    reads: ClassVar[str] = "a collection of Imaging Data Commons"
    url: str
    title: str
    terms: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def parse(cls, text: str) -> "IDCSource | None":
        pasted = Pasted.read(text)
        if pasted.host not in (_PORTAL, _VIEWER, _API):
            return None
        wanted = _wanted(pasted, text)
        for column, values in wanted.items():
            if wrong := [value for value in values if not _FORMS[column].fullmatch(value)]:
                raise UnsupportedURL(
                    f'"{wrong[0][:80]}" is no {column} of Imaging Data Commons; narrow the search to one of its '
                    "collections and paste the address again."
                )
        named = {column: tuple(sorted(set(values))) for column, values in wanted.items() if values}
        if not named.keys() - {"Modality"}:
            raise UnsupportedURL(
                "this page of Imaging Data Commons names no collection, study or series; paste one, as in "
                f"https://{_PORTAL}/explore/filters/?collection_id=nlst."
            )
        terms = tuple((column, named[column]) for column in _FORMS if column in named)
        return cls(_address(named), " ".join(values[-1] for _, values in terms[:1]), terms)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        series = list(self._series(reach))
        if sum(one.number("instanceCount") or 1 for one in series) > MOST_FILES:
            raise _SERVICE.too_much(self.title)
        file_count = 0
        pool = ThreadPoolExecutor(reach.transport.connections_per_host, thread_name_prefix="listing")
        try:
            for found in pool.map(lambda one: _listed(one, reach), series):
                file_count += len(found)
                yield from found
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        if not file_count:
            raise NotFound(f"{self.title} at Imaging Data Commons has no files; check the address.")

    def _series(self, reach: Reach) -> Iterator[Answer]:
        """Rows of IDC's index. Every value was held against its form: none of them can end its quotes."""
        quoted = [(column, ", ".join(f"'{value}'" for value in values)) for column, values in self.terms]
        conditions = " AND ".join(f"{column} IN ({values})" for column, values in quoted)
        last = ""
        for _ in range(_MOST_PAGES):
            question = (
                "SELECT SeriesInstanceUID, collection_id, series_aws_url, license_short_name, instanceCount FROM index "
                f"WHERE {conditions} AND SeriesInstanceUID > '{last}' ORDER BY SeriesInstanceUID LIMIT {_PER_PAGE}"
            )
            url = f"{reach.services.idc.url}/v3/sql"
            asked = {"sql": question, "max_rows": _PER_PAGE}
            rows = _SERVICE.post(url, asked, "application/json", reach, self.title).items("rows")
            yield from rows
            next_last = rows[-1].text("SeriesInstanceUID") if rows else None
            if len(rows) < _PER_PAGE or not next_last or not _UID.fullmatch(next_last) or next_last <= last:
                return
            last = next_last
        raise _SERVICE.too_much(self.title)


def _listed(series: Answer, reach: Reach) -> list[Artifact]:
    """The files of one series, from its folder."""
    folder, uid = _FOLDER.fullmatch(series.text("series_aws_url") or ""), series.text("SeriesInstanceUID")
    if folder is None:
        raise DownloadFailed(f"Imaging Data Commons names no folder for the series {uid}; try again later.")
    above = f"{series.text('collection_id')}/{uid}"
    licence = series.text("license_short_name")
    return [
        replace(artifact, name=f"{above}/{artifact.name.rpartition('/')[2]}", licence=licence)
        for artifact in S3Bucket(folder[1], reach.services.aws.url, reach).listed(f"{folder[2]}/")
    ]


def _wanted(pasted: Pasted, text: str) -> dict[str, list[str]]:
    """Column -> values, as the page selects them. Raises UnsupportedURL for a filter that cannot be applied."""
    query = every_value(urlsplit(text).query)
    match pasted.host, pasted.parts:
        case "portal.imaging.datacommons.cancer.gov", ("collections", collection, *_):
            return {"collection_id": [collection.lower()]}
        case "portal.imaging.datacommons.cancer.gov", ("explore", *_):
            return _filters(query)
        case "api.imaging.datacommons.cancer.gov", (_, "collections", collection):
            return {"collection_id": [collection.lower()]}
        case "viewer.imaging.datacommons.cancer.gov", ("slim", "studies", study, "series", one, *_):
            return {"StudyInstanceUID": [study], "SeriesInstanceUID": [one]}
        case "viewer.imaging.datacommons.cancer.gov", ("slim", "studies", study, *_):
            return {"StudyInstanceUID": [study]}
        case "viewer.imaging.datacommons.cancer.gov", ("viewer", *rest):
            return {"StudyInstanceUID": rest[:1], "SeriesInstanceUID": _several(query, "seriesinstanceuid")}
        case "viewer.imaging.datacommons.cancer.gov", ("v3", "viewer", *_):
            studies = _several(query, "studyinstanceuids") + _several(query, "studyinstanceuid")
            series = _several(query, "seriesinstanceuids") + _several(query, "seriesinstanceuid")
            return {"StudyInstanceUID": studies, "SeriesInstanceUID": series}
    return {}


def _filters(query: dict[str, list[str]]) -> dict[str, list[str]]:
    """Of the portal's search. It names a program, in capitals, beside the collections of it that are chosen."""
    others = [name for name in query if name not in {"collection_id", "modality"} | _NO_FILTERS and "utm_" not in name]
    if others:
        raise UnsupportedURL(
            f'this search of Imaging Data Commons has a filter that we cannot apply, "{others[0][:80]}"; leave only '
            "the collection and the modality, and paste the address again."
        )
    named = query.get("collection_id", [])
    collections = [value for value in named if value == value.lower()]
    return {"collection_id": collections or named, "Modality": query.get("modality", [])}


def _several(query: dict[str, list[str]], name: str) -> list[str]:
    return [value for values in query.get(name, []) for value in values.split(",") if value]


def _address(named: dict[str, tuple[str, ...]]) -> str:
    if "collection_id" in named:
        pairs = [(column, value) for column, values in named.items() for value in values]
        return f"https://{_PORTAL}/explore/filters/?{urlencode(pairs)}"
    pairs = [(f"{column}s", ",".join(values)) for column, values in named.items()]
    return f"https://{_VIEWER}/v3/viewer/?{urlencode(pairs, safe=',')}"
