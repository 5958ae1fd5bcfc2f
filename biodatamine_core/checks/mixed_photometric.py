"""Grey and coloured images side by side."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.shares import stray_severity, told
from biodatamine_core.checks.tally import READ_SERIES, tally
from biodatamine_core.records import Scope
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "mixed-photometric"
EXPLANATION = Explanation(
    title="Grey and coloured images",
    why="A network takes one number of channels. Loaders turn grey into colour or drop an alpha channel on their own, "
    "and where colour goes with a class or a site it is learned instead of the disease.",
    what_to_do="Decide on one number of channels and convert while loading. Look at the strays first: screenshots and "
    "scanned forms are often the coloured ones.",
)

# Whether grey is stored as a negative is the finding of `inverted`.
_COLOURED = f"""(
    SELECT judged.*, CASE
        WHEN kind LIKE 'MONOCHROME%' OR (kind IS NULL AND judged.channels = 1) THEN 'grey'
        WHEN kind LIKE 'PALETTE%' THEN 'palette'
        WHEN judged.channels = 2 THEN 'grey with alpha'
        WHEN judged.channels = 3 THEN 'colour'
        WHEN judged.channels = 4 THEN 'colour with alpha'
        END AS colours
    FROM {READ_SERIES} AS judged LEFT JOIN (
        SELECT file_id AS middle_file_id, photometric_interpretation AS kind FROM files
    ) USING (middle_file_id)
)"""
_WHERE = "role = 'image' AND modality_group = $group"


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """Within a modality: that a CT is grey and a photograph coloured is no finding."""
    mixes: dict[str, list[tuple[str, int]]] = {}
    for group, colours, series in connection.execute(
        f"""SELECT modality_group, colours, count(*) AS series FROM {_COLOURED}
            WHERE role = 'image' AND is_read AND colours IS NOT NULL
            GROUP BY ALL ORDER BY modality_group, series DESC, colours"""
    ).fetchall():
        mixes.setdefault(group, []).append((colours, series))
    for group, mix in mixes.items():
        if len(mix) < 2:
            continue
        strays = tally(
            connection,
            _COLOURED,
            _WHERE,
            "colours != $main",
            judged="colours IS NOT NULL",
            values={"group": group, "main": mix[0][0]},
        )
        noun = "image series" if group == "Unknown" else f"{group} series"
        images = counted(strays.looked_at, noun, noun)
        message = f"{images} of {len(mix)} kinds of colour: {told(mix)}"
        yield strays.finding(CODE, stray_severity(mix), Scope.SERIES, group, message)
