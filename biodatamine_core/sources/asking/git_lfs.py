"""Files that Git LFS keeps outside a repository: which they are, and where their bytes are.

Source: git-lfs/docs/spec.md and docs/api/batch.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase

from biodatamine_core.errors import BioDataMineError
from biodatamine_core.sources.asking.service import Answer, Service
from biodatamine_core.sources.interface import Reach

_MEDIA_TYPE = "application/vnd.git-lfs+json"
_MOST_POINTER_BYTES = 1024  # the specification's own limit
_LEAST_POINTER_BYTES = 120
_AT_ONCE = 6
_PER_BATCH = 100
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-.+\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,18})\n?"
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """What stands in the repository for a file: its SHA-256 and its size."""

    sha256: str
    size_bytes: int


def pointer_in(data: bytes) -> Pointer | None:
    found = _POINTER.fullmatch(data)
    return Pointer(found[1].decode(), int(found[2])) if found else None


def may_be_pointer(size_bytes: int | None) -> bool:
    return size_bytes is not None and _LEAST_POINTER_BYTES <= size_bytes <= _MOST_POINTER_BYTES


def kept_by_lfs(attributes: Mapping[str, bytes], path: str) -> bool:
    """Whether a .gitattributes says so. It may be too generous: the file itself tells whether it is a pointer.

    attributes: folder ("" or "a/b/") -> the .gitattributes in it.
    """
    return any(
        path.startswith(folder)
        and (fnmatchcase(path, folder + pattern.lstrip("/")) or fnmatchcase(path.rsplit("/", 1)[-1], pattern))
        for folder, data in attributes.items()
        for pattern in _patterns(data)
    )


def pointers(urls: Mapping[str, str], reach: Reach) -> dict[str, Pointer]:
    """Path -> pointer, for those of the files that are one. urls: path -> where its bytes in the repository are."""

    def read(url: str) -> Pointer | None:
        return pointer_in(small_file(url, reach))

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pointers") as pool:
        found = zip(urls, pool.map(read, urls.values()), strict=True)
        return {path: pointer for path, pointer in found if pointer is not None}


def small_file(url: str, reach: Reach, most_bytes: int = _MOST_POINTER_BYTES) -> bytes:
    """At most so many bytes and one chunk of it."""
    data = bytearray()
    with reach.transport.stream(url) as (_, chunks):
        for chunk in chunks:
            data += chunk
            if len(data) > most_bytes:
                break
    return bytes(data)


def links(server_url: str, wanted: Sequence[Pointer], service: Service, reach: Reach) -> dict[str, str]:
    """SHA-256 -> a signed address that gives the bytes for a while, of those that the server gives out.

    server_url: "https://host/owner/repository.git/info/lfs".
    """
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _PER_BATCH):
        objects = [{"oid": one.sha256, "size": one.size_bytes} for one in wanted[start : start + _PER_BATCH]]
        question = {"operation": "download", "transfers": ["basic"], "objects": objects, "hash_algo": "sha256"}
        try:
            answer = service.post(
                f"{server_url}/objects/batch", question, _MEDIA_TYPE, reach, "the files kept by Git LFS"
            )
        except BioDataMineError:
            return found  # a quota that is used up: the pointers are scanned, and the check on placeholders tells
        found |= dict(_given(answer))
    return found


def _given(answer: Answer) -> Iterator[tuple[str, str]]:
    for item in answer.items("objects"):
        sha256, url = item.text("oid"), item.text("actions", "download", "href")
        # A header would be a credential for one address, which only the batch's own client knows to keep apart.
        if sha256 and url and not item.has("actions", "download", "header"):
            yield sha256, url


def _patterns(data: bytes) -> Iterator[str]:
    for line in data.decode(errors="replace").splitlines():
        words = line.split()
        if len(words) > 1 and not line.startswith("#") and "filter=lfs" in words[1:]:
            yield words[0].strip('"')
