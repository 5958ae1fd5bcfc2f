"""The queue that wakes workers: SQLite in local state on one machine, Redis for several. The documents are the truth.

A ring carries nothing: whoever hears it looks into the documents for the next job. A lost ring costs a second or two,
until a worker looks by itself; a ring too many finds nothing to do.
"""

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from huey import RedisHuey, SqliteHuey
from huey.api import Huey
from huey.registry import Message
from huey.serializer import Serializer

from biodatamine_core.settings import Settings


class _Json(Serializer):  # type: ignore[misc]
    """huey pickles its messages; what others may write into a queue must never be unpickled."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(bytes(data)))


class Doorbell:
    """Rings for workers, and lets one of them answer."""

    def __init__(self, settings: Settings, answer: Callable[[], None] = lambda: None) -> None:
        """answer: what a worker does at a ring; who only rings needs none."""
        common: dict[str, Any] = {"name": "biodatamine", "results": False, "serializer": _Json()}
        settings.make_state_dir()
        if settings.redis_url:
            self.queue: Huey = RedisHuey(url=settings.redis_url, **common)
        else:
            self.queue = SqliteHuey(filename=str(settings.state_dir / "queue.sqlite"), **common)

        def next_job() -> None:
            answer()

        self._next_job = self.queue.task()(next_job)  # named by this module, for who rings and for who answers

    def ring(self) -> None:
        """Wake a worker, unless one is being woken. Raises as away() says."""
        if not self.queue.pending_count():
            self._next_job()


def ring(settings: Settings) -> None:
    """Wake a worker, from a process that is none. Where the queue is away, workers look by themselves."""
    with suppress(*away()):
        doorbell = Doorbell(settings)
        doorbell.ring()
        doorbell.queue.storage.close()


def away() -> tuple[type[Exception], ...]:
    """What a queue raises that cannot be reached, or is locked for too long."""
    from redis.exceptions import RedisError

    return RedisError, sqlite3.OperationalError, OSError
