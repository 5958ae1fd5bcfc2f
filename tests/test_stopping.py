"""A long query ends when the person asks, and says it as the person's wish."""

import threading

import pytest

from biodatamine_core import database
from biodatamine_core.errors import Cancelled
from biodatamine_core.stopping import stoppable

ENDLESS = "SELECT sum(a.range * b.range) FROM range(10_000_000) a, range(10_000_000) b"


def test_a_query_that_would_take_hours_ends_when_it_is_asked_to() -> None:
    is_asked = threading.Event()
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked > 2:
            is_asked.set()
            raise Cancelled("The scan was asked to stop.")

    with (
        database.connect() as connection,
        pytest.raises(Cancelled, match="asked to stop"),
        stoppable(connection, check),
    ):
        connection.execute(ENDLESS).fetchall()
    assert is_asked.is_set()


def test_a_query_that_nobody_stops_gives_its_answer() -> None:
    with database.connect() as connection, stoppable(connection, lambda: None):
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
