"""Volumes whose slices are sheared against each other: a tilted CT gantry."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_SERIES, VOLUMES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.series.layout import TILT_DEG
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "gantry-tilt"
EXPLANATION = Explanation(
    title="Tilted gantry",
    why="The slices of a tilted scanner are shifted against each other. Stacked straight, as most loaders do, the "
    "volume is sheared: a round skull becomes an oblique one.",
    what_to_do="Resample these volumes with their positions, or convert them with a tool that corrects the tilt, such "
    "as dcm2niix.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found = tally(
        connection,
        READ_SERIES,
        f"{VOLUMES} AND format = 'DICOM'",
        f"gantry_tilt_deg >= {TILT_DEG}",
        judged="gantry_tilt_deg IS NOT NULL",
        detail="max(gantry_tilt_deg)",
    )
    if found.count:
        verb, by = ("is", "by") if found.count == 1 else ("are", "by up to")
        volumes = counted(found.looked_at, "DICOM volume")
        message = f"{found.count:,} of {volumes} {verb} tilted {by} {found.detail:.1f} degrees"
        yield found.finding(CODE, Severity.WARNING, Scope.SERIES, "", message)
