"""A file or a folder on this machine, read where it is."""

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from biodatamine_core.errors import NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.interface import Reach
from biodatamine_core.storage import readable


@dataclass(frozen=True, slots=True)
class LocalSource:
    """Its canonical address is a file: URL of the absolute path: printable whatever bytes the path is made of."""

    kind: ClassVar[str] = "local"
    reads: ClassVar[str] = "the path of a file or folder on this machine"
    url: str
    title: str

    @classmethod
    def parse(cls, text: str) -> "LocalSource | None":
        if text.lower().startswith("file:"):
            path = local_path(text)
        elif text.startswith(("~", ".")) or Path(text).is_absolute() or _is_there(text):
            path = _path(text)
        else:
            return None
        # Links stay as they are written: "latest" is looked up again at each scan. So ".." is taken textually.
        path = Path(os.path.normpath(path.absolute()))
        return cls(path.as_uri(), readable(path.name or str(path)))

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        path = local_path(self.url)
        try:
            facts = path.stat()
        except OSError as error:
            raise NotFound(f'"{readable(str(path))}" cannot be read: {error.strerror}. Check the path.') from error
        if not (stat.S_ISDIR(facts.st_mode) or stat.S_ISREG(facts.st_mode)):
            raise NotFound(f'"{readable(str(path))}" is neither a file nor a folder; give a file or a folder.')
        yield Artifact(self.title, self.url, facts.st_size if stat.S_ISREG(facts.st_mode) else None)


def local_path(url: str) -> Path:
    """The path that a file: URL names, also where its bytes are no UTF-8. Raises UnsupportedURL for another machine."""
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise UnsupportedURL('a file: address names a path on this machine: "file:///data/chest.zip".')
    if sys.platform == "win32":
        return _path(url2pathname(parts.path))
    return _path(os.fsdecode(unquote_to_bytes(parts.path)))


def _path(text: str) -> Path:
    if "\0" in text:
        raise UnsupportedURL("this path holds a zero byte, which no file name has; paste it again.")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UnsupportedURL(f'"{text}" names the home of a user who is not here; paste the whole path.') from error


def _is_there(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # too long, or with a zero byte: no path
        return False
