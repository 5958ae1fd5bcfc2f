"""A bucket as a storage, or a prefix of one: on AWS, or on what speaks S3 and honours conditional writes."""

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit
from uuid import uuid4

from biodatamine_core.errors import InvalidSetting, NotFound, StorageConflict, StorageUnavailable, UnreadableContent
from biodatamine_core.settings import environment
from biodatamine_core.storage import s3_client
from biodatamine_core.storage.cache import Cache
from biodatamine_core.storage.interface import Entry, Stored
from biodatamine_core.storage.keys import parts_of, parts_of_prefix
from biodatamine_core.storage.ranged_stream import FIRST_WINDOW_BYTES, LARGEST_WINDOW_BYTES, ranged_stream

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART_BYTES = 16 << 20
"""A larger file goes up in parts of at least this size, four at a time."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OBJECT = re.compile(r"objects/sha256/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class S3Storage:
    """Keys below `prefix` ("" or "a/b/") of a bucket. endpoint: None is AWS itself.

    It holds no credentials: every process takes them from its own environment, as all AWS tools do. A server that is
    away is asked again for 40 s before StorageUnavailable is raised; one that refuses raises InvalidSetting or
    PermissionDenied, in words.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    cache: Cache

    @staticmethod
    def serves(url: str) -> bool:
        """s3://bucket/prefix"""
        return url.startswith("s3://")

    @classmethod
    def connect(cls, url: str, state_dir: Path | None = None) -> "S3Storage":
        """Asks nobody yet. The endpoint and the size of the cache in state_dir are settings. Raises InvalidSetting."""
        settings, place = environment(), urlsplit(url)
        try:
            parts = parts_of_prefix(f"{place.path.strip('/')}/".lstrip("/"))
        except NotFound:
            parts = None
        if parts is None or not _BUCKET.fullmatch(place.netloc) or place.query or place.fragment:
            raise InvalidSetting(
                "BIODATAMINE_STORAGE must be s3://bucket or s3://bucket/prefix: a bucket of 3 to 63 of a-z, 0-9, - and "
                '".", a prefix of letters, digits and ._-+=@, and no key in it: AWS_ACCESS_KEY_ID holds that.'
            )
        cache = Cache((state_dir or settings.state_dir) / "cache", settings.cache_bytes)
        return cls(place.netloc, "".join(f"{part}/" for part in parts), settings.s3_endpoint, cache)

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def read(self, key: str) -> Stored:
        data, answer = self._get(key)
        return Stored(data, answer["ETag"])

    def open(self, key: str) -> BinaryIO:
        try:
            start, answer = self._get(key, Range=f"bytes=0-{FIRST_WINDOW_BYTES - 1}")
        except _NoSuchRange:  # there is not one byte
            return ranged_stream(lambda start, stop: b"", 0)
        etag = answer["ETag"]
        size_bytes = int(answer["ContentRange"].rpartition("/")[2]) if "ContentRange" in answer else len(start)

        def fetch(start: int, stop: int) -> bytes:
            try:
                return self._get(key, Range=f"bytes={start}-{stop - 1}", IfMatch=etag)[0]
            except (StorageConflict, _NoSuchRange) as error:
                raise UnreadableContent(f'"{key}" was replaced while it was read; open it again.') from error

        return ranged_stream(fetch, size_bytes, start)

    def size_bytes(self, key: str) -> int | None:
        there = self._head(key)
        return int(there["ContentLength"]) if there else None

    def put(self, key: str, data: bytes) -> str:
        with self._asking(key) as client:
            return client.put_object(**self._place(key), Body=data)["ETag"]

    def put_if_absent(self, key: str, data: bytes) -> str:
        try:
            return self._put_on_condition(key, data, IfNoneMatch="*")
        except StorageConflict as error:
            raise StorageConflict(f'"{key}" exists already; somebody else was first.') from error

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        try:
            return self._put_on_condition(key, data, IfMatch=etag)
        except NotFound as error:
            raise StorageConflict(f'"{key}" was deleted by somebody else in the meantime.') from error

    def put_file(self, key: str, path: Path) -> None:
        from boto3.s3.transfer import TransferConfig

        config = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4)
        with self._asking(key) as client:
            client.upload_file(str(path), **self._place(key), Config=config)
        path.unlink()

    def delete(self, key: str) -> None:
        with self._asking(key) as client:
            client.delete_object(**self._place(key))

    def list(self, prefix: str) -> Iterator[Entry]:
        # Held and sorted here, some 300 bytes a key: services differ in where "a-b" stands to "a/b".
        below = self.prefix + "".join(f"{part}/" for part in parts_of_prefix(prefix))
        found = []
        with self._asking(prefix) as client:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=below):
                for item in page.get("Contents", ()):
                    key = item["Key"].removeprefix(self.prefix)
                    with suppress(
                        NotFound
                    ):  # what others keep in the bucket: a folder's marker, a name of other letters
                        parts_of(key)
                        found.append(Entry(key, item["Size"], item["LastModified"].timestamp(), item["ETag"]))
        yield from sorted(found, key=lambda entry: entry.key)

    def local_copy(self, key: str) -> Path:
        parts_of(key)
        return self.cache.copy(
            f"{self.endpoint} {self.url}/{key}", Path(key).suffix, lambda file: self._fetch(key, file)
        )

    def remove_unfinished(self, older_than_s: float) -> None:
        began_before = time.time() - older_than_s
        with self._asking("") as client:
            for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=self.prefix):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"].timestamp() < began_before:
                        key, upload_id = upload["Key"], upload["UploadId"]
                        client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)

    def shared_url(self, key: str, seconds: int) -> str | None:
        with self._asking(key) as client:
            return client.generate_presigned_url("get_object", Params=self._place(key), ExpiresIn=seconds)

    def _get(self, key: str, **options: Any) -> tuple[bytes, dict[str, Any]]:
        """A whole answer. A body that breaks off is asked for again: botocore repeats a request, not its body."""
        from botocore.exceptions import BotoCoreError

        began_at, attempts = time.monotonic(), 0
        while True:
            with self._asking(key) as client:
                answer: dict[str, Any] = {**client.get_object(**self._place(key), **options)}
                try:
                    return answer["Body"].read(), answer
                except BotoCoreError as error:
                    is_late = time.monotonic() - began_at > s3_client.PATIENCE_S
                    if is_late or not s3_client.is_broken_connection(error):
                        raise
            time.sleep(s3_client.pause_s(attempts))
            attempts += 1

    def _head(self, key: str) -> dict[str, Any] | None:
        """What is known about the value, None where the key is absent."""
        place = self._place(key)
        with suppress(NotFound), self._asking(key) as client:
            return {**client.head_object(**place)}
        return None

    def _put_on_condition(self, key: str, data: bytes, **condition: Any) -> str:
        """A write whose answer was lost may have arrived: sent again, it meets itself. Its mark tells the two apart.

        Where somebody replaced it before we ask, it counts as refused: a change is then applied to what they wrote.
        """
        from botocore.exceptions import ClientError

        writer = uuid4().hex
        with self._asking(key) as client:
            try:
                put = client.put_object(**self._place(key), Body=data, Metadata={"writer": writer}, **condition)
                return put["ETag"]
            except ClientError as error:
                facts = error.response["ResponseMetadata"]
                if facts["HTTPStatusCode"] in (404, 409, 412) and facts["RetryAttempts"]:
                    there = self._head(key)
                    if there and there["Metadata"].get("writer") == writer:
                        return str(there["ETag"])
                raise

    def _fetch(self, key: str, file: BinaryIO) -> None:
        """Write the value into a file; an object's bytes must have the hash that names it. Raises UnreadableContent."""
        digest, expected = hashlib.sha256(), _OBJECT.fullmatch(key)
        with self.open(key) as stream:
            while chunk := stream.read(LARGEST_WINDOW_BYTES):
                digest.update(chunk)
                file.write(chunk)
        if expected and digest.hexdigest() != expected["sha256"]:
            raise UnreadableContent(f'"{key}" does not have the hash that names it: the storage damaged it.')

    def _place(self, key: str) -> dict[str, Any]:
        return {"Bucket": self.bucket, "Key": self.prefix + "/".join(parts_of(key))}

    @contextmanager
    def _asking(self, key: str) -> "Iterator[S3Client]":
        """The client; what boto3 raises about this key comes out in words."""
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield s3_client.client(self.endpoint)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in ("InvalidRange", "416"):
                raise _NoSuchRange from error
            raise s3_client.in_words(error, self.bucket, self.endpoint, key) from error
        except S3UploadFailedError as error:
            cause = error.__context__
            if isinstance(cause, ClientError | BotoCoreError):
                raise s3_client.in_words(cause, self.bucket, self.endpoint, key) from error
            raise StorageUnavailable(f'"{key}" could not be written to {self.url}; try again.') from error


class _NoSuchRange(Exception):
    """Bytes past the end were asked for; it never leaves this module."""
