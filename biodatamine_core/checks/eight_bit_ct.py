"""CT whose Hounsfield units were cut down to 256 grey levels."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "eight-bit-ct"
EXPLANATION = Explanation(
    title="CT of 8 bits",
    why="CT measures from -1,024 to some thousand Hounsfield units. In 256 grey levels only one window of that is "
    "left: no other window can be chosen, and the values mean something else in every image.",
    what_to_do="Ask for the original DICOM files. Do not mix these with CT in Hounsfield units.",
)

GREY_LEVELS = 256

# Screenshots of a CT have a finding of their own: sop-class-contradicts-modality.
_CT = f"""{IMAGES} AND modality_group = 'CT'
    AND NOT starts_with(coalesce(sop_class_uid, ''), '1.2.840.10008.5.1.4.1.1.7')"""
_RANGED = f"""(
    SELECT judged.*, ranges.lowest, ranges.highest
    FROM {READ_SERIES} AS judged LEFT JOIN (
        SELECT series_id, min(value_min) AS lowest, max(value_max) AS highest FROM files
        WHERE series_id IS NOT NULL GROUP BY series_id HAVING count(*) = count(value_min)
    ) AS ranges USING (series_id)
)"""
_IS_WINDOWED = f"lowest >= 0 AND highest > 1 AND highest < {GREY_LEVELS}"


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """By how the values are stored, or where 16 bits hold no more than 8, by the values themselves."""
    found = tally(
        connection,
        _RANGED,
        _CT,
        f"dtype IN ('uint8', 'int8') OR ({_IS_WINDOWED})",
        judged="dtype IS NOT NULL",
    )
    if found.count:
        verb = "holds" if found.count == 1 else "hold"
        message = f"{found.count:,} of {counted(found.looked_at, 'CT series', 'CT series')} {verb} 8-bit grey values"
        yield found.finding(CODE, Severity.WARNING, Scope.SERIES, "", message)
