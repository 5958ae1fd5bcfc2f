"""Series whose BodyPartExamined names another part of the body than their descriptions do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.zones_said import contradictions
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

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


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    with contradictions(connection, ("body-part",), ("description", "study")) as found:
        if found is not None:
            count, verb = found.tally.count, "names" if found.tally.count == 1 else "name"
            message = (
                f"{count:,} of {counted(found.tally.looked_at, 'series', 'series')} {verb} "
                f"another part of the body in BodyPartExamined than in the description: {found.told}"
            )
            yield found.tally.finding(CODE, Severity.WARNING, Scope.SERIES, "BodyPartExamined", message)
