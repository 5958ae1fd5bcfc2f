"""From a setting to a storage."""

from pathlib import Path

from biodatamine_core.errors import InvalidSetting
from biodatamine_core.storage.interface import Storage
from biodatamine_core.storage.local import LocalStorage
from biodatamine_core.storage.s3 import S3Storage

STORAGES: tuple[type[LocalStorage] | type[S3Storage], ...] = (S3Storage, LocalStorage)
"""Every kind of storage; the first that serves an address opens it."""


def connect(url: str, state_dir: Path | None = None) -> Storage:
    """Open the storage at an address: a folder, or a bucket.

    state_dir: where a remote storage keeps its local copies. Raises InvalidSetting for an address nobody serves.
    """
    for storage in STORAGES:
        if storage.serves(url):
            return storage.connect(url, state_dir)
    scheme = url.split("://", 1)[0]
    raise InvalidSetting(
        f'BIODATAMINE_STORAGE starts with "{scheme}://", which no storage serves; '
        "give the path of a folder, such as data/store, or s3://bucket/prefix."
    )
