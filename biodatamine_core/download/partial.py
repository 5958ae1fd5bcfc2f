"""A download under way, on disk: bytes at their offsets, and beside them which of them are there.

It outlives its process. Whoever downloads the same address next goes on from it, where the server still has the same
bytes.
"""

import hashlib
import json
import os
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from biodatamine_core.records import Artifact, Validator
from biodatamine_core.storage import Storage, StoredObject, store_object
from biodatamine_core.storage.locks import remove_abandoned, try_hold

KEPT_S = 3 * 24 * 3600.0
"""How long an unfinished download waits for somebody to go on with it."""
_SAVED_EVERY_S = 1.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(slots=True)
class Part:
    """The bytes from start up to stop, None for the end wherever it is; done_bytes of them are there."""

    start: int
    stop: int | None
    done_bytes: int = 0

    @property
    def next_byte(self) -> int:
        return self.start + self.done_bytes

    @property
    def is_done(self) -> bool:
        return self.stop is not None and self.next_byte >= self.stop


@dataclass(slots=True)
class Partial:
    """The unfinished file and its state. Held by one download; its threads write different parts.

    was_resumed: some of its bytes came in an earlier process.
    generation: another one whenever it begins anew; two bytes of one generation are of one file.
    """

    path: Path
    held: BinaryIO
    parts: list[Part] = field(default_factory=list)
    validator: Validator | None = None
    size_bytes: int | None = None
    was_resumed: bool = False
    generation: str = ""
    _saved_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def received_bytes(self) -> int:
        return sum(part.done_bytes for part in self.parts)

    @property
    def frontier(self) -> int:
        """How many bytes are there from the beginning without a gap."""
        for part in self.parts:
            if not part.is_done:
                return part.next_byte
        return self.parts[-1].next_byte if self.parts else 0

    @property
    def is_whole(self) -> bool:
        return bool(self.parts) and all(part.is_done for part in self.parts)

    def can_go_on(self, artifact: Artifact) -> bool:
        """Whether the rest of these very bytes can be asked for; or a checksum will tell whether they were these."""
        is_bound = self.validator is not None and self.validator.condition is not None
        return self.received_bytes > 0 and (is_bound or artifact.checksum is not None)

    def begin(self, parts: Sequence[Part], size_bytes: int | None = None, validator: Validator | None = None) -> None:
        """Forget what is there and expect these parts, in the order of their starts."""
        with self._lock:
            self.held.truncate(0)
            self.parts = list(parts)
            self.generation = uuid.uuid4().hex
            self.size_bytes, self.validator, self.was_resumed = size_bytes, validator, False
            self._state_path.unlink(missing_ok=True)

    def save(self, is_due_only: bool = False) -> None:
        """Write down what is there, so that a killed process loses about a second of work."""
        with self._lock:
            if is_due_only and time.monotonic() - self._saved_at < _SAVED_EVERY_S:
                return
            self._saved_at = time.monotonic()
            if not _boot_id():
                os.fsync(self.held.fileno())
            state = {
                "boot_id": _boot_id(),
                "generation": self.generation,
                "size_bytes": self.size_bytes,
                "validator": asdict(self.validator) if self.validator else None,
                "parts": [asdict(part) for part in self.parts],
            }
            unfinished = self._state_path.with_suffix(".new")
            unfinished.write_text(json.dumps(state), encoding="utf-8")
            unfinished.replace(self._state_path)

    def load(self) -> None:
        """What an earlier process left; nothing where it cannot be trusted."""
        try:
            state = _read(self._state_path)
            # After a power cut the state may be on the disk without the bytes that it tells of.
            parts = _parts(state)
            is_there = os.fstat(self.held.fileno()).st_size >= max(part.next_byte for part in parts if part.done_bytes)
            if is_there and state["boot_id"] == _boot_id():
                self.parts = parts
                self.generation = state["generation"]
                self.size_bytes = state["size_bytes"]
                self.validator = Validator(**state["validator"]) if state["validator"] else None
        except (OSError, ValueError, KeyError, TypeError):
            self.parts = []
        self.was_resumed = self.received_bytes > 0

    def store(self, storage: Storage, sha256: str, name: str) -> StoredObject:
        """Move the whole file into the store. Where that fails it stays, and is not downloaded again."""
        if os.name == "nt":  # an open file cannot be renamed there
            self.held.close()
        content = store_object(storage, self.path, sha256, name)
        self._state_path.unlink(missing_ok=True)
        return content

    def discard(self) -> None:
        self._state_path.unlink(missing_ok=True)
        if os.name == "nt":
            self.held.close()
        self.path.unlink(missing_ok=True)
        self.held.close()

    @property
    def _state_path(self) -> Path:
        return _state_path(self.path)


def open_partial(folder: Path, url: str) -> Partial:
    """What is there of this address, held; where another download holds it, a second one."""
    for path in _paths(folder, url):
        held = try_hold(path)
        if held is not None:
            partial = Partial(path, held)
            partial.load()
            return partial
    raise AssertionError("there is always a next name")


def arrived(path: Path) -> tuple[str, list[Part]]:
    """The generation and the parts of somebody else's partial at this path, as its state last said.

    Raises FileNotFoundError where it has no state: it begins anew, or is whole and in the store.
    """
    state = _read(_state_path(path))
    return str(state["generation"]), _parts(state)


def remove_old(folder: Path) -> None:
    """Remove what nobody went on with for days."""
    remove_abandoned(folder, KEPT_S)


def discard(folder: Path, url: str) -> None:
    """Remove what is there of this address, unless somebody is at it."""
    for path in _paths(folder, url):
        if not path.exists():
            return
        if (held := try_hold(path)) is not None:
            Partial(path, held).discard()


def _paths(folder: Path, url: str) -> Iterator[Path]:
    # The name is a hash: an address may carry a signature, and file names end up in listings.
    key = hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    for number in count():
        yield folder / f"{key}-{number}"


def _state_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _read(state_path: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(state_path.read_text(encoding="utf-8"))
    return state


def _parts(state: Mapping[str, Any]) -> list[Part]:
    return [Part(**part) for part in state["parts"]]


def _boot_id() -> str:
    with suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    return ""
