"""The connection to an S3 service: how it is asked, how long it is asked again, and what its refusals mean in words."""

import base64
import hashlib
import random
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from biodatamine_core.errors import (
    BioDataMineError,
    InvalidSetting,
    NotFound,
    PermissionDenied,
    StorageConflict,
    StorageUnavailable,
)

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError
    from mypy_boto3_s3 import S3Client

PATIENCE_S = 40.0
"""For so long a server that is away or overloaded is asked again: one that restarts is back within half a minute."""
LONGEST_PAUSE_S = 2.0
POOLED_CONNECTIONS = 32
_HASHED_AT_ONCE_BYTES = 1 << 20
_PASSING_STATUSES = frozenset({429, 500, 502, 503, 504})
_PASSING_CODES = frozenset({"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling"})
_WRONG_KEY_CODES = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed", "ExpiredToken", "InvalidToken"}
)


@lru_cache(maxsize=8)
def client(endpoint: str | None) -> "S3Client":
    """This process's client of an endpoint (None: AWS itself). Threads share it and its pool of connections.

    Keys and region come from where every AWS tool looks for them; they are kept in the client and nowhere else.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        # Many S3 services refuse the checksum headers that AWS added in 2025.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=POOLED_CONNECTIONS,
        connect_timeout=5,
        read_timeout=60,
        tcp_keepalive=True,
        retries={"mode": "standard"},
    )
    made = boto3.session.Session().client("s3", endpoint_url=endpoint, config=config)
    # botocore counts attempts, which a server that refuses connections uses up within a second; we count seconds.
    made.meta.events.unregister("needs-retry.s3", unique_id="retry-config-s3")
    made.meta.events.register("needs-retry.s3", _pause_before_retry_s)  # type: ignore[arg-type]
    for write in ("PutObject", "UploadPart"):
        made.meta.events.register(f"before-call.s3.{write}", _state_md5)
    return made


def _state_md5(params: dict[str, Any], **_: object) -> None:
    """A writer may be killed between the head of its request and the body; SeaweedFS takes that for an empty value.

    With its MD5 in the head, which every S3 service checks, half a write is refused. params: of botocore's request.
    """
    body, md5 = params["body"], hashlib.md5(usedforsecurity=False)
    if isinstance(body, bytes):
        md5.update(body)
    else:
        start = body.tell()
        while chunk := body.read(_HASHED_AT_ONCE_BYTES):
            md5.update(chunk)
        body.seek(start)
    params["headers"]["Content-MD5"] = base64.b64encode(md5.digest()).decode()


def _pause_before_retry_s(
    response: tuple[Any, dict[str, Any]] | None,
    attempts: int,
    caught_exception: Exception | None,
    request_dict: dict[str, Any],
    **_: object,
) -> float | None:
    """Seconds until the same request is sent again; None to let it be. botocore calls it after every answer."""
    began_at = request_dict["context"].setdefault("biodatamine_began_at", time.monotonic())
    if not _is_passing(response, caught_exception) or time.monotonic() - began_at > PATIENCE_S:
        return None
    return pause_s(attempts)


def pause_s(attempts: int) -> float:
    """Random, so that many who were cut off at once do not come back at once."""
    return min(LONGEST_PAUSE_S, 0.1 * 2.0**attempts) * random.uniform(0.5, 1.0)


def _is_passing(response: tuple[Any, dict[str, Any]] | None, caught_exception: Exception | None) -> bool:
    if caught_exception is not None:
        return is_broken_connection(caught_exception)
    if response is None:
        return False
    code = response[1].get("Error", {}).get("Code")
    return response[0].status_code in _PASSING_STATUSES or code in _PASSING_CODES


def is_broken_connection(error: Exception) -> bool:
    """Refused, timed out or broken off; not a certificate that is not trusted."""
    from botocore.exceptions import (
        ConnectionError,
        HTTPClientError,
        IncompleteReadError,
        ResponseStreamingError,
        SSLError,
    )

    broken = ConnectionError, HTTPClientError, IncompleteReadError, ResponseStreamingError
    return isinstance(error, broken) and not isinstance(error, SSLError)


def in_words(error: "ClientError | BotoCoreError", bucket: str, endpoint: str | None, key: str) -> BioDataMineError:
    """What an error of boto3 means to a person. It names no credential; boto3's own text is not quoted."""
    from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError

    server = endpoint or "AWS S3"
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return InvalidSetting(
            f"no complete key for the storage at {server}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if not isinstance(error, ClientError):
        return StorageUnavailable(
            f"the storage at {server} does not answer ({type(error).__name__}); "
            "is it running, and is BIODATAMINE_S3_ENDPOINT its address?"
        )
    code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "NoSuchBucket":
        return InvalidSetting(f'there is no bucket "{bucket}" at {server}; create it, or correct BIODATAMINE_STORAGE.')
    if code in _WRONG_KEY_CODES:
        return InvalidSetting(
            f"the storage at {server} refuses the key ({code}); correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, "
            "for a session, AWS_SESSION_TOKEN; and AWS_DEFAULT_REGION where the bucket lies in another region."
        )
    if code == "RequestTimeTooSkewed":
        return StorageUnavailable(
            f"the clock of this machine differs too much from that of the storage at {server}; set it right."
        )
    if status == 301:
        return InvalidSetting(f'the bucket "{bucket}" lies in another region; set AWS_DEFAULT_REGION to it.')
    if status in (409, 412):
        return StorageConflict(f'"{key}" was written by somebody else in the meantime; read it again.')
    if status == 404:
        return NotFound(f'nothing is stored under "{key}" in the bucket "{bucket}".')
    if status == 403:
        return PermissionDenied(
            f'the storage at {server} does not let this key do that in the bucket "{bucket}"; '
            "it needs to list, read, write and delete."
        )
    return StorageUnavailable(f"the storage at {server} failed ({code}); try again, or look into its log.")
