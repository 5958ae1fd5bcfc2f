"""Datasets that mix modalities, on purpose or by a few strays."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation
from biodatamine_core.checks.shares import stray_severity, told
from biodatamine_core.records import Finding, Scope
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


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    groups = connection.execute(
        """SELECT modality_group, count(*) AS series FROM series WHERE role = 'image'
           GROUP BY modality_group ORDER BY series DESC, modality_group"""
    ).fetchall()
    known = [(group, series) for group, series in groups if group != "Unknown"]
    if len(known) < 2:
        return
    looked_at = sum(series for _, series in known)
    not_judged = sum(series for group, series in groups if group == "Unknown")
    main, most = known[0]
    (examples,) = connection.execute(
        "SELECT min(path, 10) FROM series WHERE role = 'image' AND modality_group NOT IN (?, 'Unknown')", [main]
    ).fetchall()[0]
    message = f"{counted(looked_at, 'series', 'series')} of {len(known)} modality groups: {told(known)}"
    count = looked_at - most
    yield Finding(CODE, stray_severity(known), Scope.SERIES, "", message, count, looked_at, not_judged, tuple(examples))
