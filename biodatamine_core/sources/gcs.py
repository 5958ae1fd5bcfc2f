"""A bucket of Google Cloud Storage, a folder in it or one object.

Source: cloud.google.com/storage/docs, JSON API, "Objects: list" and "Objects: get"; XML API, "GET Object".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlencode, urlsplit

from biodatamine_core.errors import UnsupportedURL
from biodatamine_core.records import Artifact, Validator
from biodatamine_core.sources.asking import buckets
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import Answer, Service
from biodatamine_core.sources.interface import Reach

_SERVICE = Service(
    "Google Cloud Storage",
    "For a bucket that is not public, add a token of Google's as a sign-in (Bearer) under Sign-ins for "
    "storage.googleapis.com.",
)
_COMMAND = re.compile(r"!?\s*(?:gsutil|gcloud storage) .*?(gs://[^\s'\"]+).*", re.IGNORECASE)
_NAMED = re.compile(r"gs://([^/\s]*)/?([^\r\n]*)", re.IGNORECASE)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_BUCKET_HOST = re.compile(r"(.+)\.(?:storage|commondatastorage)\.googleapis\.com")
_OF_ONE_FILE = frozenset({"x-goog-signature", "signature", "googleaccessid", "generation"})
_FIELDS = "nextPageToken,items(name,size,md5Hash,generation)"


@dataclass(frozen=True, slots=True)
class GCSSource:
    """path: of a folder or an object, without a slash at the end; "" for the whole bucket."""

    kind: ClassVar[str] = "gcs"
    reads: ClassVar[str] = "a gs:// address"
    url: str
    title: str
    bucket: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "GCSSource | None":
        if named := _NAMED.fullmatch(_COMMAND.sub(r"\1", text)):
            return cls._of(named[1], named[2])
        pasted = Pasted.read(text)
        if _OF_ONE_FILE & pasted.query.keys():
            return None  # whoever was sent a signed link, or one to an old generation, wants that file
        place = _place(pasted)
        return cls._of(place[0], "/".join(place[1:])) if place else None

    @classmethod
    def _of(cls, bucket: str, pasted_path: str) -> "GCSSource":
        path = buckets.path_of(pasted_path)
        if not _BUCKET.fullmatch(bucket) or path is None:
            raise UnsupportedURL("this address of Google Cloud names no bucket; paste one, as in gs://bucket/folder.")
        return cls(f"gs://{bucket}/{path}".rstrip("/"), path.rpartition("/")[2] or bucket, bucket, path)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        yield from buckets.artifacts(_GCSBucket(self.bucket, reach), self.path, self.url, _SERVICE)


@dataclass(frozen=True, slots=True)
class _GCSBucket:
    name: str
    reach: Reach

    def file(self, key: str) -> Artifact:
        return self._artifact(_SERVICE.ask(f"{self._objects}/{quote(key, safe='')}", self.reach, self._wanted(key)))

    def listed(self, prefix: str) -> Iterator[Artifact]:
        token = ""
        for _ in range(buckets.MOST_PAGES):
            asked = {"prefix": prefix, "fields": _FIELDS} | ({"pageToken": token} if token else {})
            page = _SERVICE.ask(f"{self._objects}?{urlencode(asked)}", self.reach, self._wanted(prefix))
            yield from map(self._artifact, page.items("items"))
            token = page.text("nextPageToken") or ""
            if not token:
                return
        raise _SERVICE.too_much(self._wanted(prefix))

    def _artifact(self, item: Answer) -> Artifact:
        key = item.at("name").value  # as it stands: a name may begin with a blank
        key = key if isinstance(key, str) else ""
        url = f"{self.reach.services.gcs.url}/{quote(self.name)}/{quote(key)}"
        md5, size_bytes = buckets.md5_of(item.text("md5Hash")), item.number("size")  # no MD5 of what was composed
        # XML API, "ETag": of an object that was not composed it is the MD5.
        validator = Validator(f'"{md5.removeprefix("md5:")}"', None, size_bytes) if md5 else None
        return Artifact(key, url, size_bytes, md5, version=item.text("generation"), validator=validator)

    @property
    def _objects(self) -> str:
        return f"{self.reach.services.gcs.url}/storage/v1/b/{quote(self.name)}/o"

    def _wanted(self, key: str) -> str:
        return f"gs://{self.name}/{key}"


def _place(pasted: Pasted) -> tuple[str, ...] | None:
    """The bucket and the path in it that an https address names; None for another host."""
    parts = pasted.parts
    if found := _BUCKET_HOST.fullmatch(urlsplit(pasted.origin).hostname or ""):
        return (found[1], *parts)
    match pasted.host, parts:
        case "storage.googleapis.com", ("storage" | "download", "storage" | "v1", *_):
            return _of_api(parts[2:] if parts[0] == "storage" else parts[3:])
        case "storage.googleapis.com" | "commondatastorage.googleapis.com" | "storage.cloud.google.com", _:
            return parts or ("",)
        case "console.cloud.google.com", ("storage", "browser", *rest):
            place = rest[1:] if rest[:1] == ["_details"] else rest
            return tuple(part.partition(";")[0] for part in place) or ("",)
    return None


def _of_api(parts: tuple[str, ...]) -> tuple[str, ...]:
    """ "b/bucket/o/ct%2F1.dcm": the name of an object is one part there."""
    match parts:
        case ("b", bucket, "o", name):
            return (bucket, name)
        case ("b", bucket, *_):
            return (bucket,)
    return ("",)
