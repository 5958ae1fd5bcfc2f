"""What lies at an address, listed before anything is downloaded: in a thread of its own, while somebody waits."""

import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from biodatamine_core.errors import BioDataMineError, Cancelled, ChoiceNeeded, DownloadFailed
from biodatamine_core.jobs import Job
from biodatamine_core.records import Artifact
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, Source, folders_around
from biodatamine_core.storage import LocalStorage

LONGEST_S = 60.0
"""A service that lists thousands of folders takes that long; a scan, which nobody sits in front of, waits longer."""
_ONE_STREAM = re.compile(r"\.(7z|t[gbx]z|tar\.\w+)$", re.IGNORECASE)
_LATEST_DOWNLOADS = 8
_MOST_ASKED_FOR_SIZE = 200
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

    def folders(self) -> list["Bundle"]:
        """Every folder of the names, each with all that lies below it, by name."""
        inside: dict[str, list[Artifact]] = {}
        for artifact in self.artifacts:
            for folder in folders_around(artifact.name):
                inside.setdefault(folder, []).append(artifact)
        return [_bundle(folder, below) for folder, below in sorted(inside.items())]

    def part(self, names: Collection[str]) -> "Bundle":
        """What these files and folders are together; everything where none is named."""
        wanted = set(names)
        below = [one for one in self.artifacts if one.name in wanted or wanted & set(folders_around(one.name))]
        return _bundle("", below if wanted else self.artifacts)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files taken together. size_bytes: None where the size of one of them is not known."""

    name: str
    file_count: int
    size_bytes: int | None


def _bundle(name: str, artifacts: Collection[Artifact]) -> Bundle:
    sizes = [artifact.size_bytes for artifact in artifacts]
    return Bundle(name, len(sizes), None if None in sizes else sum(size or 0 for size in sizes))


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
            artifacts if must_pick else _with_sizes(artifacts, self._reach),
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
        is_page = (facts.content_type or "").startswith("text/html")
        return not is_page and facts.is_part and facts.validator is not None and facts.validator.condition is not None
    return False


def _with_sizes(artifacts: tuple[Artifact, ...], reach: Reach) -> tuple[Artifact, ...]:
    """A folder's listing states no exact size, so each file is asked for; not where they are too many."""
    if not 0 < sum(one.size_bytes is None and _is_remote(one) for one in artifacts) <= _MOST_ASKED_FOR_SIZE:
        return artifacts

    def with_size(artifact: Artifact) -> Artifact:
        if artifact.size_bytes is None and _is_remote(artifact):
            with suppress(BioDataMineError):  # the scan will say what is wrong with it
                return replace(artifact, size_bytes=reach.transport.head(artifact.link).size_bytes)
        return artifact

    with ThreadPoolExecutor(reach.transport.connections_per_host) as threads:
        return tuple(threads.map(with_size, artifacts))


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
