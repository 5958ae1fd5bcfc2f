"""Where a scan keeps its unfinished tables: a folder per work, so that who goes on with it finds what was done."""

import hashlib
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from biodatamine_core.errors import PutAside, StorageUnavailable
from biodatamine_core.storage.locks import exclusive_if_free

ABANDONED_AFTER_S = 24 * 3600.0


@contextmanager
def staging_folder(state_dir: Path, work: str) -> Iterator[Path]:
    """The folder of this work. It is kept where the work is put aside, or its process dies, for a day; else removed.

    work: the same for the same work, and for no other: an attempt finds what the one before it left. Where another
    process is in the folder still (its lease was taken from it), this one gets an empty folder of its own.
    """
    parent = state_dir / "staging"
    parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(parent)
    folder = parent / hashlib.sha256(work.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    lock = folder.with_suffix(".lock")
    with exclusive_if_free(lock) as is_ours:
        if not is_ours:
            folder = parent / uuid.uuid4().hex
        folder.mkdir(exist_ok=True)
        is_kept = False
        try:
            yield folder
        except (PutAside, StorageUnavailable):
            is_kept = is_ours
            raise
        finally:
            if not is_kept:
                shutil.rmtree(folder, ignore_errors=True)
            if is_ours and not is_kept:
                with suppress(OSError):  # Windows removes no file that is open
                    lock.unlink()


def _remove_abandoned(parent: Path) -> None:
    for old in parent.iterdir():
        with suppress(FileNotFoundError):  # another process removes it at the same moment
            if not _is_abandoned(old):
                continue
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.unlink()


def _is_abandoned(path: Path) -> bool:
    """Nothing in it was written to for a day: its run is dead. A live run appends to its tables all the time."""
    newest = max(found.stat().st_mtime for found in [path, *path.rglob("*")])
    return time.time() - newest > ABANDONED_AFTER_S
