"""Long queries that end when the person asks: DuckDB itself asks nobody."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biodatamine_core.errors import Cancelled

if TYPE_CHECKING:
    import duckdb

ASK_EVERY_S = 0.2


@contextmanager
def stoppable(connection: "duckdb.DuckDBPyConnection", check: Callable[[], None]) -> Iterator[None]:
    """Ends the connection's query as soon as check() raises Cancelled, which is then raised here.

    check: called several times a second from a thread of its own, as long as the block lasts.
    """
    import duckdb

    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(ASK_EVERY_S):
            try:
                check()
            except Cancelled:
                connection.interrupt()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    except duckdb.InterruptException:
        check()
        raise
    finally:
        is_over.set()
        watching.join()
