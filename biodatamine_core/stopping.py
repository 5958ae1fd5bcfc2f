"""Long waits that end when the person asks: for a query of DuckDB, or for a server; neither asks anybody itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from biodatamine_core.errors import Cancelled

if TYPE_CHECKING:
    import duckdb

ASK_EVERY_S = 0.2


def stoppable(connection: "duckdb.DuckDBPyConnection", check: Callable[[], None]) -> AbstractContextManager[None]:
    """Ends the connection's query as soon as check() raises Cancelled, which is then raised here."""
    return interruptible(connection.interrupt, check)


@contextmanager
def interruptible(interrupt: Callable[[], None], check: Callable[[], None]) -> Iterator[None]:
    """Calls interrupt() while check() raises Cancelled, which is raised here in place of what that made fail.

    check: called several times a second from a thread of its own, as long as the block lasts.
    """
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(ASK_EVERY_S):
            try:
                check()
            except Cancelled:
                interrupt()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    except Exception:
        check()
        raise
    finally:
        is_over.set()
        watching.join()
