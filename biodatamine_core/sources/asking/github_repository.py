"""One repository at one commit, as GitHub's REST API lists it.

Source: docs.github.com, "REST API endpoints" for repositories, commits, Git trees and releases.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from biodatamine_core.errors import DownloadFailed, NotFound
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking import git_lfs
from biodatamine_core.sources.asking.keys import GITHUB, GITHUB_API, GITHUB_RAW
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.service import MOST_FILES, Answer, Service
from biodatamine_core.sources.interface import Reach

_SERVICE = Service(
    "GitHub",
    "Create a token at https://github.com/settings/tokens that may read it and set BIODATAMINE_GITHUB_TOKEN, "
    "or add it under Sign-ins for api.github.com.",
)
_MOST_REF_PARTS = 8
_MOST_ATTRIBUTES_BYTES = 1 << 20
_MOST_ATTRIBUTES = 20


@dataclass(frozen=True, slots=True)
class File:
    """A blob of the commit: its path in the repository, and its size there, which is a pointer's for LFS."""

    path: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Repository:
    """name: "owner/repository", as GitHub writes it. licence: by its SPDX id. about: its description and topics."""

    reach: Reach
    name: str
    default_branch: str
    licence: str | None
    about: str | None

    @classmethod
    def found(cls, owner: str, name: str, reach: Reach) -> "Repository":
        told = _SERVICE.ask(f"{_api(reach)}/repos/{owner}/{name}", reach, f"{owner}/{name}")
        spdx = told.text("license", "spdx_id")
        licence = spdx if spdx != "NOASSERTION" else told.text("license", "name")
        about = page_text(name, told.prose("description"), [topic.text() for topic in told.items("topics")])
        whole, branch = told.text("full_name") or f"{owner}/{name}", told.text("default_branch") or "HEAD"
        return cls(reach, whole, branch, licence, about)

    def commit(self, ref: str) -> Answer:
        """Raises NotFound where no branch, tag or commit is called so, and where the repository is empty."""
        try:
            return self._ask(f"commits/{quote(ref)}", f'{self.name} at "{ref}"')
        except DownloadFailed as error:
            if error.status == 409:
                raise NotFound(f"{self.name} is an empty repository; nothing was scanned.") from error
            if error.status == 422:
                raise NotFound(f'{self.name} has no branch, tag or commit "{ref}"; check the address.') from error
            raise

    def split(self, rest: Sequence[str]) -> tuple[Answer, tuple[str, ...]]:
        """The commit, and the path in it, of what follows "tree/": a branch's name may hold slashes itself."""
        for length in range(1, min(len(rest), _MOST_REF_PARTS) + 1):
            try:
                return self.commit("/".join(rest[:length])), tuple(rest[length:])
            except NotFound:
                continue
        raise NotFound(
            f'{self.name} has no branch, tag or commit that "{"/".join(rest)}" begins with; check the address.'
        )

    def archive(self, commit: Answer) -> Artifact:
        """All of the commit, as GitHub packs it."""
        sha = commit.text("sha") or ""
        name = f"{self.name.rpartition('/')[2]}-{sha[:7]}.zip"
        return Artifact(name, f"{self._url}/zipball/{sha}", licence=self.licence, version=sha, about=self.about)

    def files(self, commit: Answer, path: Sequence[str]) -> tuple[list[File], bool]:
        """The files in a folder and below, or the one file that the path names; and whether these are all."""
        tree = commit.text("commit", "tree", "sha") or ""
        for number, part in enumerate(path, start=1):
            listed = self._ask(f"git/trees/{tree}", f"{self.name}/{'/'.join(path)}")
            entry = next((item for item in listed.items("tree") if item.text("path") == part), None)
            if entry is not None and entry.text("type") == "blob" and number == len(path):
                return [File("/".join(path), entry.number("size"))], True
            if entry is None or entry.text("type") != "tree":
                raise NotFound(f'{self.name} has no "{"/".join(path)}" in this version; check the address.')
            tree = entry.text("sha") or ""
        listed = self._ask(f"git/trees/{tree}?recursive=1", self.name)
        above = "".join(f"{part}/" for part in path)
        found = [
            File(above + name, item.number("size"))
            for item in listed.items("tree")
            if item.text("type") == "blob" and (name := item.text("path"))
        ]
        return found, not listed.has("truncated")

    def pointers(self, commit: Answer, files: Sequence[File], path: Sequence[str]) -> dict[str, git_lfs.Pointer]:
        """Path -> what Git LFS keeps of it elsewhere, for those of the files that are pointers.

        path: where the files were listed; what lies above is not among them and has a say as well.
        """
        folders = {file.path.removesuffix(".gitattributes") for file in files if file.path.endswith(".gitattributes")}
        folders |= {"".join(f"{part}/" for part in path[:length]) for length in range(len(path))}
        attributes: dict[str, bytes] = {}
        for folder in sorted(folders, key=len)[:_MOST_ATTRIBUTES]:
            try:
                url = self.raw_url(commit, f"{folder}.gitattributes")
                attributes[folder] = git_lfs.small_file(url, self.reach, _MOST_ATTRIBUTES_BYTES)
            except DownloadFailed as error:
                if error.status != 404:
                    raise
        if not attributes:
            return {}
        return git_lfs.pointers(
            {
                file.path: self.raw_url(commit, file.path)
                for file in files
                if git_lfs.may_be_pointer(file.size_bytes) and git_lfs.kept_by_lfs(attributes, file.path)
            },
            self.reach,
        )

    def listed(self, commit: Answer, path: Sequence[str]) -> Iterator[Artifact]:
        """A folder or a file of the commit, each file for itself; all of the commit as one archive, where it is whole.

        Whatever Git LFS keeps comes from there: an archive would hold its pointers.
        """
        files, is_whole = self.files(commit, path)
        pointers = self.pointers(commit, files, path)
        if not path and (not pointers or not is_whole):
            yield self.archive(commit)
            return
        if len(files) > MOST_FILES or not is_whole:
            raise _SERVICE.too_much(self.name)
        is_one = [file.path for file in files] == ["/".join(path)]
        yield from self._each(commit, files, pointers, "".join(f"{part}/" for part in path[: len(path) - is_one]))

    def _each(
        self, commit: Answer, files: Sequence[File], pointers: dict[str, git_lfs.Pointer], above: str
    ) -> Iterator[Artifact]:
        """above: the folder that names leave out."""
        server_url = f"{self.reach.services.github.url}/{self.name}.git/info/lfs"
        links = git_lfs.links(server_url, list(pointers.values()), _SERVICE, self.reach) if pointers else {}
        sha = commit.text("sha")
        for file in files:
            name, url = file.path.removeprefix(above), self.raw_url(commit, file.path)
            pointer = pointers.get(file.path)
            if pointer is None or pointer.sha256 not in links:
                yield Artifact(name, url, file.size_bytes, licence=self.licence, version=sha, about=self.about)
                continue
            yield Artifact(
                name,
                f"{self.reach.services.github.url}/{self.name}/raw/{sha}/{quote(file.path)}",
                pointer.size_bytes,
                f"sha256:{pointer.sha256}",
                self.licence,
                sha,
                signed_url=links[pointer.sha256],
                about=self.about,
            )

    def release(self, tag: str | None) -> Answer:
        """The release of a tag; the latest one for None."""
        place = "latest" if tag is None else f"tags/{quote(tag)}"
        return self._ask(f"releases/{place}", f"the release {tag or 'latest'} of {self.name}")

    def released(self, release: Answer, only: str | None) -> Iterator[Artifact]:
        """What was attached to a release; where nothing was, the commit of its tag."""
        tag = release.text("tag_name") or ""
        assets_url = f"{self._url}/releases/{release.text('id')}/assets?per_page=100"
        assets = _SERVICE.pages(assets_url, self.reach, f"the release {tag} of {self.name}")
        found = [asset for page in assets for asset in page.items() if asset.text("browser_download_url")]
        chosen = [asset for asset in found if only in (None, asset.text("name"))]
        if only is not None and not chosen:
            raise NotFound(f'the release {tag} of {self.name} has no file "{only}"; check the address.')
        for asset in chosen:
            yield Artifact(
                asset.text("name") or "asset",
                asset.text("browser_download_url") or "",
                asset.number("size"),
                asset.text("digest"),
                self.licence,
                f"{tag} {asset.text('updated_at') or ''}".strip(),
                about=self.about,
            )
        if not chosen:
            yield self.archive(self.commit(tag))

    def raw_url(self, commit: Answer, path: str) -> str:
        base = self.reach.services.github.url
        raw = GITHUB_RAW if base == GITHUB else f"{base}/raw"
        return f"{raw}/{self.name}/{commit.text('sha')}/{quote(path)}"

    @property
    def _url(self) -> str:
        return f"{_api(self.reach)}/repos/{self.name}"

    def _ask(self, question: str, wanted: str) -> Answer:
        return _SERVICE.ask(f"{self._url}/{question}", self.reach, wanted)


def _api(reach: Reach) -> str:
    """Source: docs.github.com, "Getting started with the REST API", for GitHub.com and for Enterprise Server."""
    base = reach.services.github.url
    return GITHUB_API if base == GITHUB else f"{base}/api/v3"
