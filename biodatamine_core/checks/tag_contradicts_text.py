"""Series whose BodyPartExamined names another part of the body than their descriptions do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.zones_said import Than, contradictions

if TYPE_CHECKING:
    import duckdb

CODE = "tag-contradicts-text"
EXPLANATION = Explanation(
    title="Body part and description disagree",
    why="BodyPartExamined is often the scanner's default or the organ of interest. Who filters by it trains on other "
    "images than the ones that were meant.",
    what_to_do="Trust the descriptions rather than the tag, look at a few of these series, and do not filter by the "
    "tag alone.",
)
_THAN = Than("in BodyPartExamined than in the description", "in BodyPartExamined than in the description")


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    yield from contradictions(connection, CODE, "BodyPartExamined", ("body-part",), ("description", "study"), _THAN)
