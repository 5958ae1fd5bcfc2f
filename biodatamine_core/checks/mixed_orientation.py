"""Volumes that are stored in different directions."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.shares import stray_severity, told
from biodatamine_core.checks.tally import READ_SERIES, VOLUMES, tally
from biodatamine_core.records import Scope
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "mixed-orientation"
EXPLANATION = Explanation(
    title="Volumes in different directions",
    why="Loaded as arrays, an axial and a sagittal volume have their axes in another order, and RAS and LPS are mirror "
    "images: left and right change sides without a word.",
    what_to_do="Bring all volumes into one direction while loading (nibabel.as_closest_canonical, SimpleITK's "
    "DICOMOrient), or filter by orientation.",
)


def _axis(column: int) -> str:
    """The direction in which an axis of the array runs, from its column of the affine: R, L, A, P, S or I."""
    x, y, z = (f"affine_ras[{4 * row + column}]" for row in range(3))
    return f"""CASE greatest(abs({x}), abs({y}), abs({z}))
               WHEN abs({x}) THEN if({x} > 0, 'R', 'L') WHEN abs({y}) THEN if({y} > 0, 'A', 'P')
               ELSE if({z} > 0, 'S', 'I') END"""


# A file with an affine says how its array lies; a stack of slices only its plane.
_DIRECTED = f"""(
    SELECT judged.*, coalesce(codes, orientation) AS direction
    FROM {READ_SERIES} AS judged LEFT JOIN (
        SELECT file_id AS middle_file_id, {_axis(1)} || {_axis(2)} || {_axis(3)} AS codes
        FROM files WHERE len(affine_ras) = 16
    ) USING (middle_file_id)
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found: dict[str, list[tuple[str, int]]] = {}
    for format, direction, volumes in connection.execute(
        f"""SELECT format, direction, count(*) AS volumes FROM {_DIRECTED}
            WHERE {VOLUMES} AND is_read AND direction IS NOT NULL
            GROUP BY ALL ORDER BY format, volumes DESC, direction"""
    ).fetchall():
        found.setdefault(format, []).append((direction, volumes))
    for format, directions in found.items():
        if len(directions) < 2:
            continue
        strays = tally(
            connection,
            _DIRECTED,
            f"{VOLUMES} AND format = $format",
            "direction != $main",
            judged="direction IS NOT NULL",
            values={"format": format, "main": directions[0][0]},
        )
        volumes = counted(strays.looked_at, f"{format} volume")
        message = f"{volumes} in {len(directions)} directions: {told(directions)}"
        yield strays.finding(CODE, stray_severity(directions), Scope.SERIES, format, message)
