"""How much the labels of each image series are in doubt. Judged once, when a version is made; Review lists by it."""

from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biodatamine_core import vocabulary
from biodatamine_core.records import Watcher
from biodatamine_core.tables import Writer

if TYPE_CHECKING:
    import duckdb


class Doubt(IntEnum):
    """Why a label should be looked at, the most urgent first."""

    CONTRADICTED = 0
    UNKNOWN = 1
    MEASURED = 2
    """Such evidence was right as often as its confidence says; the less, the earlier it comes."""
    UNMEASURED = 3
    SETTLED = 4
    """A person said so."""


IMAGES = "role = 'image' AND NOT coalesce(is_mask, false)"
"""SQL over `series`. Masks are nobody's to judge by themselves."""

SERIES_AT_ONCE = 65_536


def _judged(within: str) -> str:
    """SQL: the rows of `series_doubts` for the series of a stretch, from `series` and `clues`. Asks for _groups().

    That most of the dataset shows another part makes a label less certain, but is no evidence of its own against it.
    """
    return f"""
WITH groups AS (SELECT unnest($codes) AS value, unnest($groups) AS said_group),
images AS (
    SELECT series_id, modality, modality_group, modality_confidence, anatomy_zones, anatomy_confidence
    FROM series WHERE {IMAGES} AND {within}
), said AS (
    SELECT series_id, about, bool_or(source = 'person') AS is_settled, bool_or(source <> 'dataset' AND CASE about
        WHEN 'modality' THEN value <> 'OT' AND coalesce(said_group, 'Other') <> modality_group
        ELSE NOT list_has_any(zones, anatomy_zones)
            AND NOT list_contains(list_concat(zones, anatomy_zones), 'whole_body') END) AS is_contradicted
    FROM (
        SELECT series_id, about, value, source, string_split(split_part(value, ':', 1), '+') AS zones
        FROM clues WHERE {within}
    ) JOIN images USING (series_id) LEFT JOIN groups USING (value) GROUP BY ALL
), judged AS (
    SELECT series_id, about, confidence, CASE
        WHEN is_settled THEN {Doubt.SETTLED:d}
        WHEN is_contradicted THEN {Doubt.CONTRADICTED:d}
        WHEN is_unknown THEN {Doubt.UNKNOWN:d}
        WHEN confidence IS NULL THEN {Doubt.UNMEASURED:d}
        ELSE {Doubt.MEASURED:d} END AS doubt,
        doubt + CASE doubt WHEN {Doubt.MEASURED:d} THEN least(confidence, 0.999) ELSE 0 END AS urgency
    FROM (
        SELECT series_id, 'modality' AS about, modality = 'unknown' AS is_unknown, modality_confidence AS confidence
        FROM images
        UNION ALL
        SELECT series_id, 'anatomy', len(anatomy_zones) = 0, anatomy_confidence FROM images
    ) LEFT JOIN said USING (series_id, about)
)
SELECT series_id, min(urgency)::DOUBLE AS urgency, arg_min(about, urgency) AS about,
       arg_min(doubt, urgency)::BIGINT AS doubt, arg_min_null(confidence, urgency)::DOUBLE AS confidence
FROM judged GROUP BY series_id
"""


def write(connection: "duckdb.DuckDBPyConnection", doubts: Path, watcher: Watcher | None = None) -> None:
    """The table `series_doubts`. The connection has `series`, `clues` and `series_places`; the watcher may raise.

    A stretch of series at a time: what is said of a million at once does not fit in the memory of a scan.
    """
    firsts = connection.execute(
        f"SELECT series_id FROM series_places WHERE by_id % {SERIES_AT_ONCE} = 0 ORDER BY by_id"
    ).fetchall()
    bounds = [*(_quoted(first) for (first,) in firsts), None]
    with Writer("series_doubts", doubts) as writer:
        for first, until in pairwise(bounds):
            if watcher is not None:
                watcher.check()
            within = f"series_id >= {first}" + (f" AND series_id < {until}" if until is not None else "")
            rows = connection.sql(f"{_judged(within)} ORDER BY series_id", params=_groups())
            writer.append_batches(rows.to_arrow_table().to_batches())


def remember(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `doubts` for this connection, once. A version from before this was kept is judged here."""
    if connection.execute("SELECT 1 FROM series_doubts LIMIT 1").fetchall():
        connection.execute("CREATE TEMP VIEW IF NOT EXISTS doubts AS FROM series_doubts")
    else:
        connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS doubts AS {_judged('true')}", _groups())


def _groups() -> dict[str, Any]:
    codes = vocabulary.modalities()
    return {"codes": codes, "groups": [vocabulary.modality_group(code) for code in codes]}


def _quoted(series_id: str) -> str:
    """As SQL: it stands in the query so that row groups beyond it are not read."""
    return "'" + series_id.replace("'", "''") + "'"
