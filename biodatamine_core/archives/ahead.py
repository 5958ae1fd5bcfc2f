"""A compressed content read forward; a large one is unpacked by a process of its own while what comes out is parsed.

Two cores for one pass. A thread would wait for the interpreter's lock, which whoever parses holds most of the time.
"""

import io
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, cast

from biodatamine_core.archives.compressions import opened
from biodatamine_core.archives.tar_headers import Forward
from biodatamine_core.archives.unpacking import Unpacking
from biodatamine_core.records import Content, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile, StoredObject

FROM_PACKED_BYTES = 64 << 20
"""A smaller content is unpacked before a process would be there."""
TOLD = 3
"""The exit code of a process that says on its standard error, as JSON, what ended the stream early."""
_PIPE_BYTES = 1 << 20
"""Who reads it stops now and then, to make a batch of what it read: the other process should not stop with it."""
_BLOCK_BYTES = 1 << 18
_SKIPPED_BYTES = 1 << 20
UNLIMITED = Limits(unpacked_bytes=1 << 63)  # the files are counted, not the stream: --only may want a few of them


@contextmanager
def unpacking(content: Content) -> Iterator[Forward]:
    """What a compressed content holds. read() gives fewer bytes only at the end, or in front of what ends it early.

    That is raised once every byte in front of it was read, at each further read again: UnreadableMember, OSError.
    """
    # What is still on its way or on a server is waited for here: who waits has other things to do meanwhile.
    is_there = isinstance(content, LocalFile | StoredObject)
    stream = Elsewhere(content) if is_there and content.size_bytes >= FROM_PACKED_BYTES else Here(content)
    try:
        yield stream
    finally:
        stream.close()


def blocks(content: Content) -> Iterator[bytes]:
    """All that a compressed content holds. Raises what ends it early, UnreadableMember or OSError, behind it."""
    with content.open() as packed:
        stream = opened(packed, UNLIMITED)
        if stream is not None:
            yield from iter(partial(cast(Unpacking, stream.raw).some, _BLOCK_BYTES), b"")


class Here:
    """Unpacked by whoever reads it."""

    def __init__(self, content: Content) -> None:
        packed = content.open()
        self._stream = opened(packed, UNLIMITED) or cast(io.BufferedReader, packed)
        self._ended_by: Exception | None = None

    def read(self, length: int) -> bytes:
        data = self._some(length)
        while len(data) < length:
            try:
                more = self._some(length - len(data))
            except (UnreadableMember, OSError):
                return data
            if not more:
                break
            data += more
        return data

    def _some(self, at_most: int) -> bytes:
        if self._ended_by is not None:
            raise self._ended_by
        try:
            return self._stream.read1(at_most)
        except (UnreadableMember, OSError) as error:
            self._ended_by = error
            raise

    def close(self) -> None:
        self._stream.close()


class Elsewhere:
    """Unpacked by another process, archives/__main__.py; where that one is killed, the rest is unpacked here."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._position = 0
        self._rest: Forward | None = None
        self.process = subprocess.Popen(
            [sys.executable, "-m", "biodatamine_core.archives"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=_PIPE_BYTES,
        )
        self._stdin, self._stdout, self._stderr = (
            cast(io.BufferedReader, pipe) for pipe in (self.process.stdin, self.process.stdout, self.process.stderr)
        )
        _widen(self._stdout)
        with suppress(BrokenPipeError), self._stdin:  # killed already: then nothing comes out of it
            self._stdin.write(pickle.dumps(content))

    def read(self, length: int) -> bytes:
        data = self._stdout.read(length) if self._rest is None else b""
        self._position += len(data)
        if len(data) == length:
            return data
        if self._rest is None:
            self._rest = self._what_follows()
        try:
            return data + self._rest.read(length - len(data))
        except (UnreadableMember, OSError):
            if data:
                return data
            raise

    def _what_follows(self) -> Forward:
        """What there is to read behind the last byte of the process."""
        said, code = self._stderr.read(), self.process.wait()
        if code == 0:
            return io.BytesIO()
        if code == TOLD:
            return _Damage(_error(json.loads(said)))
        rest = Here(self._content)
        for start in range(0, self._position, _SKIPPED_BYTES):
            rest.read(min(_SKIPPED_BYTES, self._position - start))
        return rest

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self._stdout, self._stderr):
            pipe.close()
        if isinstance(self._rest, Here):
            self._rest.close()


def _widen(pipe: io.BufferedReader) -> None:
    """Let a pipe hold _PIPE_BYTES, where the system has it so: its two ends take half the time."""
    with suppress(ImportError, AttributeError, OSError):  # no Unix; no Linux; more than this user may have
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


class _Damage:
    """The place where a stream ends early."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, length: int, /) -> bytes:
        raise self._error


def told(error: Exception) -> dict[str, Any]:
    """What ended a stream, for the process that reads it."""
    if isinstance(error, UnreadableMember):
        return {"kind": error.problem.kind, "sentence": error.problem.sentence}
    return {"errno": getattr(error, "errno", None), "strerror": getattr(error, "strerror", None)}


def _error(said: dict[str, Any]) -> Exception:
    if "kind" in said:
        return UnreadableMember(ProblemKind(said["kind"]), said["sentence"])
    return OSError(said["errno"], said["strerror"])
