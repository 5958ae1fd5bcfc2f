"""Small JSON documents that several processes change: read, change, write only if nobody else did."""

import json
import random
import time
from collections.abc import Callable
from typing import Any

from biodatamine_core.errors import StorageConflict, UnreadableContent
from biodatamine_core.storage.interface import Storage

Document = dict[str, Any]  # what the fields mean is known to the module that owns the document
_ATTEMPTS = 100
_LONGEST_WAIT_S = 1.0


def read_document(storage: Storage, key: str) -> tuple[Document, str]:
    """The document and its etag. Raises NotFound."""
    stored = storage.read(key)
    return _decoded(key, stored.data), stored.etag


def create_document(storage: Storage, key: str, document: Document) -> str:
    """Write a document that must not exist yet; returns its etag. Raises StorageConflict."""
    return storage.put_if_absent(key, _encoded(document))


def update_document(storage: Storage, key: str, change: Callable[[Document], Document]) -> Document:
    """Replace the document by `change(document)`; returns what was written.

    `change` is called again, with the newer document, whenever somebody else wrote first: it must do nothing but
    compute. What it raises passes through and nothing is written. Where it changes nothing, nothing is written.
    Raises NotFound, and StorageConflict after a hundred lost races.
    """
    for attempt in range(_ATTEMPTS):
        began_at = time.monotonic()
        stored = storage.read(key)
        changed = change(_decoded(key, stored.data))
        data = _encoded(changed)
        if data == stored.data:
            return changed
        try:
            storage.put_if_match(key, data, stored.etag)
        except StorageConflict:
            # A random pause, so that writers who collided once do not collide in step again; measured by how long
            # a turn takes, so that they leave each other room on a distant storage too.
            turn_s = time.monotonic() - began_at
            time.sleep(random.uniform(0, min(_LONGEST_WAIT_S, turn_s * 2.0**attempt)))
        else:
            return changed
    raise StorageConflict(f'"{key}" is being changed by too many others at once; try again in a moment.')


def _encoded(document: Document) -> bytes:
    return json.dumps(document, sort_keys=True, indent=1, allow_nan=False).encode()


def _decoded(key: str, data: bytes) -> Document:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise UnreadableContent(f'"{key}" is not a JSON document; it was changed by something else.') from error
    if not isinstance(document, dict):
        raise UnreadableContent(f'"{key}" holds no JSON object; it was changed by something else.')
    return document
