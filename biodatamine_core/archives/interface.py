"""What every archive promises, and the sentences for what is too large."""

from collections.abc import Iterator
from typing import Protocol

from biodatamine_core.errors import LimitExceeded
from biodatamine_core.records import Content, Member
from biodatamine_core.settings import GIGABYTE, Limits

HEAD_BYTES = 512  # what `recognises` is shown: a tar's first header

# What no medical file reaches and every zip bomb does: refused as one file, whatever the limits allow.
BOMB_RATIO = 1000
BOMB_BYTES = 100_000_000


class Archive(Protocol):
    """One kind of archive: a module with these names. Decided by content, never by the file's name."""

    def recognises(self, content: Content, head: bytes) -> bool:
        """head: the first HEAD_BYTES of the content. Cheap, and never raises for strange bytes."""
        ...

    def is_streamed(self, content: Content) -> bool:
        """Members come in one pass: each must be read before the next one is taken, in this process.

        Where it is False a member may be read at any time, several at once, and pickled to another process.
        """
        ...

    def members(self, content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
        """Every file whose path meets the glob `only`, in the archive's order; folders are no files.

        What must not or cannot be read is a Member with a refusal. Where the rest of the archive cannot even be
        listed, the last Member carries the archive's own path and says so: a part is never taken for the whole.
        Raises UnreadableContent where nothing can be listed at all, LimitExceeded.
        """
        ...

    def stated_files(self, content: Content) -> int | None:
        """How many files the archive says it holds, for the progress bar only; None where it says nothing."""
        ...


def is_bomb(unpacked_bytes: int, packed_bytes: int) -> bool:
    return unpacked_bytes > BOMB_BYTES and unpacked_bytes > BOMB_RATIO * packed_bytes


def too_many_bytes(name: str, unpacked_bytes: int, limits: Limits) -> LimitExceeded:
    return LimitExceeded(
        f"{name} holds {_gigabytes(unpacked_bytes)} GB unpacked "
        f"(limit BIODATAMINE_MAX_UNPACKED_GB={_gigabytes(limits.unpacked_bytes)}); "
        f'raise the limit, or scan a part with --only "ct/*".'
    )


def too_many_files(name: str, limits: Limits) -> LimitExceeded:
    return LimitExceeded(
        f"{name} holds more than {limits.files:,} files (limit BIODATAMINE_MAX_FILES={limits.files}); "
        f'raise the limit, or scan a part with --only "ct/*".'
    )


def _gigabytes(size_bytes: int) -> str:
    """Three digits are enough for a person: "12.4", "0.00105"."""
    return f"{size_bytes / GIGABYTE:.3g}" if size_bytes < 1000 * GIGABYTE else f"{size_bytes / GIGABYTE:.0f}"
