"""Copies of what never changes, kept on this machine below a size; what was used longest ago goes first."""

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from biodatamine_core.storage.locks import exclusive, remove_abandoned, unfinished_file

SPARED_S = 300.0
"""What was used within it is not removed: a page or a query may be reading it."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of copies. Several processes share it; one fetches, the others wait for it.

    The size is kept except for copies in use, and for one that is larger than all of it: somebody needs it now.
    """

    folder: Path
    limit_bytes: int

    def copy(self, name: str, suffix: str, fill: Callable[[BinaryIO], None]) -> Path:
        """The copy's path; `fill` writes it where it is not here. What `fill` raises leaves nothing behind.

        name: whatever tells copies apart. A path stays good for SPARED_S after it was handed out.
        """
        digest = hashlib.sha256(name.encode()).hexdigest()
        path = self.folder / f"{digest}{suffix}"
        if _touched(path):
            return path
        unfinished = self.folder / ".~unfinished"
        with exclusive(self.folder / ".~locks" / digest[:2]):
            if _touched(path):  # somebody else fetched it while we waited
                return path
            remove_abandoned(unfinished)
            with unfinished_file(unfinished) as (copy, stream):
                fill(stream)
                stream.close()
                self._make_room(copy.stat().st_size)
                copy.replace(path)
        return path

    def _make_room(self, wanted_bytes: int) -> None:
        kept: list[tuple[float, int, Path]] = []
        for entry in os.scandir(self.folder):
            with suppress(FileNotFoundError):
                if entry.is_file():
                    facts = entry.stat()
                    kept.append((facts.st_mtime, facts.st_size, Path(entry.path)))
        held_bytes = sum(size_bytes for _, size_bytes, _ in kept)
        for used_at, size_bytes, path in sorted(kept):
            if held_bytes + wanted_bytes <= self.limit_bytes or time.time() - used_at < SPARED_S:
                return
            path.unlink(missing_ok=True)
            held_bytes -= size_bytes


def _touched(path: Path) -> bool:
    """Whether it is here; it is the newest then."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
