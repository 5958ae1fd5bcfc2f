"""A project of PhysioNet at a version: its files, each with the SHA-256 that the project states.

Source: physionet.org/about, "Accessing the Files of a Project": a version has its SHA256SUMS.txt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlsplit

from biodatamine_core.errors import NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import MOST_FILES, Service
from biodatamine_core.sources.interface import Reach

_HOME = "https://physionet.org"
_NAME, _VERSION = re.compile(r"[a-z0-9][a-z0-9-]{0,80}"), re.compile(r"\d[\w.-]{0,20}")
_LINE = re.compile(r"([0-9a-f]{64}) [ *]?(.+)")
_SERVICE = Service(
    "PhysioNet",
    f"Some projects ask for training and an agreement: see the project's page at {_HOME}, sign there, and add your "
    "user name and password under Sign-ins for physionet.org.",
)


@dataclass(frozen=True, slots=True)
class PhysioNetSource:
    """version: "" for the newest. path: of a folder or a file in it; "" for all."""

    kind: ClassVar[str] = "physionet"
    reads: ClassVar[str] = "a PhysioNet project"
    url: str
    title: str
    project: str
    version: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "PhysioNetSource | None":
        pasted = Pasted.read(text)
        if pasted.host != "physionet.org":
            return None
        what, project, version, *path = (*pasted.parts[:3], "", "", "")[:3] + pasted.parts[3:]
        if what not in ("content", "files") or not _NAME.fullmatch(project.lower()):
            raise UnsupportedURL(
                f"this page of PhysioNet is no project; paste one, as in {_HOME}/content/project/1.0.0/."
            )
        version = version if _VERSION.fullmatch(version) else ""
        below = "/".join(path) if version and what == "files" else ""
        place = f"files/{project.lower()}/{version}/{quote(below)}" if below else f"content/{project.lower()}/"
        place += f"{version}/" if version and not below else ""
        return cls(f"{_HOME}/{place}", path[-1] if below else project, project.lower(), version, below)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        base = reach.services.physionet.url
        version = self.version or self._newest(f"{base}/content/{self.project}/", reach)
        files = f"{base}/files/{self.project}/{version}"
        wanted = f"{self.project} {version}"
        lines = _SERVICE.read(f"{files}/SHA256SUMS.txt", reach, wanted).decode(errors="replace").splitlines()
        stated = [(found[2], found[1]) for found in map(_LINE.fullmatch, lines) if found]
        chosen = [(path, sha256) for path, sha256 in stated if self._has(path)]
        if not chosen:
            where = f' under "{self.path}"' if self.path else ""
            raise NotFound(f"{wanted} at PhysioNet has no files{where}; check the address.")
        if len(chosen) > MOST_FILES:
            raise _SERVICE.too_much(wanted)
        for path, sha256 in chosen:
            name = path.rpartition("/")[2] if path == self.path else path.removeprefix(f"{self.path}/")
            yield Artifact(name, f"{files}/{quote(path)}", None, f"sha256:{sha256}", version=version)

    def _has(self, path: str) -> bool:
        return ".." not in path.split("/") and (self.path in ("", path) or path.startswith(f"{self.path}/"))

    def _newest(self, page: str, reach: Reach) -> str:
        """A project's page without a version leads to that of its newest one."""
        parts = urlsplit(_SERVICE.place(page, reach, self.project)).path.strip("/").split("/")
        if not _VERSION.fullmatch(parts[-1]):
            raise NotFound(f"{self.project} at PhysioNet names no version; paste the address of one.")
        return parts[-1]
