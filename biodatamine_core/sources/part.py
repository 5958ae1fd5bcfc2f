"""Some of what a source lists: "#files=ct/,mr/1.nii" at the end of an address. No server sees it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from biodatamine_core.errors import NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.interface import Reach, Source

_MARK = "#files="
_MOST_NAMES = 1_000
"""An address of more is longer than a document or a person should carry; a folder is one name."""


@dataclass(frozen=True, slots=True)
class PartSource:
    """names: files as the whole lists them; a folder ends with "/" and stands for everything below it."""

    whole: Source
    names: tuple[str, ...]

    @property
    def kind(self) -> str:
        return self.whole.kind

    @property
    def url(self) -> str:
        return f"{self.whole.url}{_MARK}{','.join(quote(name) for name in self.names)}"

    @property
    def title(self) -> str:
        if len(self.names) == 1:
            return self.names[0].rstrip("/").rpartition("/")[2] or self.whole.title
        return f"{self.whole.title} (part)"

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        """Those of the whole that were picked. Raises NotFound where one of the names is there no more."""
        missing = dict.fromkeys(self.names)
        for artifact in self.whole.artifacts(reach):
            around = {artifact.name, *folders_around(artifact.name)}
            if not around.isdisjoint(self.names):
                for name in around:
                    missing.pop(name, None)
                yield artifact
        if missing:
            raise NotFound(f'{self.whole.url} no longer lists "{next(iter(missing))}"; add it again and pick anew.')


def part_of(url: str, names: Sequence[str]) -> str:
    """The address of these files and folders of what lies at the address. Raises UnsupportedURL for too many."""
    if len(names) > _MOST_NAMES:
        raise UnsupportedURL(f"{len(names):,} files were picked one by one; pick folders, or up to {_MOST_NAMES:,}.")
    return f"{url}{_MARK}{','.join(quote(name) for name in names)}"


def split(text: str) -> tuple[str, tuple[str, ...]]:
    """The address of the whole, and the names that were picked; none where it is not the address of a part."""
    whole, _, names = text.partition(_MARK)
    return whole, tuple(sorted({unquote(name) for name in names.split(",") if name}))


def folders_around(name: str) -> list[str]:
    """Every folder that a listed file lies in: a/b/c.dcm -> a/, a/b/."""
    return [name[: at + 1] for at, character in enumerate(name) if character == "/"]
