"""What was downloaded for a dataset and what the server said of it: asked before anything is downloaded again.

A document beside the dataset, not a part of its versions: a job that was killed after its download finds the objects
before any version exists, and bytes that come again under a new ETag make no new version.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from biodatamine_core.errors import NotFound, UnreadableContent
from biodatamine_core.records import Artifact, Validator
from biodatamine_core.storage import Storage, StoredObject, object_key, read_document
from biodatamine_core.transport import Transport


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored object and what vouches for it. checksum, version: as the source stated them."""

    sha256: str
    size_bytes: int
    checksum: str | None = None
    version: str | None = None
    validator: Validator | None = None

    def stands_for(self, artifact: Artifact, transport: Transport) -> bool:
        """Whether the source still has these bytes; asks the server only where the listing does not tell."""
        if artifact.checksum is not None:
            return artifact.checksum.lower() in (self.checksum, f"sha256:{self.sha256}")
        if artifact.version is not None:
            return artifact.version == self.version
        if self.validator is None:
            return False
        return self.validator.agrees_with(artifact.validator or transport.head(artifact.url).validator)


class Journal:
    """The entries of one dataset, by the hash of an address: the address itself may carry a signature."""

    def __init__(self, storage: Storage, key: str | None) -> None:
        """key: where the document lies; None for what is downloaded for no dataset."""
        self._storage, self._key = storage, key
        self._old: Mapping[str, Entry] = _read(storage, key) if key else {}
        self._new: dict[str, Entry] = {}

    def unchanged(self, artifact: Artifact, transport: Transport) -> StoredObject | None:
        """The object that already holds the artifact's bytes; None where they must be downloaded."""
        entry = self._old.get(_address_hash(artifact))
        if entry is None or not entry.stands_for(artifact, transport):
            return None
        key = object_key(entry.sha256)
        if self._storage.size_bytes(key) != entry.size_bytes:
            return None
        self._new[_address_hash(artifact)] = entry
        return StoredObject(self._storage, key, artifact.name, entry.sha256, entry.size_bytes)

    def note(self, artifact: Artifact, content: StoredObject, validator: Validator | None) -> None:
        checksum = artifact.checksum.lower() if artifact.checksum else None
        entry = Entry(content.sha256, content.size_bytes, checksum, artifact.version, validator)
        self._new[_address_hash(artifact)] = entry

    def save(self, is_complete: bool = False) -> None:
        """Write down what is new. is_complete: what was not asked for this time is forgotten."""
        entries = dict(self._new) if is_complete else {**self._old, **self._new}
        if self._key is not None and entries != self._old:
            document = {address: asdict(entry) for address, entry in entries.items()}
            self._storage.put(self._key, json.dumps(document, sort_keys=True).encode())
            self._old = entries


def _address_hash(artifact: Artifact) -> str:
    return hashlib.sha256(artifact.url.encode("utf-8", "surrogateescape")).hexdigest()


def _read(storage: Storage, key: str) -> dict[str, Entry]:
    """What cannot be read is as good as absent: then everything is downloaded."""
    try:
        document, _ = read_document(storage, key)
        return {address: _entry(fields) for address, fields in document.items()}
    except (NotFound, UnreadableContent, TypeError, KeyError):
        return {}


def _entry(fields: dict[str, Any]) -> Entry:
    validator = fields["validator"]
    return Entry(**{**fields, "validator": Validator(**validator) if validator else None})
