"""Bytes by key: one interface, and behind it a local folder or an S3 bucket. A key is "a/b/c", never a file name.

Small JSON documents change by compare-and-swap, so that several processes agree; everything else is written once.
"""

from biodatamine_core.storage.contents import LocalFile, LocalFolder, StoredObject, object_key, readable, store_object
from biodatamine_core.storage.documents import create_document, read_document, update_document
from biodatamine_core.storage.factory import STORAGES, connect
from biodatamine_core.storage.honesty import refuse_dishonest
from biodatamine_core.storage.interface import Entry, Storage, Stored
from biodatamine_core.storage.local import LocalStorage
from biodatamine_core.storage.origins import content_of, origin_of
from biodatamine_core.storage.s3 import S3Storage

__all__ = [
    "STORAGES",
    "Entry",
    "LocalFile",
    "LocalFolder",
    "LocalStorage",
    "S3Storage",
    "Storage",
    "Stored",
    "StoredObject",
    "connect",
    "content_of",
    "create_document",
    "object_key",
    "origin_of",
    "read_document",
    "readable",
    "refuse_dishonest",
    "store_object",
    "update_document",
]
