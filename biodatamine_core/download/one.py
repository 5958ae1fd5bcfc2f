"""From an artifact to a content that can be read: stream, limit, hash, move. What is local stays where it is."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from biodatamine_core.addresses import shown
from biodatamine_core.errors import BrokenOff, DownloadFailed, LimitExceeded, NotFound, NotTheData
from biodatamine_core.records import Artifact, Content, ContentTree
from biodatamine_core.settings import GIGABYTE
from biodatamine_core.sources import Reach, local_path
from biodatamine_core.storage import LocalFile, LocalFolder, StoredObject, store_object
from biodatamine_core.storage.locks import remove_abandoned, unfinished_file
from biodatamine_core.transport import Facts

_MOST_ATTEMPTS = 4
_SNIFFED_BYTES = 512
_CHECKSUMS = frozenset({"md5", "sha1", "sha256", "sha512"})  # what services state and we can verify


def download(
    artifact: Artifact, reach: Reach, state_dir: Path, max_bytes: int, on_bytes: Callable[[int, int | None], None]
) -> Content | ContentTree:
    """The artifact's bytes, whole and verified, as something that can be read by range.

    state_dir: unfinished downloads lie in its folder "downloads" and leave it again, also after a crash.
    on_bytes(received, expected or None) is called often; what it raises (Cancelled) ends the download.
    Raises DownloadFailed, NotTheData, AddressRefused, NotFound, and LimitExceeded past max_bytes of real bytes.
    """
    scheme = urlsplit(artifact.url).scheme
    if scheme == "file":
        path = local_path(artifact.url)
        return LocalFolder(path) if path.is_dir() else LocalFile(path, artifact.name)
    if scheme == "stored":
        return _stored(artifact, reach)
    folder = state_dir / "downloads"
    remove_abandoned(folder)
    for attempt in range(_MOST_ATTEMPTS - 1):
        try:
            return _fetched(artifact, reach, folder, max_bytes, on_bytes)
        except BrokenOff:
            reach.transport.pause(attempt)
    return _fetched(artifact, reach, folder, max_bytes, on_bytes)


def _stored(artifact: Artifact, reach: Reach) -> StoredObject:
    key = artifact.url.removeprefix("stored:")
    size_bytes = reach.storage.size_bytes(key)
    if size_bytes is None:
        raise NotFound(f"{artifact.name} is not in this storage any more; upload it again.")
    return StoredObject(reach.storage, key, artifact.name, key.rsplit("/", 1)[-1], size_bytes)


def _fetched(
    artifact: Artifact, reach: Reach, folder: Path, max_bytes: int, on_bytes: Callable[[int, int | None], None]
) -> StoredObject:
    """One attempt: nothing is stored unless every byte arrived and the checksum agrees."""
    algorithm, _, stated = (artifact.checksum or "").partition(":")
    digests = {name: hashlib.new(name) for name in {"sha256", algorithm} & _CHECKSUMS}
    with (
        reach.transport.stream(artifact.url) as (facts, chunks),
        unfinished_file(folder) as (path, stream),
    ):
        expected_bytes = facts.size_bytes if facts.size_bytes is not None else artifact.size_bytes
        _refuse_more_than(max_bytes, expected_bytes or 0, artifact)
        received_bytes, start = 0, b""
        on_bytes(received_bytes, expected_bytes)
        for chunk in chunks:
            received_bytes += len(chunk)
            _refuse_more_than(max_bytes, received_bytes, artifact)
            if len(start) < _SNIFFED_BYTES:
                start += chunk[:_SNIFFED_BYTES]
                _refuse_web_page(start, facts, artifact)
            stream.write(chunk)
            for digest in digests.values():
                digest.update(chunk)
            on_bytes(received_bytes, expected_bytes)
        stream.close()
        if received_bytes == 0 or (expected_bytes is not None and received_bytes != expected_bytes):
            expected = "some" if expected_bytes is None else f"{expected_bytes:,}"
            raise BrokenOff(f"{shown(artifact.url)} sent {received_bytes:,} bytes where {expected} were expected.")
        if algorithm in digests and digests[algorithm].hexdigest() != stated.lower():
            raise DownloadFailed(
                f"{artifact.name} arrived with {algorithm} {digests[algorithm].hexdigest()}, but {stated} "
                "was announced; try again, or ask who publishes it."
            )
        return store_object(reach.storage, path, digests["sha256"].hexdigest(), artifact.name)


def _refuse_more_than(max_bytes: int, size_bytes: int, artifact: Artifact) -> None:
    if size_bytes > max_bytes:
        raise LimitExceeded(
            f"{artifact.name} is larger than the {max_bytes / GIGABYTE:.3g} GB that may be downloaded "
            "(limit BIODATAMINE_MAX_DOWNLOAD_GB); raise the limit, or take a smaller part of the data."
        )


def _refuse_web_page(start: bytes, facts: Facts, artifact: Artifact) -> None:
    """A page where data was expected: what a service sends to whoever is not signed in."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_called_html = (facts.content_type or "").lower().startswith("text/html")
    if text.startswith((b"<!doctype html", b"<html")) or (is_called_html and text.startswith(b"<")):
        suffix = artifact.name.lower().rpartition(".")[2]
        wanted = "an image" if suffix in ("png", "jpg", "jpeg", "dcm", "nii") else "a zip"
        raise NotTheData(
            f"This address sent an HTML page, not {wanted}. Log in there, or paste the link of the download button."
        )
