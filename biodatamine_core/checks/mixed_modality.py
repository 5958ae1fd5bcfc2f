"""Datasets that mix modalities, on purpose or by a few strays."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.shares import stray_severity, told
from biodatamine_core.checks.tally import ALL_SERIES, IMAGES, tally
from biodatamine_core.records import Scope
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "mixed-modality"
EXPLANATION = Explanation(
    title="More than one modality",
    why="CT, MR and X-ray have different values, sizes and meanings. A few series of another modality are usually "
    "strays, such as a scanned form among CTs, and are trained on unnoticed.",
    what_to_do="Filter by modality. Where the mix is meant, check that it does not go with the label.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    groups = connection.execute(
        """SELECT modality_group, count(*) AS series FROM series WHERE role = 'image'
           GROUP BY modality_group ORDER BY series DESC, modality_group"""
    ).fetchall()
    known = [(group, series) for group, series in groups if group != "Unknown"]
    if len(known) < 2:
        return
    found = tally(
        connection,
        ALL_SERIES,
        IMAGES,
        "modality_group != $main",
        judged="modality_group != 'Unknown'",
        values={"main": known[0][0]},
    )
    message = f"{counted(found.looked_at, 'series', 'series')} of {len(known)} modality groups: {told(known)}"
    yield found.finding(CODE, stray_severity(known), Scope.SERIES, "", message)
