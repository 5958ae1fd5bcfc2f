"""One artifact: gone on with where it was left, held against what is known of it, stored under its hash."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from biodatamine_core.addresses import shown
from biodatamine_core.download import expected
from biodatamine_core.download.hashing import Hashing
from biodatamine_core.download.partial import Part, Partial, open_partial
from biodatamine_core.download.transfer import ChangedMeanwhile, Terms, Transfer
from biodatamine_core.errors import Cancelled, DownloadFailed, LimitExceeded, NotFound, NotTheData, PutAside
from biodatamine_core.records import Artifact, Content, ContentTree, Validator
from biodatamine_core.sources import Reach, local_path
from biodatamine_core.storage import LocalFile, LocalFolder, StoredObject

_MOST_BEGINNINGS = 4
_END_BYTES, _END_SHARE = 4 << 20, 1 / 128
"""What comes first of a file whose end is wanted first: the directory of 40,000 files, or of files of 15 kB."""
_WORTHLESS_AFTER = (Cancelled, NotTheData, LimitExceeded)
"""What nobody goes on from: the person stopped it, or it is not what was wanted."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The stored bytes, and what the server said of them. generation: of the partial that they are."""

    content: StoredObject
    validator: Validator | None
    generation: str


def in_place(artifact: Artifact, reach: Reach) -> Content | ContentTree | None:
    """The content where it can be read without a download; None where it cannot."""
    scheme = urlsplit(artifact.url).scheme
    if scheme == "file":
        path = local_path(artifact.url)
        return LocalFolder(path) if path.is_dir() else LocalFile(path, artifact.name)
    if scheme == "stored":
        key = artifact.url.removeprefix("stored:")
        size_bytes = reach.storage.size_bytes(key)
        if size_bytes is None:
            raise NotFound(f"{artifact.name} is not in this storage any more; upload it again.")
        return StoredObject(reach.storage, key, artifact.name, key.rsplit("/", 1)[-1], size_bytes)
    return None


def download(artifact: Artifact, reach: Reach, folder: Path, terms: Terms) -> Downloaded:
    """The artifact's bytes, whole and verified, in the store.

    folder: where unfinished downloads lie. One that was broken off, or whose process was killed, is gone on with when
    the server still has the same bytes; what a person cancelled is removed.
    Raises DownloadFailed, NotTheData, AddressRefused, DiskFull, and LimitExceeded past terms.max_bytes of real bytes.
    """
    algorithm = (artifact.checksum or "").partition(":")[0]
    partial = open_partial(folder, artifact.url)
    hashing = Hashing(partial.path, {"sha256", algorithm} & expected.CHECKSUMS, lambda: partial.frontier)
    try:
        _refuse_stale(partial, artifact, reach, terms)
        hashes = _brought(partial, hashing, artifact, reach, terms)
        content = partial.store(reach.storage, hashes["sha256"], artifact.name)
        return Downloaded(content, partial.validator, partial.generation)
    except BaseException as error:
        hashing.stop()
        is_worthless = isinstance(error, _WORTHLESS_AFTER) and not isinstance(error, PutAside)
        if is_worthless or not partial.can_go_on(artifact):
            partial.discard()
        raise
    finally:
        partial.held.close()


def _brought(partial: Partial, hashing: Hashing, artifact: Artifact, reach: Reach, terms: Terms) -> dict[str, str]:
    """Algorithm -> digest of the whole file. Begins anew where its bytes change on the way."""
    for _ in range(_MOST_BEGINNINGS):
        try:
            Transfer(artifact, reach, partial, hashing, terms).run()
        except ChangedMeanwhile:
            _begin(partial, hashing, [Part(0, None)])
            continue
        hashes = hashing.finished()
        try:
            expected.refuse_other_checksum(hashes, artifact)
        except DownloadFailed:
            was_resumed = partial.was_resumed
            _begin(partial, hashing, [Part(0, None)])
            if not was_resumed:
                raise
            continue
        return hashes
    raise DownloadFailed(
        f"{shown(artifact.url)} changes again and again while it is downloaded; try again when it has settled."
    )


def _begin(partial: Partial, hashing: Hashing, parts: list[Part]) -> None:
    hashing.stop()
    partial.begin(parts)
    hashing.start_over()


def _refuse_stale(partial: Partial, artifact: Artifact, reach: Reach, terms: Terms) -> None:
    """Begin anew unless what is there can be gone on with; a whole one has nothing left that would ask the server."""
    listed = artifact.validator
    if partial.is_whole and listed is None:
        listed = reach.transport.head(artifact.link).validator
    is_same = partial.validator is not None and (listed is None or partial.validator.agrees_with(listed))
    if partial.parts and (is_same or (partial.validator is None and artifact.checksum is not None)):
        return
    partial.begin(_parts(artifact, terms), artifact.size_bytes, listed)


def _parts(artifact: Artifact, terms: Terms) -> list[Part]:
    """Equal parts of a large file whose server can be held to its word; else everything in one."""
    size_bytes, validator = artifact.size_bytes or 0, artifact.validator
    if validator is None or validator.condition is None:
        return [Part(0, None)]
    end = max(0, size_bytes - max(_END_BYTES, int(_END_SHARE * size_bytes))) if terms.is_end_first else size_bytes
    cuts = [0, end] if size_bytes < 2 * terms.part_bytes else [*range(0, end, terms.part_bytes), end]
    if cuts == [0, size_bytes]:
        return [Part(0, None)]
    return [Part(start, stop) for start, stop in pairwise(sorted({*cuts, size_bytes}))]
