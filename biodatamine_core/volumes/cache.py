"""Volumes that were looked at, kept on this machine so that they open at once; what was used longest ago goes first."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


class Cache:
    """A folder of files that stay below a size. Several processes may share it: whoever loses a race reads again."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def read(self, name: str) -> bytes | None:
        """None where it is not, or no more, here."""
        path = self._folder / name
        try:
            data = path.read_bytes()
            os.utime(path)  # it is the newest now
        except FileNotFoundError:
            return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Whole or not at all; makes room first."""
        if len(data) > self._limit_bytes:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_room(len(data))
        unfinished = self._folder / f".{name}.{secrets.token_hex(4)}"
        try:
            unfinished.write_bytes(data)
            unfinished.replace(self._folder / name)
        finally:
            unfinished.unlink(missing_ok=True)

    def _make_room(self, wanted_bytes: int) -> None:
        kept: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                facts = path.stat()
                kept.append((facts.st_mtime, facts.st_size, path))
        held_bytes = sum(size_bytes for _, size_bytes, _ in kept)
        for _, size_bytes, path in sorted(kept):
            if held_bytes + wanted_bytes <= self._limit_bytes:
                return
            path.unlink(missing_ok=True)
            held_bytes -= size_bytes
