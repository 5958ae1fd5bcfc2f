"""What lies at an address, listed before anything is downloaded: in a thread of its own, while somebody waits."""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from biodatamine_core.errors import BioDataMineError, Cancelled, ChoiceNeeded, DownloadFailed
from biodatamine_core.jobs import Job
from biodatamine_core.records import Artifact
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, Source
from biodatamine_core.storage import LocalStorage

LONGEST_S = 60.0
"""A service that lists thousands of folders takes that long; a scan, which nobody sits in front of, waits longer."""
_ONE_STREAM = re.compile(r"\.(7z|t[gbx]z|tar\.\w+)$", re.IGNORECASE)
_LATEST_DOWNLOADS = 8
_LEAST_MEASURED_BYTES = 1_000_000  # what comes in one breath says nothing about speed


@dataclass(frozen=True, slots=True)
class Listing:
    """What could be fetched, and what it would take.

    url: the canonical address of the whole. must_pick: the artifacts are no dataset together, so one is picked.
    sends_parts: a headers-only scan can leave the rest on the server. free_bytes: on the disks that a download needs.
    bytes_per_s: of earlier downloads, from the same host where there were any; None where none was measured.
    """

    url: str
    artifacts: tuple[Artifact, ...]
    must_pick: bool
    sends_parts: bool
    free_bytes: int
    limit_bytes: int
    bytes_per_s: float | None

    @property
    def licence(self) -> str | None:
        return next((artifact.licence for artifact in self.artifacts if artifact.licence), None)

    @property
    def version(self) -> str | None:
        """What the service calls this state of it; None where its files have several."""
        versions = {artifact.version for artifact in self.artifacts}
        return versions.pop() if len(versions) == 1 else None


class Looking:
    """A listing under way: done, or given up, after LONGEST_S at the latest. stop: from any thread."""

    def __init__(self, source: Source, reach: Reach, settings: Settings, jobs: Callable[[], Iterable[Job]]) -> None:
        self._source, self._reach, self._settings, self._jobs = source, reach, settings, jobs
        self._began_at = time.monotonic()
        self._listing: Future[Listing] = Future()
        self._ending = threading.Timer(LONGEST_S, self._give_up, [_too_late(source)])
        self._ending.daemon = True
        self._ending.start()
        threading.Thread(target=self._run, name="listing", daemon=True).start()

    @property
    def is_done(self) -> bool:
        return self._listing.done()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began_at

    def listing(self, timeout_s: float | None = None) -> Listing:
        """Wait for it. Raises TimeoutError, and what listing raises: a BioDataMineError in a person's words."""
        return self._listing.result(timeout_s)

    def stop(self) -> None:
        self._give_up(Cancelled("The listing was stopped."))

    def _give_up(self, why: BaseException) -> None:
        """Whoever waits is told at once, also where a server does not notice that it was hung up on."""
        self._ending.cancel()
        with suppress(InvalidStateError):  # it is done, or was given up
            self._listing.set_exception(why)
        self._reach.transport.hang_up()

    def _run(self) -> None:
        try:
            listing = self._listed()
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the listing
            self._give_up(error)
            return
        self._ending.cancel()
        with suppress(InvalidStateError):  # it was given up
            self._listing.set_result(listing)

    def _listed(self) -> Listing:
        must_pick = False
        try:
            artifacts = tuple(self._source.artifacts(self._reach))
        except ChoiceNeeded as choice:
            artifacts = tuple(Artifact(name, url, size_bytes) for name, url, size_bytes in choice.candidates)
            must_pick = True
        return Listing(
            self._source.url,
            artifacts,
            must_pick,
            sends_parts=_sends_parts(artifacts, self._reach),
            free_bytes=_free_bytes(self._settings, self._reach),
            limit_bytes=self._settings.limits.download_bytes,
            bytes_per_s=_bytes_per_s(self._jobs(), {_host(artifact.url) for artifact in artifacts}),
        )


def _too_late(source: Source) -> DownloadFailed:
    return DownloadFailed(
        f"{_host(source.url)} did not list everything within {LONGEST_S:.0f} s. It can be added all the same: a scan "
        "waits longer."
    )


def _sends_parts(artifacts: tuple[Artifact, ...], reach: Reach) -> bool:
    """Asked of the largest, whose server speaks for all; what is packed into one stream has to come whole."""
    readable = [one for one in artifacts if _is_remote(one) and not _ONE_STREAM.search(one.name)]
    if not readable:
        return False
    largest = max(readable, key=lambda artifact: artifact.size_bytes or 0)
    with suppress(BioDataMineError), reach.transport.stream(largest.link, 0, 1) as (facts, _):
        return facts.is_part and facts.validator is not None and facts.validator.condition is not None
    return False


def _is_remote(artifact: Artifact) -> bool:
    return urlsplit(artifact.url).scheme in ("http", "https")


def _free_bytes(settings: Settings, reach: Reach) -> int:
    """On the fuller of the disks of the scratch folder and of a local store."""
    places = [settings.state_dir, *([reach.storage.root] if isinstance(reach.storage, LocalStorage) else [])]
    return min(shutil.disk_usage(_existing(place)).free for place in places)


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _bytes_per_s(jobs: Iterable[Job], hosts: set[str]) -> float | None:
    """The median of the latest downloads; those from these hosts, which the addresses of jobs tell, go first."""
    measured = [
        (_host(job.url), (job.downloaded_bytes or 0) / job.download_s)
        for job in jobs
        if job.download_s and (job.downloaded_bytes or 0) >= _LEAST_MEASURED_BYTES
    ]
    alike = [rate for host, rate in measured if host in hosts] or [rate for _, rate in measured]
    return median(alike[:_LATEST_DOWNLOADS]) if alike else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or "its source"
