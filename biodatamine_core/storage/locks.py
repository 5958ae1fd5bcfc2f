"""Locks and unfinished files that a crash cannot leave behind: the operating system frees what a dead process held."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

ABANDONED_AFTER_S = 3600.0  # a finished file that waits for its rename holds no lock, but it was written a moment ago

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, wait: bool) -> None:
        # Windows has no flock; one byte far past the end stands for the file, so that its content stays readable.
        os.lseek(descriptor, 1 << 62, os.SEEK_SET)
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                break
            except OSError:  # LK_LOCK gives up after ten seconds; whoever waits asks again
                if not wait:
                    raise
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int, wait: bool) -> None:
        # flock belongs to the open file, not to the process: threads of one process exclude each other as well.
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock that this file stands for; waits for whoever holds it. The file itself stays empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def exclusive_if_free(path: Path) -> Iterator[bool]:
    """The same without waiting: whether the lock is ours, until the block ends. Its holder may remove the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor, wait=False)
        except OSError:
            yield False
        else:
            yield _is_still_at(path, descriptor)
    finally:
        os.close(descriptor)


def _is_still_at(path: Path, descriptor: int) -> bool:
    """False for a lock on a file that its holder removed meanwhile: others lock the one that came after it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def unfinished_file(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file under a random name, to be written, closed and moved away; what is left of it at the end is removed.

    It is locked while it is open, so that `remove_abandoned` of another process leaves it alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / uuid4().hex
    try:
        with path.open("xb") as stream:
            _lock(stream.fileno(), wait=False)
            yield path, stream
    finally:
        path.unlink(missing_ok=True)


def try_hold(path: Path) -> BinaryIO | None:
    """The file, open for reading and writing (made where there is none) and locked until it is closed.

    None where somebody else holds it, or took it away at this very moment.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600), "r+b")
    try:
        _lock(stream.fileno(), wait=False)
        if path.stat().st_ino == os.fstat(stream.fileno()).st_ino:
            return stream
    except OSError:  # locked, or moved away between the two steps
        pass
    stream.close()
    return None


def remove_abandoned(folder: Path, older_than_s: float = ABANDONED_AFTER_S) -> None:
    """Remove the unfinished files that dead processes left in this folder; those of living ones are locked or young."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        try:
            if time.time() - entry.stat(follow_symlinks=False).st_mtime > older_than_s and not _is_held(
                Path(entry.path)
            ):
                Path(entry.path).unlink()
        except FileNotFoundError:
            continue  # its writer finished, or another process was faster


def _is_held(path: Path) -> bool:
    try:
        with path.open("r+b") as stream:
            _lock(stream.fileno(), wait=False)
    except FileNotFoundError:
        raise
    except OSError:  # locked, or another user's
        return True
    return False
