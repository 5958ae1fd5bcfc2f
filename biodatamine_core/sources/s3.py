"""A bucket of S3, a folder in it or one object: at AWS, or at another service that speaks S3."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlsplit

from biodatamine_core.errors import DownloadFailed, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.settings import AWS_S3, S3Key
from biodatamine_core.sources.asking import buckets
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.s3_bucket import SERVICE, S3Bucket
from biodatamine_core.sources.interface import Reach

_COMMAND = re.compile(r"!?\s*(?:aws s3 |s5cmd ).*?(s3://[^\s'\"]+).*", re.IGNORECASE)
_NAMED = re.compile(r"(?:s3[an]?://|arn:aws:s3:::)([^/\s]*)/?([^\r\n]*)", re.IGNORECASE)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_AWS_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:-accelerate|-external-1)?(?:\.dualstack)?"
    r"(?:[.-][a-z]{2}(?:-[a-z]+){1,2}-\d{1,2})?\.amazonaws\.com"
)
_CONSOLE_HOST = re.compile(r"(?:[a-z0-9-]+\.)*console\.aws\.amazon\.com")
_OF_ONE_FILE = frozenset({"x-amz-signature", "signature", "awsaccesskeyid", "versionid"})


@dataclass(frozen=True, slots=True)
class S3Source:
    """path: of a folder or an object, without a slash at the end; "" for the whole bucket.

    is_at_aws: pasted as an address of AWS itself; "s3://..." is asked for where BIODATAMINE_S3_URL says.
    """

    kind: ClassVar[str] = "s3"
    reads: ClassVar[str] = "an s3:// address"
    url: str
    title: str
    bucket: str
    path: str
    is_at_aws: bool

    @classmethod
    def parse(cls, text: str) -> "S3Source | None":
        if named := _NAMED.fullmatch(_COMMAND.sub(r"\1", text)):
            return cls._of(named[1], named[2], is_at_aws=False)
        pasted = Pasted.read(text)
        if _OF_ONE_FILE & pasted.query.keys():
            return None  # whoever was sent a signed link, or one to an old version, wants that file
        place = _place(pasted)
        return cls._of(*place, is_at_aws=True) if place else None

    @classmethod
    def _of(cls, bucket: str, pasted_path: str, is_at_aws: bool) -> "S3Source":
        path = buckets.path_of(pasted_path, is_at_aws)
        if not _BUCKET.fullmatch(bucket) or path is None:
            raise UnsupportedURL("this address of S3 names no bucket; paste one, as in s3://bucket/folder.")
        if is_at_aws and "." in bucket:
            url = f"{AWS_S3}/{bucket}/{quote(path)}"
        elif is_at_aws:
            url = f"https://{bucket}.s3.amazonaws.com/{quote(path)}"
        else:
            url = f"s3://{bucket}/{path}"
        return cls(url.rstrip("/"), path.rpartition("/")[2] or bucket, bucket, path, is_at_aws)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        """Without a key first: a public bucket refuses one that it does not know, or that may read nothing else."""
        try:
            found = self._listed(reach, None)
            first = next(found)
        except DownloadFailed as error:
            key = reach.services.s3_key
            if error.status not in (401, 403) or key is None or not key.opens(self.bucket):
                raise
            found = self._listed(reach, key)
            first = next(found)
        yield first
        yield from found

    def _listed(self, reach: Reach, key: S3Key | None) -> Iterator[Artifact]:
        service = reach.services.aws if self.is_at_aws else reach.services.s3
        return buckets.artifacts(S3Bucket(self.bucket, service.url, reach, key), self.path, self.url, SERVICE)


def _place(pasted: Pasted) -> tuple[str, str] | None:
    """The bucket and the path in it that an https address of AWS names; None for another host."""
    host, prefix = urlsplit(pasted.origin).hostname or "", pasted.query.get("prefix", "")
    if _CONSOLE_HOST.fullmatch(host):
        match pasted.parts:
            case ("s3", "buckets" | "object", bucket, *_):
                return bucket, prefix
        return None
    found = _AWS_HOST.fullmatch(host)
    if found is None:
        return None
    bucket, *path = pasted.parts or ("",) if found["bucket"] is None else (found["bucket"], *pasted.parts)
    return bucket, "/".join(path) or prefix
