"""Volumes of one modality whose voxels differ much in size."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import READ_SERIES, VOLUMES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "mixed-spacing"
EXPLANATION = Explanation(
    title="Voxels of different sizes",
    why="An array does not know millimetres. Fed as they are, volumes of 0.7 mm and of 5 mm slices show the same organ "
    "in different shapes, and the network learns the protocol.",
    what_to_do="Resample to one spacing before training, and check that slice thickness does not go with the label.",
)

FACTOR = 2.0
"""Finer or coarser than the median by this factor is another protocol; less is the usual choice of a field of view."""

_SPACED = f"""
SELECT modality_group, median(spacing_mm[1]), median(spacing_mm[3]),
       min(spacing_mm[1]), max(spacing_mm[1]), min(spacing_mm[3]), max(spacing_mm[3])
FROM series WHERE {VOLUMES} AND len(spacing_mm) >= 3 GROUP BY modality_group HAVING count(*) > 1 ORDER BY 1
"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    for group, within_mm, between_mm, finest, coarsest, thinnest, thickest in connection.execute(_SPACED).fetchall():
        found = tally(
            connection,
            READ_SERIES,
            f"{VOLUMES} AND modality_group = $group",
            f"""greatest(spacing_mm[1] / $within, $within / spacing_mm[1],
                         spacing_mm[3] / $between, $between / spacing_mm[3]) >= {FACTOR}""",
            judged="len(spacing_mm) >= 3",
            values={"group": group, "within": within_mm, "between": between_mm},
        )
        if found.count:
            noun = "volume" if group == "Unknown" else f"{group} volume"
            message = (
                f"{found.count:,} of {counted(found.looked_at, noun)} {'is' if found.count == 1 else 'are'} "
                f"{FACTOR:.0f} times or more finer or coarser than the median: "
                f"pixels of {finest:.3g} to {coarsest:.3g} mm, slices every {thinnest:.3g} to {thickest:.3g} mm"
            )
            yield found.finding(CODE, Severity.NOTE, Scope.SERIES, group, message)
