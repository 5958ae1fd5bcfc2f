"""A dataset of the Hugging Face Hub: all of it, a folder or a file, at a branch, tag or commit.

Source: huggingface.co/docs/hub/api, "Repo listing API" and "Repo content"; docs/hub/datasets-gated.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from biodatamine_core.errors import DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_KEY = (
    "Create a token at https://huggingface.co/settings/tokens and set BIODATAMINE_HUGGINGFACE_TOKEN, or add it under "
)
_SERVICE = Service("Hugging Face", f"{_KEY}Sign-ins for huggingface.co; it answers the same to an address with a typo.")
_NAME = re.compile(r"[\w.-]{1,96}")
_PAGES = frozenset(
    {"tree", "blob", "resolve", "raw", "viewer", "discussions", "settings", "commits", "commit", "embed"}
)


@dataclass(frozen=True, slots=True)
class HuggingFaceSource:
    """name: "owner/name", or a name alone. path: of a folder or a file in it; () for all."""

    kind: ClassVar[str] = "huggingface"
    reads: ClassVar[str] = "a Hugging Face dataset"
    url: str
    title: str
    name: str
    revision: str
    path: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "HuggingFaceSource | None":
        pasted = Pasted.read(re.sub(r"^hf://", "https://huggingface.co/", text, flags=re.IGNORECASE))
        if pasted.host not in ("huggingface.co", "hf.co"):
            return None
        parts = pasted.parts[1:] if pasted.parts[:1] == ("api",) else pasted.parts
        if parts[:1] != ("datasets",) or len(parts) < 2:
            raise UnsupportedURL(
                "this page of Hugging Face is no dataset; paste one, as in https://huggingface.co/datasets/owner/name."
            )
        count = 1 if len(parts) == 2 or parts[2] in _PAGES else 2
        name, rest = parts[1 : 1 + count], parts[1 + count :]
        last, _, revision = name[-1].partition("@")
        name = (*name[:-1], last)
        if not all(map(_NAME.fullmatch, name)):
            raise UnsupportedURL("this is no name of a dataset of Hugging Face; paste the address of its page.")
        path: tuple[str, ...] = rest if text.lower().startswith("hf:") else ()
        if rest[:1] and rest[0] in ("tree", "blob", "resolve", "raw", "commit") and len(rest) > 1:
            revision, path = _revision_in(rest[1:])
        return cls._of("/".join(name), revision or "main", path)

    @classmethod
    def _of(cls, name: str, revision: str, path: tuple[str, ...]) -> "HuggingFaceSource":
        place = f"/tree/{quote(revision, safe='')}" if path or revision != "main" else ""
        below = "".join(f"/{quote(part)}" for part in path)
        title = path[-1] if path else name.rpartition("/")[2]
        return cls(f"https://huggingface.co/datasets/{name}{place}{below}", title, name, revision, path)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        base = reach.services.huggingface.url
        api = f"{base}/api/datasets/{self.name}"
        about = _SERVICE.ask(f"{api}/revision/{quote(self.revision, safe='')}", reach, self.name)
        found = list(self._files(f"{api}/tree/{about.text('sha') or quote(self.revision, safe='')}", reach))
        if not found:
            where = f'"{"/".join(self.path)}" in {self.name}' if self.path else self.name
            raise NotFound(f"{where} at Hugging Face has no files; check the address.")
        above = "".join(f"{part}/" for part in self.path)
        files = f"{base}/datasets/{self.name}/resolve"
        listed = [_artifact(file, files, above, about, self.revision) for file in found]
        if about.has("gated"):
            self._refuse_locked(listed[0], reach)
        yield from listed

    def _files(self, tree_url: str, reach: Reach) -> Iterator[Answer]:
        """What lies in the folder and below, or the one file."""
        path = "".join(f"/{quote(part)}" for part in self.path)
        try:
            yield from _listed(f"{tree_url}{path}?recursive=true", reach, self.name)
        except NotFound:  # of a folder that is a file
            parent = "".join(f"/{quote(part)}" for part in self.path[:-1])
            if not self.path:
                raise
            wanted = "/".join(self.path)
            yield from (
                file for file in _listed(f"{tree_url}{parent}", reach, self.name) if file.text("path") == wanted
            )

    def _refuse_locked(self, first: Artifact, reach: Reach) -> None:
        """The files of a gated dataset are listed for everybody, and given to those who agreed to its conditions."""
        try:
            reach.transport.head(first.url)
        except DownloadFailed as error:
            if error.status not in (401, 403):
                raise
            raise DownloadFailed(
                f"{self.name} is gated: agree to its conditions at https://huggingface.co/datasets/{self.name} first, "
                f"with the account that the key belongs to. {_SERVICE.key}",
                error.status,
            ) from error


def _revision_in(parts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A revision, and the path behind it; only the Hub's own references hold slashes: "refs/convert/parquet"."""
    count = 3 if parts[0] == "refs" and len(parts) > 2 else 1
    return "/".join(parts[:count]), tuple(parts[count:])


def _listed(url: str, reach: Reach, name: str) -> Iterator[Answer]:
    file_count = 0
    for page in _SERVICE.pages(url, reach, name):
        for item in page.items():
            if item.text("type") == "file" and item.text("path"):
                file_count += 1
                if file_count > MOST_FILES:
                    raise _SERVICE.too_much(name)
                yield item


def _artifact(file: Answer, files: str, above: str, about: Answer, revision: str) -> Artifact:
    """A small file by its commit; one that LFS keeps by its branch: its address outlives changes of other files."""
    path, sha256 = file.text("path") or "", file.text("lfs", "oid")
    at = revision if sha256 else about.text("sha") or revision
    return Artifact(
        path.removeprefix(above) if path != above.rstrip("/") else path.rpartition("/")[2],
        f"{files}/{quote(at, safe='')}/{quote(path)}",
        file.number("lfs", "size") if sha256 else file.number("size"),
        f"sha256:{sha256}" if sha256 else None,
        _licence(about),
        file.text("oid"),
        about=_about(about),
    )


def _about(about: Answer) -> str | None:
    """The name and description of its card, and tags: those of the Hub itself say what they are ("region:us")."""
    tags = [tag.text() or "" for tag in about.items("tags")]
    title = about.text("cardData", "pretty_name") or (about.text("id") or "").rpartition("/")[2]
    return page_text(title, about.prose("description"), [tag for tag in tags if ":" not in tag])


def _licence(about: Answer) -> str | None:
    tags = [tag.text() or "" for tag in about.items("tags")]
    return next((tag.removeprefix("license:").upper() for tag in tags if tag.startswith("license:")), None)
