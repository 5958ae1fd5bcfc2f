"""What the buckets of all clouds share: a path in one is an object, or a folder of them."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from biodatamine_core.errors import DownloadFailed, NotFound
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.service import MOST_FILES, Service

MOST_PAGES = 1_000


class Bucket(Protocol):
    """A bucket of one cloud; a key is the whole path of an object."""

    def file(self, key: str) -> Artifact:
        """The object under this key. Raises NotFound and DownloadFailed."""
        ...

    def listed(self, prefix: str) -> Iterator[Artifact]:
        """Every object whose key begins with the prefix, named by its whole key. Raises NotFound and DownloadFailed."""
        ...


def artifacts(bucket: Bucket, path: str, url: str, service: Service) -> Iterator[Artifact]:
    """The object at this path, or everything in the folder, named by the rest of its key; "" is the whole bucket.

    url: for people. Raises NotFound where there is nothing, LimitExceeded, and DownloadFailed with what to do.
    """
    if path and (file := _file(bucket, path)):
        yield replace(file, name=path.rpartition("/")[2])
        return
    above, file_count = f"{path}/" if path else "", 0
    for artifact in bucket.listed(above):
        if artifact.name.endswith("/") or not artifact.name.startswith(above) or _leads_out(artifact.name):
            continue  # the marker of a folder, or what no address can name
        file_count += 1
        if file_count > MOST_FILES:
            raise service.too_much(url)
        yield replace(artifact, name=artifact.name.removeprefix(above))
    if not file_count:
        raise NotFound(f"{url} has no files; check the address: upper and lower case differ.")


def _file(bucket: Bucket, key: str) -> Artifact | None:
    try:
        return bucket.file(key)
    except NotFound:
        return None
    except DownloadFailed as error:
        if error.status in (401, 403):  # a bucket may refuse to say that there is none, and list what there is
            return None
        raise


def path_of(text: str, is_address: bool = False) -> str | None:
    """A path as people copy it, without what stands at its end in commands; None for what cannot be shown.

    is_address: between slashes of an address stands always something; a key may hold two of them.
    """
    path = text.rstrip("*/\"' ")
    if is_address:
        path = "/".join(filter(None, path.split("/")))
    return path if path.isprintable() else None


def md5_of(stated: str | None) -> str | None:
    """As an artifact states it, from the base64 that clouds write."""
    try:
        digest = base64.b64decode(stated or "", validate=True)
    except ValueError:
        return None
    return f"md5:{digest.hex()}" if digest else None


def _leads_out(key: str) -> bool:
    """Whether an address with this key would be that of something else, or could not be shown."""
    return not key.isprintable() or not {".", ".."}.isdisjoint(key.split("/"))
