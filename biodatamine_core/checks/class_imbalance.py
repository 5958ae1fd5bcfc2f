"""Classes of very different size, as the folders name them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.shares import told
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "class-imbalance"
EXPLANATION = Explanation(
    title="Classes of different size",
    why="Who always answers with the largest class looks accurate. A rare class is hardly learned, and hardly tested.",
    what_to_do="Report scores per class rather than accuracy. Weight or resample the classes while training, never in "
    "the test set.",
)

WORTH_KNOWING, CAN_HURT = 2.0, 10.0
"""How many times the largest class is as large as the smallest."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    classes = connection.execute(
        f"""SELECT label, count(*) AS series FROM {READ_SERIES}
            WHERE {IMAGES} AND is_read AND label IS NOT NULL GROUP BY label ORDER BY series DESC, label"""
    ).fetchall()
    if len(classes) < 2 or classes[0][1] < WORTH_KNOWING * classes[-1][1]:
        return
    smallest, fewest = classes[-1]
    found = tally(
        connection, READ_SERIES, IMAGES, "label = $smallest", judged="label IS NOT NULL", values={"smallest": smallest}
    )
    ratio = classes[0][1] / fewest
    images = counted(found.looked_at, "labelled image")
    message = f"{images} of {len(classes):,} classes, {ratio:,.1f} to 1: {told(classes)}"
    severity = Severity.WARNING if ratio >= CAN_HURT else Severity.NOTE
    yield found.finding(CODE, severity, Scope.SERIES, smallest, message)
