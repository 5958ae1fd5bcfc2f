"""GitHub: a repository, a folder or a file of it at a branch, tag or commit, or the files of a release."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from biodatamine_core.errors import UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.github_repository import Repository
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.interface import Reach

_OWNER, _REPOSITORY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38})", re.IGNORECASE), re.compile(r"[\w.-]{1,100}")
_NO_OWNER = re.compile(
    "about|apps|collections|contact|enterprise|events|explore|features|issues|join|login|marketplace|new|notifications|"
    "organizations|orgs|pricing|pulls|search|security|settings|site|sponsors|stars|team|topics|trending|users",
    re.IGNORECASE,
)
_FILE_PAGES = frozenset({"blob", "raw", "blame", "edit"})
_PACKED = re.compile(r"\.(?:zip|tar\.gz|tgz)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GitHubSource:
    """what, rest: nothing for the repository; "tree" or "blob" with ref and path; "releases" with "tag" and the tag, or
    "download", the tag and a file."""

    kind: ClassVar[str] = "github"
    reads: ClassVar[str] = "a GitHub repository, folder or release"
    url: str
    title: str
    owner: str
    repository: str
    what: str
    rest: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "GitHubSource | None":
        pasted = Pasted.read(re.sub(r"^(?:ssh://|git\+ssh://)?git@github\.com[:/]", "https://github.com/", text))
        parts = _as_of_the_site(pasted)
        if parts is None:
            return None
        owner, repository = (*parts, "", "")[:2]
        repository = repository.removesuffix(".git")
        if not (_OWNER.fullmatch(owner) and _REPOSITORY.fullmatch(repository)) or _NO_OWNER.fullmatch(owner):
            raise UnsupportedURL(
                "this page of GitHub is no repository; paste one, as in https://github.com/owner/repository."
            )
        what, rest = _place(parts[2:])
        url = "/".join(
            quote(part, safe="@") for part in (owner.lower(), repository.lower(), *filter(None, [what]), *rest)
        )
        return cls(f"https://github.com/{url}", rest[-1] if rest else repository, owner, repository, what, rest)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        repository = Repository.found(self.owner, self.repository, reach)
        if self.what == "releases":
            is_one_file = self.rest[:1] == ("download",)
            tag = "/".join(self.rest[1:-1] if is_one_file else self.rest[1:])
            yield from repository.released(repository.release(tag or None), self.rest[-1] if is_one_file else None)
            return
        if not self.what:
            yield from repository.listed(repository.commit(repository.default_branch), ())
            return
        commit, path = repository.split(self.rest)
        yield from repository.listed(commit, path)


def _as_of_the_site(pasted: Pasted) -> tuple[str, ...] | None:
    """The path as it would be on github.com: owner, repository, and what follows; None for another host."""
    parts = pasted.parts
    match pasted.host, parts:
        case "github.com", _:
            return parts
        case "raw.githubusercontent.com", (owner, repository, *rest):
            return (owner, repository, "raw", *rest)
        case "media.githubusercontent.com", ("media", owner, repository, *rest):
            return (owner, repository, "raw", *rest)
        case "codeload.github.com", (owner, repository, _, *rest):
            return (owner, repository, "tree", *rest)
        case "api.github.com", ("repos", owner, repository, "contents", *path):
            return (owner, repository, "tree", pasted.query.get("ref", "HEAD"), *path)
        case "api.github.com", ("repos", *rest):
            return tuple(rest)
    return None


def _place(parts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """What a page of a repository is about; its issues, settings and so on are about the repository."""
    what, rest = (parts[0] if parts else ""), parts[1:]
    if what == "archive" and rest:
        rest = (*rest[:-1], _PACKED.sub("", rest[-1]))
    if rest[:1] == ("refs",) and rest[1:2] in (("heads",), ("tags",)):
        rest = rest[2:]
    if what == "releases":
        rest = ("tag", *rest[1:]) if rest[:1] == ("tags",) else rest
        is_known = (rest[:1] == ("tag",) and len(rest) > 1) or (rest[:1] == ("download",) and len(rest) > 2)
        return what, rest if is_known else ()
    if rest and what in _FILE_PAGES:
        return "blob", rest
    if rest and what in ("tree", "commit", "commits", "archive", "zipball", "tarball"):
        return "tree", rest
    return "", ()
