"""An archive that lies packed inside another one: unpacked once into a file that goes with its last user."""

import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from biodatamine_core.errors import NotFound
from biodatamine_core.records import Member, ProblemKind, UnreadableMember

_CHUNK_BYTES = 1 << 20
_MOST_OF_WHAT_IS_FREE = 0.5  # of the disk that holds temporary files (TMPDIR)


class _Keeper:
    """Removes the file when the last content that refers to it is gone in the process that made it, or at its end."""

    def __init__(self, path: Path) -> None:
        weakref.finalize(self, _remove, path)


@dataclass(frozen=True, slots=True)
class Spilled:
    """A content over the temporary file. Whoever made it must keep it while others work on a pickled copy."""

    path: Path
    name: str
    size_bytes: int
    keeper: _Keeper | None = field(default=None, repr=False, compare=False)

    @property
    def identity(self) -> str:
        return f"spilled:{self.path}"

    def open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except FileNotFoundError as error:
            raise NotFound(f"{self.name} is not unpacked any more.") from error

    def __reduce__(self) -> tuple[Any, ...]:
        return Spilled, (self.path, self.name, self.size_bytes)


def spilled(member: Member, most_bytes: int) -> Spilled:
    """The member's bytes, read once. Raises UnreadableMember, also for more than most_bytes or than the disk has."""
    room_bytes = int(shutil.disk_usage(tempfile.gettempdir()).free * _MOST_OF_WHAT_IS_FREE)
    descriptor, name = tempfile.mkstemp(prefix="biodatamine-inner-")
    path = Path(name)
    keeper = _Keeper(path)
    size_bytes = 0
    with os.fdopen(descriptor, "wb") as copy, member.open() as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > min(most_bytes, room_bytes):
                sentence = f"It is an archive of more than the {min(most_bytes, room_bytes):,} bytes that may be "
                raise UnreadableMember(ProblemKind.TOO_LARGE, sentence + "unpacked to look into it; add it by itself.")
            copy.write(chunk)
    return Spilled(path, member.path, size_bytes, keeper)


def _remove(path: Path) -> None:
    with suppress(OSError):  # Windows keeps what is still open; the system clears its folder
        path.unlink()
