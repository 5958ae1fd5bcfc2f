"""A bucket of S3 over plain HTTP: what lies in it, page by page, signed where a key was set for it.

Source: docs.aws.amazon.com, Amazon S3 API, "ListObjectsV2", "HeadObject", and "Authenticating requests: using query
parameters (AWS Signature Version 4)".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from biodatamine_core.errors import DownloadFailed, PermissionDenied
from biodatamine_core.records import Artifact, Validator
from biodatamine_core.settings import AWS_S3, S3Key
from biodatamine_core.sources.asking.buckets import MOST_PAGES
from biodatamine_core.sources.asking.service import Service
from biodatamine_core.sources.interface import Reach

SERVICE = Service(
    "S3",
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; where BioDataMine's own storage lies on S3 too, name the bucket "
    "in BIODATAMINE_S3_BUCKETS.",
)
_SIGNED_FOR_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """base_url: of the service, AWS or another. key: what may be shown for this bucket; None for a public one."""

    name: str
    base_url: str
    reach: Reach
    key: S3Key | None = None

    def file(self, key: str) -> Artifact:
        self._refuse_own_storage(key)
        try:
            facts = SERVICE.head(self._link(self._url(key)), self.reach, self._wanted(key))
        except DownloadFailed as error:
            raise self._in_words(error) from error
        return self._artifact(key, facts.size_bytes, facts.etag, facts.validator)

    def listed(self, prefix: str) -> Iterator[Artifact]:
        self._refuse_own_storage(prefix)
        token = ""
        for _ in range(MOST_PAGES):
            asked = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
            url = f"{self._url('')}?{urlencode(asked, quote_via=quote)}"
            try:
                page = SERVICE.xml(self._link(url), self.reach, self._wanted(prefix))
            except DownloadFailed as error:
                raise self._in_words(error) from error
            for item in page.items("Contents"):
                etag, size_bytes = item.text("ETag"), item.number("Size")
                validator = Validator(etag, None, size_bytes) if etag else None
                yield self._artifact(item.text("Key") or "", size_bytes, etag, validator)
            token = page.text("NextContinuationToken") or ""
            if not token:
                return
        raise SERVICE.too_much(self._wanted(prefix))

    def _artifact(self, key: str, size_bytes: int | None, etag: str | None, validator: Validator | None) -> Artifact:
        url = self._url(key)
        signed_url = self._link(url) if self.key else None
        return Artifact(key, url, size_bytes, version=etag, validator=validator, signed_url=signed_url)

    def _url(self, key: str) -> str:
        """AWS wants the bucket in the host, so that any region answers; a name with dots has no certificate there."""
        scheme, host = urlsplit(self.base_url)[:2]
        if self.base_url == AWS_S3 and self.key is not None:
            host = f"s3.{self.key.region}.amazonaws.com"
        if self.base_url == AWS_S3 and "." not in self.name:
            return f"{scheme}://{self.name}.{host}/{quote(key)}"
        root = self.base_url if self.base_url != AWS_S3 else f"{scheme}://{host}"
        return f"{root}/{quote(self.name)}/{quote(key)}"

    def _link(self, url: str) -> str:
        if self.key is None:
            return url
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        request = AWSRequest("GET", url)
        credentials = Credentials(self.key.key_id, self.key.secret, self.key.session_token)
        S3SigV4QueryAuth(credentials, "s3", self.key.region, _SIGNED_FOR_S).add_auth(request)
        return str(request.url)

    def _refuse_own_storage(self, prefix: str) -> None:
        """Whoever may scan must not read through our key what other teams keep here."""
        own = urlsplit(self.reach.storage.url)
        own_prefix = f"{own.path.strip('/')}/".lstrip("/")
        is_own = own.scheme == "s3" and own.netloc == self.name
        if self.key is not None and is_own and (own_prefix.startswith(prefix) or prefix.startswith(own_prefix)):
            raise PermissionDenied(f"{self._wanted(prefix)} holds BioDataMine's own storage, which is no dataset.")

    def _wanted(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    def _in_words(self, error: DownloadFailed) -> DownloadFailed:
        if error.status not in (301, 400):
            return error
        return DownloadFailed(
            f"the bucket {self.name} lies in another region of S3, or the key has expired: set AWS_DEFAULT_REGION to "
            "the region of the bucket, and for a session AWS_SESSION_TOKEN.",
            error.status,
        )
