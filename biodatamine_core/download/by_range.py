"""Files that stay on their server: which can be read by ranges, and what all of them share."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from urllib.parse import urlsplit

from biodatamine_core import archives
from biodatamine_core.addresses import shown
from biodatamine_core.download import expected
from biodatamine_core.download.mirror import Mirror
from biodatamine_core.download.remote import RemoteFile
from biodatamine_core.errors import BrokenOff, DownloadFailed
from biodatamine_core.records import Artifact, Validator
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach
from biodatamine_core.transport import Facts

_FIRST_BYTES = 64 << 10
"""Asked for first of every file: whether the server sends parts, what the file is, and often its header."""
_MOST_ATTEMPTS = 4


class ByRange:
    """The remote files of one scan, or of one look at what was scanned.

    check: raises what stops the scan; asked while somebody waits for bytes.
    notes: why some files had to be downloaded, a sentence for each reason.
    """

    def __init__(self, reach: Reach, settings: Settings, check: Callable[[], None]) -> None:
        self.check = check
        self.notes: list[str] = []
        self._reach, self._limit_bytes, self._received_bytes = reach, settings.limits.download_bytes, 0
        self._mirror = Mirror(settings.state_dir / "downloads")
        self._pool = ThreadPoolExecutor(reach.transport.connections_per_host, thread_name_prefix="ranges")
        self._lock = threading.Lock()
        self._failure: BaseException | None = None

    def __enter__(self) -> "ByRange":
        return self

    def __exit__(self, *failure: object) -> None:
        """Nothing more is asked for, and after a failure nothing more is waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if any(failure):
            self._reach.transport.hang_up()

    def opened(self, artifact: Artifact) -> RemoteFile | None:
        """The artifact where it is; None where it must be downloaded, and `notes` says why.

        Raises DownloadFailed, NotTheData, AddressRefused, LimitExceeded.
        """
        if urlsplit(artifact.url).scheme not in ("http", "https") or expected.is_listed_empty(artifact):
            return None
        host = urlsplit(artifact.url).hostname
        with self._reach.transport.stream(artifact.link, 0, _FIRST_BYTES, accept=artifact.accept) as (facts, chunks):
            if facts.size_bytes == 0:
                return None
            if not facts.is_part or facts.size_bytes is None or facts.start != 0:
                self._note(f"{host} does not send parts of files, so all was downloaded.")
                return None
            if facts.validator is None or facts.validator.condition is None:
                self._note(f"{host} does not say whether a file changed between requests, so all was downloaded.")
                return None
            head = _up_to(min(_FIRST_BYTES, facts.size_bytes), chunks, artifact)
        expected.refuse_unlike_listed(facts, artifact)
        expected.refuse_web_page(head[: expected.SNIFFED_BYTES], facts, artifact)
        self._count(len(head), artifact)
        remote = RemoteFile(self, artifact, facts.size_bytes, facts.validator, self._mirror, head)
        if archives.is_streamed(remote):
            self._note(f"{artifact.name} is one packed stream, so it was downloaded.")
            return None
        return remote

    def sends_parts_of(self, artifact: Artifact) -> bool:
        """Whether the server sends a part of what was listed; `notes` says so where it does not. Raises as opened."""
        with self._reach.transport.stream(artifact.link, 0, 1, artifact.validator) as (facts, _):
            is_alike = artifact.validator is not None and _is_of_the_same(facts, artifact.validator, 0)
            if is_alike and (facts.is_part or facts.size_bytes == 1):
                return True
        self._note(f"{urlsplit(artifact.url).hostname} does not send parts of what it lists, so all was downloaded.")
        return False

    def begin(self, artifact: Artifact, validator: Validator, start: int, stop: int) -> "Future[bytes]":
        """Ask for these bytes, which the server must send as a part of what it has carried the validator for."""
        return self._pool.submit(self._bring, artifact, validator, start, stop)

    @property
    def received_bytes(self) -> int:
        """Of all its files, so far."""
        return self._received_bytes

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _bring(self, artifact: Artifact, validator: Validator, start: int, stop: int) -> bytes:
        try:
            for attempt in count():
                try:
                    data = self._part(artifact, validator, start, stop)
                    self._count(len(data), artifact)
                    return data
                except BrokenOff:
                    if attempt == _MOST_ATTEMPTS - 1:
                        raise
                    self._reach.transport.pause(attempt)
        except BaseException as error:
            self._failure = self._failure or error
            raise
        raise AssertionError("the last attempt returns or raises")

    def _part(self, artifact: Artifact, validator: Validator, start: int, stop: int) -> bytes:
        with self._reach.transport.stream(artifact.link, start, stop, validator) as (facts, chunks):
            is_all = start == 0 and facts.size_bytes == stop  # a server may send a part that is everything as such
            if not (facts.is_part or is_all) or not _is_of_the_same(facts, validator, start):
                raise DownloadFailed(
                    f"{shown(artifact.url)} changed while it was read, or is no longer sent in parts; scan it "
                    "again, or download all of it (--copy)."
                )
            return _up_to(stop - start, chunks, artifact)

    def _count(self, received_bytes: int, artifact: Artifact) -> None:
        with self._lock:
            self._received_bytes += received_bytes
        expected.refuse_more_than(self._limit_bytes, self._received_bytes, artifact)

    def _note(self, note: str) -> None:
        with self._lock:
            if note not in self.notes:
                self.notes.append(note)


def _is_of_the_same(facts: Facts, validator: Validator, start: int) -> bool:
    return facts.start == start and validator.agrees_with(facts.validator)


def _up_to(length: int, chunks: Iterator[bytes], artifact: Artifact) -> bytes:
    """So many bytes of an answer. Raises BrokenOff where it holds fewer."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) >= length:
            return bytes(data[:length])
    raise BrokenOff(f"{shown(artifact.url)} sent {len(data):,} bytes where {length:,} were expected.")
