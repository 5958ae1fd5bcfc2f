"""A study, a series or an instance of a DICOMweb server, such as Orthanc or dcm4chee.

Source: DICOM PS3.18, 10.4 (WADO-RS) and 10.6 (QIDO-RS); the Orthanc Book, "REST API of Orthanc".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from biodatamine_core.errors import ChoiceNeeded, DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.pasted import every_value
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.http import HTTPSource
from biodatamine_core.sources.interface import Reach

_UID = r"[0-9]+(?:\.[0-9]+){3,}"  # DICOM PS3.5, 9.1; those of studies and series have many parts
_ANY_UID = re.compile(r"(?=.{1,64}$)[0-9]+(?:\.[0-9]+)*")
_PLACE = re.compile(
    rf"(?P<root>.*?)/studies/(?P<study>{_UID})(?:/series/(?P<series>{_UID})(?:/instances/(?P<instance>{_UID}))?)?(?:/.*)?"
)
_SEARCH = re.compile(
    r"(?P<root>.*/(?:dicom-web|aets/[^/]+/rs|dicomweb(?=/[a-z])))(?:/(?:studies|series|instances))?/?", re.IGNORECASE
)
_VIEWER = re.compile(r"(?P<above>.*?)/(?:stone-webviewer/index\.html|ohif/viewer|ui/app/retrieve-and-view\.html)")
_EXPLORER = re.compile(r"(?P<above>.*?)/app/explorer\.html")
_PAGE_OF_EXPLORER = re.compile(r"(?P<level>study|series|instance)\?uuid=(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{8}){4})")
_NOT_A_FILTER = frozenset({"limit", "offset", "includefield", "accept", "fuzzymatching"})
# Without the second parameter servers may unpack or recompress what they keep. PS3.18, 8.7.3.5.2.
_AS_KEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"
_MODALITIES, _INSTANCE_COUNT, _DESCRIPTION = "00080061", "00201208", "00081030"
_PER_PAGE, _MOST_OFFERED = 1_000, 50
_LEVELS = {  # of Orthanc's own API: the tag that names it, what lies above it
    "instances": ("SOPInstanceUID", "ParentSeries", "series"),
    "series": ("SeriesInstanceUID", "ParentStudy", "studies"),
    "studies": ("StudyInstanceUID", "", ""),
}


@dataclass(frozen=True, slots=True)
class DICOMwebSource:
    """root: of the server's DICOMweb. path: below it: "studies/<uid>/series/<uid>"; "studies" for all there are.

    orthanc: path of the same in Orthanc's own API, "studies/<uuid>", where only that was pasted.
    """

    kind: ClassVar[str] = "dicomweb"
    reads: ClassVar[str] = "a DICOMweb study or series"
    url: str
    title: str
    root: str
    path: str
    orthanc: str = ""

    @classmethod
    def parse(cls, text: str) -> "DICOMwebSource | None":
        page = HTTPSource.parse(text)
        if page is None:
            return None
        parts = urlsplit(page.url)
        query = {name: values[-1] for name, values in every_value(parts.query).items()}
        origin = f"{parts.scheme}://{parts.netloc}"
        if place := _PLACE.fullmatch(parts.path):
            return cls._of(origin + place["root"], place["study"], place["series"], place["instance"])
        if viewer := _VIEWER.fullmatch(parts.path):
            study = query.get("studyinstanceuids") or query.get("studyinstanceuid") or query.get("study", "")
            root = f"{origin}{viewer['above']}/dicom-web"
            return cls._of(root, study, query.get("series")) if re.fullmatch(_UID, study) else None
        if explorer := _EXPLORER.fullmatch(parts.path):
            return cls._of_explorer(origin + explorer["above"], urlsplit(text).fragment)
        search = _SEARCH.fullmatch(parts.path)
        return cls._of_search(origin + search["root"], query) if search else None

    @classmethod
    def _of(cls, root: str, study: str, series: str | None = None, instance: str | None = None) -> "DICOMwebSource":
        named = zip(("studies", "series", "instances"), (study, series, instance), strict=True)
        path = "/".join(f"{level}/{uid}" for level, uid in named if uid)
        kind = "instance" if instance else "series" if series else "study"
        return cls(f"{root}/{path}", f"DICOM {kind} {instance or series or study}", root, path)

    @classmethod
    def _of_search(cls, root: str, query: dict[str, str]) -> "DICOMwebSource":
        """A search would keep what it looks for, a patient's name or number, as the address of the dataset."""
        study, series = query.get("studyinstanceuid", ""), query.get("seriesinstanceuid", "")
        if re.fullmatch(_UID, study):
            return cls._of(root, study, series if re.fullmatch(_UID, series) else None)
        if set(query) - _NOT_A_FILTER:
            raise UnsupportedURL(
                f"this is a search of the DICOMweb server {root}, whose address can name a patient; "
                f"paste {root}/studies to see its studies, or one of them, as in {root}/studies/1.2.840.1."
            )
        return cls(f"{root}/studies", urlsplit(root).netloc, root, "studies")

    @classmethod
    def _of_explorer(cls, server: str, fragment: str) -> "DICOMwebSource":
        found = _PAGE_OF_EXPLORER.fullmatch(fragment)
        if found is None:
            raise UnsupportedURL("this page of Orthanc is no study; open a study or a series there and paste its page.")
        level = {"study": "studies", "series": "series", "instance": "instances"}[found["level"]]
        url = f"{server}/app/explorer.html#{found[0]}"
        title = f"Orthanc {found['level']} {found['uuid'][:8]}"
        return cls(url, title, f"{server}/dicom-web", "", f"{level}/{found['uuid']}")

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        """One for each instance, under its UIDs: names of studies and patients are left where they are."""
        path = self._path_of_orthanc(reach) if self.orthanc else self.path
        if path == "studies":
            raise self._choice(reach)
        if "/instances/" in path:
            yield _artifact(self.root, path, path.rsplit("/", 1)[-1])
            return
        count = 0
        study, _, only_series = path.partition("/series/")
        for found in self._found(f"{path}/instances", _INSTANCE, reach):
            series, instance = only_series or _uid(found, _SERIES), _uid(found, _INSTANCE)
            if not series:
                continue
            count += 1
            if count > MOST_FILES:
                raise self._service.too_much(self.title)
            name = instance if only_series else f"{series}/{instance}"
            yield _artifact(self.root, f"{study}/series/{series}/instances/{instance}", name)
        if not count:
            raise NotFound(f"{self.title} has no files at {self._service.name}; check the address.")

    @property
    def _service(self) -> Service:
        host = urlsplit(self.root).netloc
        return Service(host, f"Add a sign-in for {host} under Sign-ins, or in BIODATAMINE_CREDENTIALS.")

    def _found(self, path: str, key: str, reach: Reach) -> Iterator[Answer]:
        """What a search answers, page by page, each once: servers may ignore both limit and offset."""
        seen: set[str] = set()
        received = 0
        while True:
            asked = f"{self.root}/{path}?limit={_PER_PAGE}&offset={received}"
            try:
                page = self._service.ask(asked, reach, self.title).items()
            except DownloadFailed as error:
                if error.status != 204:  # nothing (more) was found. PS3.18, 10.6.3.1
                    raise
                return
            received += len(page)
            new = {uid: one for one in page if (uid := _uid(one, key)) and uid not in seen}
            if not new:
                return
            seen |= set(new)
            yield from new.values()

    def _choice(self, reach: Reach) -> ChoiceNeeded | NotFound:
        """The first studies of the server, by what is in them: whose they are is not asked."""
        offered: list[tuple[str, str, int | None]] = []
        for study in self._found("studies", _STUDY, reach):
            if len(offered) == _MOST_OFFERED:
                break
            uid, modalities = _uid(study, _STUDY), " and ".join(_texts(study, _MODALITIES)) or "images"
            count = (_texts(study, _INSTANCE_COUNT) or ["?"])[0]
            offered.append((f"{modalities}, {count} files, study {uid}", f"{self.root}/studies/{uid}", None))
        if not offered:
            return NotFound(f"{self._service.name} has no files that we may see, not one study. {self._service.key}")
        listed = " ".join(f"{number}. {name}" for number, (name, _, _) in enumerate(offered, start=1))
        return ChoiceNeeded(
            f"{self.root} has {'at least ' * (len(offered) == _MOST_OFFERED)}{len(offered)} studies; pick one by its "
            f"number (--pick N), or paste the address of one: {listed}",
            tuple(offered),
        )

    def _path_of_orthanc(self, reach: Reach) -> str:
        server = self.root.removesuffix("/dicom-web")
        level, uuid, path = *self.orthanc.split("/"), ""
        while level:
            about = self._service.ask(f"{server}/{level}/{uuid}", reach, self.title)
            tag, parent, above = _LEVELS[level]
            uid = about.text("MainDicomTags", tag) or ""
            if not _ANY_UID.fullmatch(uid):
                raise NotFound(f"{self._service.name} has nothing under {self.title}; check the address.")
            path = f"{level}/{uid}/{path}".rstrip("/")
            level, uuid = above, about.text(parent) or ""
        return path


def _artifact(root: str, path: str, name: str) -> Artifact:
    return Artifact(f"{name}.dcm", f"{root}/{path}", accept=_AS_KEPT)


def _texts(found: Answer, tag: str) -> list[str]:
    """The values of an attribute in the DICOM JSON model. Source: PS3.18, F.2."""
    return [text for value in found.items(tag, "Value") if (text := value.text())]


def _uid(found: Answer, tag: str) -> str:
    """ "" where there is none that could stand in a path."""
    uid = (_texts(found, tag) or [""])[0]
    return uid if _ANY_UID.fullmatch(uid) else ""
