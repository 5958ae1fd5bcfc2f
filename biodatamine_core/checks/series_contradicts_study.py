"""Series whose own description names another part of the body than the description of their study does."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.zones_said import Than, contradictions

if TYPE_CHECKING:
    import duckdb

CODE = "series-contradicts-study"
EXPLANATION = Explanation(
    title="Series and study describe different parts of the body",
    why="A second part of the body was scanned in the same visit, or a protocol made for another part was used: "
    "the label, which follows the series' own words, is then wrong more often than elsewhere.",
    what_to_do="Look at a few of these series on Review, where both texts stand side by side, and set the label right "
    "for all that share it.",
)
_THAN = Than("than its study does", "than their studies do")


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    yield from contradictions(connection, CODE, "StudyDescription", ("description",), ("study",), _THAN)
