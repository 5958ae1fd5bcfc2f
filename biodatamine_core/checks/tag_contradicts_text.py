"""Series whose BodyPartExamined names another part of the body than their descriptions do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core import vocabulary
from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
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

TOLD_PAIRS = 3
_NEIGHBOURS = {
    frozenset({"breast", "chest"}),
    *(frozenset({"spine", zone}) for zone in ("neck", "chest", "abdomen", "pelvis")),
    *(frozenset({"fetus", zone}) for zone in ("abdomen", "pelvis")),
    frozenset({"head", "neck"}),
}
"""Zones that share their place in the body: naming one for the other is no contradiction."""

_SAID = """
SELECT tag.zones, text.zones, count(*) AS series FROM said AS tag JOIN said AS text USING (series_id)
WHERE tag.source = 'body-part' AND text.source = 'description' GROUP BY ALL ORDER BY series DESC, 1, 2
"""
_ZONES = """
CREATE OR REPLACE TEMP TABLE said AS
SELECT series_id, if(source = 'study', 'description', source) AS source,
    list_sort(list_distinct(flatten(list(string_split(split_part(value, ':', 1), '+'))))) AS zones
FROM clues WHERE about = 'anatomy' AND source IN ('body-part', 'description', 'study') GROUP BY ALL
"""
_JUDGED = f"""(
    SELECT judged.*, tag.zones AS tag_zones, text.zones AS text_zones
    FROM {READ_SERIES} AS judged
    LEFT JOIN (SELECT * FROM said WHERE source = 'body-part') AS tag USING (series_id)
    LEFT JOIN (SELECT * FROM said WHERE source = 'description') AS text USING (series_id)
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    connection.execute(_ZONES)
    pairs = [pair for pair in connection.execute(_SAID).fetchall() if not _agree(pair[0], pair[1])]
    if pairs:
        found = tally(
            connection,
            _JUDGED,
            f"{IMAGES} AND format = 'DICOM'",
            "list_contains($pairs, concat_ws('/', tag_zones::VARCHAR, text_zones::VARCHAR))",
            judged="tag_zones IS NOT NULL AND text_zones IS NOT NULL",
            values={"pairs": [f"{_listed(tag)}/{_listed(text)}" for tag, text, _ in pairs]},
        )
        if found.count:
            verb = "names" if found.count == 1 else "name"
            named = ", ".join(
                f"{_named(tag)} against {_named(text)} ({series:,})" for tag, text, series in pairs[:TOLD_PAIRS]
            )
            message = (
                f"{found.count:,} of {counted(found.looked_at, 'series', 'series')} {verb} another part of the body in "
                f"BodyPartExamined than in the description: {named}{', ...' if len(pairs) > TOLD_PAIRS else ''}"
            )
            yield found.finding(CODE, Severity.WARNING, Scope.SERIES, "BodyPartExamined", message)
    connection.execute("DROP TABLE said")


def _agree(tag: list[str], text: list[str]) -> bool:
    """Whether the two share a zone, or lie in one place of the body."""
    if vocabulary.Anatomy(tuple(tag)).meets(vocabulary.Anatomy(tuple(text))):
        return True
    return any(frozenset({ours, theirs}) in _NEIGHBOURS for ours in tag for theirs in text)


def _listed(zones: list[str]) -> str:
    """As DuckDB writes a list."""
    return f"[{', '.join(zones)}]"


def _named(zones: list[str]) -> str:
    return " and ".join(vocabulary.zone_name(zone).lower() for zone in zones)
