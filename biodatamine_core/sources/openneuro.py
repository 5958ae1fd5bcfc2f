"""A dataset of OpenNeuro at a version: every file of its tree, from its public bucket.

Source: docs.openneuro.org, "GraphQL API"; the query is that of its own download page.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from biodatamine_core.errors import NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.pasted import Pasted, doi_in
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_HOME = "https://openneuro.org"
_SERVICE = Service("OpenNeuro", f"Private datasets are out of reach: download them at {_HOME} and upload the files.")
_DATASET, _TAG = re.compile(r"ds\d{6}"), re.compile(r"\d+(?:\.\d+){0,3}")
_DOI = re.compile(r"10\.18112/openneuro\.(ds\d{6})(?:\.v(\d+(?:\.\d+){0,3}))?")
_FIELDS = "files%s { id directory filename size urls }"
_PER_QUESTION = 40
_MOST_FOLDERS = 20_000


@dataclass(frozen=True, slots=True)
class OpenNeuroSource:
    """tag: of the version; "" for the newest."""

    kind: ClassVar[str] = "openneuro"
    reads: ClassVar[str] = "an OpenNeuro dataset"
    url: str
    title: str
    dataset: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> "OpenNeuroSource | None":
        doi = _DOI.fullmatch(doi_in(text) or "")
        if doi:
            return cls._of(doi[1], doi[2] or "")
        pasted = Pasted.read(text)
        if pasted.host != "openneuro.org":
            return None
        match pasted.parts:
            case ("datasets", dataset, "versions", tag, *_) if _DATASET.fullmatch(dataset) and _TAG.fullmatch(tag):
                return cls._of(dataset, tag)
            case ("datasets", dataset, *_) if _DATASET.fullmatch(dataset):
                return cls._of(dataset, "")
        raise UnsupportedURL(f"this page of OpenNeuro is no dataset; paste one, as in {_HOME}/datasets/ds000001.")

    @classmethod
    def _of(cls, dataset: str, tag: str) -> "OpenNeuroSource":
        return cls(f"{_HOME}/datasets/{dataset}" + (f"/versions/{tag}" if tag else ""), dataset, dataset, tag)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        newest = f'dataset(id: "{self.dataset}") {{ latestSnapshot {{ tag }} }}'
        tag = self.tag or self._ask(newest, reach).text("dataset", "latestSnapshot", "tag") or ""
        if not _TAG.fullmatch(tag):
            raise NotFound(f"OpenNeuro has no published version of {self.dataset}; check the address.")
        snapshot = f'snapshot(datasetId: "{self.dataset}", tag: "{tag}")'
        root = self._ask(f"{snapshot} {{ description {{ License }} {_FIELDS % ''} }}", reach).at("snapshot")
        licence, file_count = root.text("description", "License"), 0
        for path, file in self._files(snapshot, root, reach):
            file_count += 1
            if file_count > MOST_FILES:
                raise _SERVICE.too_much(f"{self.dataset} {tag}")
            # The address names the object's own version in the bucket: the same bytes for ever.
            url = next(url for one in file.items("urls") if (url := one.text()))
            yield Artifact(path, url, file.number("size"), licence=licence, version=file.text("id"))
        if not file_count:
            raise NotFound(f"{self.dataset} {tag} at OpenNeuro has no files; check the address.")

    def _files(self, snapshot: str, root: Answer, reach: Reach) -> Iterator[tuple[str, Answer]]:
        """Each file with its path; the folders of one depth are asked for many at once."""
        listed, seen = [("", root)], 0
        while listed:
            folders: list[tuple[str, str]] = []
            for above, folder in listed:
                for item in folder.items("files"):
                    path = above + (item.text("filename") or "")
                    if item.has("directory"):
                        folders.append((f"{path}/", item.text("id") or ""))
                    elif any(one.text() for one in item.items("urls")):
                        yield path, item
            seen += len(folders)
            if seen > _MOST_FOLDERS:
                raise _SERVICE.too_much(self.dataset)
            listed = []
            for start in range(0, len(folders), _PER_QUESTION):
                listed += self._opened(snapshot, folders[start : start + _PER_QUESTION], reach)

    def _opened(self, snapshot: str, folders: list[tuple[str, str]], reach: Reach) -> list[tuple[str, Answer]]:
        asked = " ".join(
            f"f{number}: {snapshot} {{ {_FIELDS % f'(tree: {json.dumps(tree)})'} }}"
            for number, (_, tree) in enumerate(folders)
        )
        answer = self._ask(asked, reach)
        return [(path, answer.at(f"f{number}")) for number, (path, _) in enumerate(folders)]

    def _ask(self, question: str, reach: Reach) -> Answer:
        url = f"{reach.services.openneuro.url}/crn/graphql"
        answer = _SERVICE.post(url, {"query": f"query {{ {question} }}"}, "application/json", reach, self.dataset)
        if not answer.has("data") or answer.has("errors"):
            raise NotFound(f"OpenNeuro has nothing public under {self.dataset}; check the address. {_SERVICE.key}")
        return answer.at("data")
