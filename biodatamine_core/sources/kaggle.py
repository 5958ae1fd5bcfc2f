"""Kaggle: a dataset at a version, a competition's data, or the datasets that a notebook reads.

Source: the kaggle package's own description of the API (kagglesdk: datasets, competitions, kernels).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import quote, urlencode

from biodatamine_core.errors import ChoiceNeeded, DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.kaggle_package import dataset_files
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import Answer, Service
from biodatamine_core.sources.interface import Reach

_HOME = "https://www.kaggle.com"
_SERVICE = Service(
    "Kaggle",
    f"Create a key at {_HOME}/settings and set KAGGLE_API_TOKEN, or KAGGLE_USERNAME and KAGGLE_KEY, or save the "
    "kaggle.json that Kaggle gives you as ~/.kaggle/kaggle.json.",
)
_SLUG = re.compile(r"[\w-]{1,100}")
_COMMAND = re.compile(r"(?:!\s*)?kaggle\s+(datasets|competitions|kernels)\s+(?:download|pull|output)\s+(.*)", re.DOTALL)
_NO_OWNER = re.compile(
    "account|benchmarks|blog|competitions|contact|datasets|discussions?|docs|general|getting-started|learn|me|models|"
    "organizations|product-feedback|progression|rankings|search|settings|solutions|work",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class KaggleSource:
    """what: "datasets", "competitions" or "code". slug: "owner/name"; a competition's own name. version: None for the
    newest."""

    kind: ClassVar[str] = "kaggle"
    reads: ClassVar[str] = "a Kaggle dataset, competition or notebook"
    url: str
    title: str
    what: str
    slug: str
    version: int | None
    file: str

    @classmethod
    def parse(cls, text: str) -> "KaggleSource | None":
        pasted = Pasted.read(_address_in(text))
        if pasted.host != "kaggle.com":
            return None
        parts = pasted.parts[2:] if pasted.parts[:2] == ("api", "v1") else pasted.parts
        asked = pasted.query.get("datasetversionnumber", pasted.query.get("dataset_version_number", ""))
        file = pasted.query.get("select", "")
        match parts:
            case ("datasets", "download" | "view" | "list", owner, name, *rest):
                return cls._of("datasets", f"{owner}/{name}", asked, file or "/".join(rest))
            case ("datasets", owner, name, "versions" | "version", version, *_):
                return cls._of("datasets", f"{owner}/{name}", version, file)
            case ("datasets", owner, name, *_):
                return cls._of("datasets", f"{owner}/{name}", asked, file)
            case ("competitions", "data", "download-all" | "download" | "list", name, *_):
                return cls._of("competitions", name)
            case ("competitions" | "c", name, *_):
                return cls._of("competitions", name)
            case ("code" | "kernels", owner, name, *_):
                return cls._of("code", f"{owner}/{name}")
            case (owner, name) if not _NO_OWNER.fullmatch(owner):  # as papers cite datasets from before 2021
                return cls._of("datasets", f"{owner}/{name}", asked, file)
        raise UnsupportedURL(
            f"this page of Kaggle is no dataset, competition or notebook; paste one, as in {_HOME}/datasets/owner/name."
        )

    @classmethod
    def _of(cls, what: str, slug: str, version: str = "", file: str = "") -> "KaggleSource":
        if not all(map(_SLUG.fullmatch, slug.split("/"))):
            raise UnsupportedURL("this is no name of anything on Kaggle; paste the address of the page.")
        number = int(version) if re.fullmatch(r"[0-9]{1,6}", version) else None
        url = f"{_HOME}/{what}/{slug.lower()}" + (f"/versions/{number}" if number else "")
        url += f"?{urlencode({'select': file})}" if file else ""
        return cls(url, file.rpartition("/")[2] or slug.rpartition("/")[2], what, slug.lower(), number, file)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        match self.what:
            case "datasets":
                yield self._dataset(reach)
            case "competitions":
                yield self._competition(reach)
            case _:
                yield from self._notebook(reach)

    def _dataset(self, reach: Reach) -> Artifact:
        api = f"{reach.services.kaggle.url}/api/v1/datasets"
        about = _SERVICE.ask(f"{api}/view/{self.slug}", reach, self.slug)
        version = self.version or about.number("currentVersionNumber")
        at = f"?datasetVersionNumber={version}" if version else ""
        files = dataset_files(
            self.slug, version, lambda path: _SERVICE.ask(f"{reach.services.kaggle.url}{path}", reach, self.slug).value
        )
        if next(files, None) is None:
            raise NotFound(f"{self.slug} at Kaggle has no files; check the address.")
        below = f"/{quote(self.file)}" if self.file else ""
        name = self.file or f"{self.title}.zip"
        url = f"{api}/download/{self.slug}{below}{at}"
        packed = self._packed(url, name, about.text("licenseName"), str(version or ""), reach)
        return replace(packed, about=_page(about))

    def _competition(self, reach: Reach) -> Artifact:
        api = f"{reach.services.kaggle.url}/api/v1/competitions/data"
        try:
            first = _SERVICE.ask(f"{api}/list/{self.slug}", reach, f"the competition {self.slug}")
        except DownloadFailed as error:
            if error.status != 403:
                raise
            raise DownloadFailed(
                f"Kaggle gives the data of {self.slug} to those who accepted its rules: accept them at "
                f"{_HOME}/competitions/{self.slug}/rules with the account that the key belongs to. {_SERVICE.key}",
                403,
            ) from error
        if not first.items("files"):
            raise NotFound(f"the competition {self.slug} has no files; check the address.")
        return self._packed(f"{api}/download-all/{self.slug}", f"{self.slug}.zip", None, "", reach)

    def _notebook(self, reach: Reach) -> Iterator[Artifact]:
        owner, _, name = self.slug.partition("/")
        asked = urlencode({"userName": owner, "kernelSlug": name})
        url = f"{reach.services.kaggle.url}/api/v1/kernels/pull?{asked}"
        metadata = _SERVICE.ask(url, reach, f"the notebook {self.slug}").at("metadata")
        inputs = [*_inputs(metadata, "datasetDataSources", "datasets")]
        inputs += _inputs(metadata, "competitionDataSources", "competitions")
        if not inputs:
            raise NotFound(
                f"the notebook {self.slug} reads no dataset of Kaggle, so there are no files; paste a dataset."
            )
        if len(inputs) == 1:
            yield from inputs[0].artifacts(reach)
            return
        listed = " ".join(f"{number}. {one.slug}" for number, one in enumerate(inputs, start=1))
        raise ChoiceNeeded(
            f"the notebook {self.slug} reads {len(inputs)} datasets; pick one by its number (--pick N): {listed}",
            tuple((one.slug, one.url, None) for one in inputs),
        )

    def _packed(self, url: str, name: str, licence: str | None, version: str, reach: Reach) -> Artifact:
        """What lies behind a redirect to Google's storage, whose word counts for size and changes."""
        facts = _SERVICE.head(url, reach, self.slug)
        return Artifact(name, url, facts.size_bytes, None, licence, version or None, facts.validator)


def _page(about: Answer) -> str | None:
    told = ". ".join(filter(None, (about.prose("subtitle"), about.prose("description"))))
    return page_text(about.text("title"), told, [tag.text("name") for tag in about.items("tags")])


def _inputs(metadata: Answer, field: str, what: str) -> Iterator[KaggleSource]:
    for item in metadata.items(field):
        slug = item.text()
        if slug and all(map(_SLUG.fullmatch, slug.split("/")[:2])):
            yield KaggleSource._of(what, "/".join(slug.split("/")[:2]))


def _address_in(text: str) -> str:
    """The address behind the command that Kaggle's pages offer to copy: "kaggle datasets download owner/name"."""
    found = _COMMAND.fullmatch(text)
    names = (
        [word for word in found[2].split() if re.fullmatch(r"[\w-]+(/[\w-]+)?", word) and word[0] != "-"]
        if found
        else []
    )
    if not found or not names:
        return text
    return f"{_HOME}/{'code' if found[1] == 'kernels' else found[1]}/{names[0]}"
