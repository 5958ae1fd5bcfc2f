"""A bucket as a tree of files that stay where they are: read by range, the next ones ahead, nothing stored."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, NamedTuple

from biodatamine_core.download.by_range import ByRange
from biodatamine_core.records import Artifact, Origin, OriginKind
from biodatamine_core.sources import Source
from biodatamine_core.storage.ranged_stream import ranged_stream

SOURCES = frozenset({"s3", "gcs", "azure"})
"""The kinds whose listings state an ETag that their objects carry."""
_BLOCK_BYTES = 4 << 20
"""Of one request. Most files of one slice are smaller and come whole, at the first look at them."""
_MOST_KEPT_BYTES = 64 << 20
"""A shard of small objects (scan.sharding), which are looked at before they are read, and those that come ahead."""
_AHEAD = 6
_TICK_S = 0.1


class Block(NamedTuple):
    """A stretch of one object, by their places in the tree and in the object."""

    number: int
    ordinal: int

    @property
    def start(self) -> int:
        return self.ordinal * _BLOCK_BYTES


def is_readable_in_place(source: Source, artifacts: Sequence[Artifact]) -> bool:
    """Whether every object of a bucket can be held to what its listing says of it, each under a name of its own."""
    are_bound = all(
        artifact.size_bytes is not None and artifact.validator is not None and artifact.validator.condition is not None
        for artifact in artifacts
    )
    names = {artifact.name for artifact in artifacts}
    return source.kind in SOURCES and are_bound and len(names) == len(artifacts)


def read_in_place(source: Source, artifacts: Sequence[Artifact], server: ByRange) -> "list[BucketTree]":
    """The bucket as one tree; nothing where its server sends no parts of what was listed, and server.notes says so."""
    filled = next((artifact for artifact in artifacts if artifact.size_bytes), None)
    if filled is not None and not server.sends_parts_of(filled):
        return []
    return [BucketTree(source, artifacts, server)]


class BucketTree:
    """A ServedTree: the listed objects of a bucket under their names. Read by one thread; others bring its bytes.

    An object that is not what was listed, by its ETag, raises DownloadFailed: what is read is never a mixture.
    """

    def __init__(self, source: Source, artifacts: Sequence[Artifact], server: ByRange) -> None:
        self.name = source.title
        self._address, self._server = source.url, server
        self._artifacts = sorted(artifacts, key=lambda artifact: artifact.name)
        self._numbers = {artifact.name: number for number, artifact in enumerate(self._artifacts)}
        self._kept: OrderedDict[Block, Future[bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._last: Block | None = None

    @property
    def identity(self) -> str:
        facts = [
            f"{one.url}\0{one.validator.condition if one.validator else ''}\0{one.size_bytes}"
            for one in self._artifacts
        ]
        return f"bucket:{hashlib.sha256(chr(10).join(facts).encode(errors='surrogateescape')).hexdigest()}"

    @property
    def size_bytes(self) -> int:
        return sum(artifact.size_bytes or 0 for artifact in self._artifacts)

    @property
    def fetched_bytes(self) -> int:
        return self._server.received_bytes

    @property
    def origin(self) -> Origin:
        return Origin(OriginKind.BUCKET, self._address, self.name, self.identity, self.size_bytes)

    def raise_failure(self) -> None:
        self._server.raise_failure()

    def entries(self) -> "Iterator[tuple[str, BucketObject]]":
        for number, artifact in enumerate(self._artifacts):
            yield artifact.name, BucketObject(self, number, artifact)

    def entry(self, path: str) -> "BucketObject | None":
        number = self._numbers.get(path)
        return None if number is None else BucketObject(self, number, self._artifacts[number])

    def bytes_of(self, number: int, start: int, stop: int) -> bytes:
        """Of one object from start on, at least one; waits for them.

        Raises DownloadFailed, LimitExceeded, and what the server's check raises.
        """
        block = Block(number, start // _BLOCK_BYTES)
        coming = self._asked_once(block)
        if block != self._last:
            if block == self._behind(self._last):  # read in order: the next ones may come meanwhile
                self._ask_ahead(block)
            self._last = block
        first = start - block.start
        return self._waited_for(coming)[first : first + stop - start]

    def _ask_ahead(self, block: "Block") -> None:
        following: Block | None = block
        for _ in range(_AHEAD):
            following = self._behind(following)
            if following is None:
                return
            self._asked_once(following)

    def _behind(self, block: "Block | None") -> "Block | None":
        """The block that is read after this one where all is read in order; the first of all behind None."""
        if block is not None and block.start + _BLOCK_BYTES < self._size_bytes(block.number):
            return Block(block.number, block.ordinal + 1)
        after = range(0 if block is None else block.number + 1, len(self._artifacts))
        return next((Block(number, 0) for number in after if self._size_bytes(number)), None)

    def _asked_once(self, block: "Block") -> "Future[bytes]":
        """A block on its way or here; the oldest go where there are too many."""
        if block in self._kept:
            return self._kept[block]
        artifact, stop = self._artifacts[block.number], self._stop(block)
        while self._kept and self._kept_bytes + stop - block.start > _MOST_KEPT_BYTES:
            oldest, _ = self._kept.popitem(last=False)
            self._kept_bytes -= self._stop(oldest) - oldest.start
        if artifact.validator is None:
            raise AssertionError("is_readable_in_place asks for one")
        self._kept[block] = self._server.begin(artifact, artifact.validator, block.start, stop)
        self._kept_bytes += stop - block.start
        return self._kept[block]

    def _stop(self, block: "Block") -> int:
        return min(block.start + _BLOCK_BYTES, self._size_bytes(block.number))

    def _size_bytes(self, number: int) -> int:
        return self._artifacts[number].size_bytes or 0

    def _waited_for(self, coming: "Future[bytes]") -> bytes:
        while not wait([coming], _TICK_S).done:
            self._server.check()
        return coming.result()


@dataclass(frozen=True, slots=True)
class BucketObject:
    """One object of a BucketTree, as a Content."""

    tree: BucketTree = field(repr=False)
    number: int
    artifact: Artifact

    @property
    def name(self) -> str:
        return self.artifact.name.rpartition("/")[2]

    @property
    def identity(self) -> str:
        condition = self.artifact.validator.condition if self.artifact.validator else None
        return f"object:{self.artifact.url}:{condition}"

    @property
    def size_bytes(self) -> int:
        return self.artifact.size_bytes or 0

    def open(self) -> BinaryIO:
        return ranged_stream(partial(self.tree.bytes_of, self.number), self.size_bytes)
