"""Whether the disk has room for what is to come."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biodatamine_core.errors import DiskFull
from biodatamine_core.settings import GIGABYTE
from biodatamine_core.storage import LocalStorage, Storage

_MOST_RESERVED_BYTES = GIGABYTE
_RESERVED_SHARE = 0.01
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def require(folder: Path, storage: Storage, bytes_to_come: int, name: str) -> None:
    """Raise DiskFull unless the scratch folder and a local store can take so much more, and a little beside it.

    Where both are on one disk the bytes are needed once: the finished file is moved.
    """
    needed = {_disk(folder): folder}
    if isinstance(storage, LocalStorage):
        needed[_disk(storage.root)] = storage.root
    for place in needed.values():
        usage = shutil.disk_usage(_existing(place))
        reserved_bytes = min(_MOST_RESERVED_BYTES, int(usage.total * _RESERVED_SHARE))
        if usage.free - bytes_to_come < reserved_bytes:
            raise DiskFull(
                f"{name} needs {bytes_to_come / GIGABYTE:,.3f} GB more, and the disk of {place} has "
                f"{usage.free / GIGABYTE:,.3f} GB free. Make room there and scan again; what arrived is kept."
            )


@contextmanager
def full_disk_in_words(folder: Path, name: str) -> Iterator[None]:
    """A write that finds no room ends in the sentence that `require` would have said."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"The disk of {folder} took no more of {name}: {os.strerror(error.errno or 0)}. "
            "Make room there and scan again; what arrived is kept."
        ) from error


def _disk(folder: Path) -> int:
    return _existing(folder).stat().st_dev


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
