"""What two kinds of clues say of the place in the body, side by side, and where they name different places."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from biodatamine_core import vocabulary
from biodatamine_core.checks.interface import Found
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

TOLD_PAIRS = 3
_NEIGHBOURS = {
    frozenset({"breast", "chest"}),
    *(frozenset({"spine", zone}) for zone in ("neck", "chest", "abdomen", "pelvis")),
    *(frozenset({"fetus", zone}) for zone in ("abdomen", "pelvis")),
    frozenset({"head", "neck"}),
}
"""Zones that share their place in the body: naming one for the other is no contradiction."""

_ZONES = """
CREATE OR REPLACE TEMP TABLE said AS
SELECT series_id, list_contains($one, source) AS is_one,
    list_sort(list_distinct(flatten(list(string_split(split_part(value, ':', 1), '+'))))) AS zones
FROM clues WHERE about = 'anatomy' AND list_contains(list_concat($one, $other), source) GROUP BY ALL
"""
_PAIRS = """
SELECT one.zones, other.zones, count(*) AS series FROM said AS one JOIN said AS other USING (series_id)
WHERE one.is_one AND NOT other.is_one GROUP BY ALL ORDER BY series DESC, 1, 2
"""
_JUDGED = f"""(
    SELECT judged.*, one.zones AS one_zones, other.zones AS other_zones
    FROM {READ_SERIES} AS judged
    LEFT JOIN (SELECT * FROM said WHERE is_one) AS one USING (series_id)
    LEFT JOIN (SELECT * FROM said WHERE NOT is_one) AS other USING (series_id)
)"""


class Than(NamedTuple):
    """How a message goes on behind "names another part of the body", of one series and of several."""

    one: str
    several: str


def contradictions(
    connection: "duckdb.DuckDBPyConnection",
    code: str,
    subject: str,
    one: Sequence[str],
    other: Sequence[str],
    than: Than,
) -> Iterator[Found]:
    """The DICOM images of which clues of the sources `one` name a place, and clues of `other` a different one."""
    connection.execute(_ZONES, {"one": list(one), "other": list(other)})
    pairs = [pair for pair in connection.execute(_PAIRS).fetchall() if not _agree(pair[0], pair[1])]
    if pairs:
        found = tally(
            connection,
            _JUDGED,
            f"{IMAGES} AND format = 'DICOM'",
            "list_contains($pairs, concat_ws('/', one_zones::VARCHAR, other_zones::VARCHAR))",
            judged="one_zones IS NOT NULL AND other_zones IS NOT NULL",
            values={"pairs": [f"{_listed(first)}/{_listed(second)}" for first, second, _ in pairs]},
        )
        if found.count:
            verb, rest = ("names", than.one) if found.count == 1 else ("name", than.several)
            message = (
                f"{found.count:,} of {counted(found.looked_at, 'series', 'series')} {verb} "
                f"another part of the body {rest}: {_told(pairs)}"
            )
            yield found.finding(code, Severity.WARNING, Scope.SERIES, subject, message)
    connection.execute("DROP TABLE said")


def _told(pairs: Sequence[tuple[list[str], list[str], int]]) -> str:
    """The commonest pairs in words, with their numbers of series."""
    told = ", ".join(f"{_named(first)} against {_named(second)} ({n:,})" for first, second, n in pairs[:TOLD_PAIRS])
    return told + (", ..." if len(pairs) > TOLD_PAIRS else "")


def _agree(one: list[str], other: list[str]) -> bool:
    """Whether the two share a zone, or lie in one place of the body."""
    if vocabulary.Anatomy(tuple(one)).meets(vocabulary.Anatomy(tuple(other))):
        return True
    return any(frozenset({first, second}) in _NEIGHBOURS for first in one for second in other)


def _listed(zones: list[str]) -> str:
    """As DuckDB writes a list."""
    return f"[{', '.join(zones)}]"


def _named(zones: list[str]) -> str:
    return " and ".join(vocabulary.zone_name(zone).lower() for zone in zones)
