"""What two kinds of clues say of the place in the body, side by side, and where they name different places."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from biodatamine_core import vocabulary
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, Tally, tally

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


class Contradictions(NamedTuple):
    """tally: the series of which the two name different places. told: the commonest pairs, in words."""

    tally: Tally
    told: str


@contextmanager
def contradictions(
    connection: "duckdb.DuckDBPyConnection", one: Sequence[str], other: Sequence[str]
) -> Iterator[Contradictions | None]:
    """Of the DICOM images that clues of both kinds of sources speak of. The rows last as long as the block.

    None where no series says one place in clues of `one`, and another in clues of `other`.
    """
    connection.execute(_ZONES, {"one": list(one), "other": list(other)})
    try:
        pairs = [pair for pair in connection.execute(_PAIRS).fetchall() if not _agree(pair[0], pair[1])]
        if not pairs:
            yield None
            return
        found = tally(
            connection,
            _JUDGED,
            f"{IMAGES} AND format = 'DICOM'",
            "list_contains($pairs, concat_ws('/', one_zones::VARCHAR, other_zones::VARCHAR))",
            judged="one_zones IS NOT NULL AND other_zones IS NOT NULL",
            values={"pairs": [f"{_listed(first)}/{_listed(second)}" for first, second, _ in pairs]},
        )
        told = ", ".join(f"{_named(first)} against {_named(second)} ({n:,})" for first, second, n in pairs[:TOLD_PAIRS])
        yield Contradictions(found, told + (", ..." if len(pairs) > TOLD_PAIRS else "")) if found.count else None
    finally:
        connection.execute("DROP TABLE said")


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
