"""Which labels a person should look at first: the contradicted, the unknown, then the least certain. By key."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

from biodatamine_core import corrections, vocabulary
from biodatamine_core.records import Applies, Clue, SeriesRecord

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


class Side(Enum):
    """Where a clue stands to the label of its series. OPEN: there is no label, as what was said did not do for one."""

    FOR = 1
    AGAINST = 2
    OPEN = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One series of the list. about: which of its labels is in doubt the most. image: where there is one."""

    series_id: str
    modality_group: str
    anatomy: str | None
    about: str
    doubt: Doubt
    confidence: float | None
    image: bytes | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows `before + 1` to `before + len(rows)` of `total`; doubts: how many series there are of each."""

    rows: tuple[Row, ...]
    total: int
    doubts: dict[Doubt, int]
    before: int = 0
    previous_at: str | None = None
    next_at: str | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What a series has in common with others, and how many series a correction for it is about."""

    applies: Applies
    key: str
    series: int


_IMAGES = "role = 'image' AND NOT coalesce(is_mask, false)"

# That most of the dataset shows another part makes a label less certain, but is no evidence of its own against it.
_DOUBTS = f"""
CREATE TEMP TABLE IF NOT EXISTS doubts AS
WITH groups AS (SELECT unnest($codes) AS value, unnest($groups) AS said_group),
said AS (
    SELECT series_id, about, bool_or(source = 'person') AS is_settled, bool_or(source <> 'dataset' AND CASE about
        WHEN 'modality' THEN value <> 'OT' AND coalesce(said_group, 'Other') <> modality_group
        ELSE NOT list_has_any(zones, anatomy_zones)
            AND NOT list_contains(list_concat(zones, anatomy_zones), 'whole_body') END) AS is_contradicted
    FROM (SELECT *, string_split(split_part(value, ':', 1), '+') AS zones FROM clues)
    JOIN series USING (series_id) LEFT JOIN groups USING (value) GROUP BY ALL
), judged AS (
    SELECT series_id, about, confidence, CASE
        WHEN is_settled THEN {Doubt.SETTLED:d}
        WHEN is_contradicted THEN {Doubt.CONTRADICTED:d}
        WHEN is_unknown THEN {Doubt.UNKNOWN:d}
        WHEN confidence IS NULL THEN {Doubt.UNMEASURED:d}
        ELSE {Doubt.MEASURED:d} END AS doubt
    FROM (
        SELECT series_id, 'modality' AS about, modality = 'unknown' AS is_unknown, modality_confidence AS confidence
        FROM series WHERE {_IMAGES}
        UNION ALL
        SELECT series_id, 'anatomy', len(anatomy_zones) = 0, anatomy_confidence FROM series WHERE {_IMAGES}
    ) LEFT JOIN said USING (series_id, about)
)
SELECT series_id, min(urgency) AS urgency, arg_min(about, urgency) AS about, arg_min(doubt, urgency) AS doubt
FROM (
    SELECT *, doubt + CASE doubt WHEN {Doubt.MEASURED:d} THEN least(confidence, 0.999) ELSE 0 END AS urgency FROM judged
) GROUP BY series_id
"""


def page(connection: "duckdb.DuckDBPyConnection", at: str | None = None, length: int = 10) -> Page:
    """The page that begins with the series `at`, or with the first one. Masks are nobody's to judge by themselves."""
    _remember(connection)
    found = connection.execute("SELECT urgency FROM doubts WHERE series_id = ?", [at]).fetchone() if at else None
    place = {"at_key": found[0], "at": at} if found else {"at_key": -1.0, "at": ""}
    here = "(urgency > $at_key OR (urgency = $at_key AND series_id >= $at))"
    counts = connection.execute("SELECT doubt, count(*) FROM doubts GROUP BY ALL").fetchall()
    before = _number(connection, f"SELECT count(*) FROM doubts WHERE NOT {here}", place)
    rows = connection.execute(
        f"""SELECT series_id, modality_group, coalesce(anatomy, anatomy_zones[1]), about, doubt,
                   CASE about WHEN 'modality' THEN modality_confidence ELSE anatomy_confidence END, image
            FROM (SELECT * FROM doubts WHERE {here} ORDER BY urgency, series_id LIMIT {length + 1:d})
            JOIN series USING (series_id) LEFT JOIN thumbnails USING (series_id) ORDER BY urgency, series_id""",
        place,
    ).fetchall()
    earlier = connection.execute(
        f"SELECT series_id FROM doubts WHERE NOT {here} ORDER BY urgency DESC, series_id DESC LIMIT {length:d}", place
    ).fetchall()
    return Page(
        rows=tuple(_row(row) for row in rows[:length]),
        total=sum(count for _, count in counts),
        doubts={Doubt(doubt): count for doubt, count in sorted(counts)},
        before=before,
        previous_at=earlier[-1][0] if earlier else None,
        next_at=rows[length][0] if len(rows) > length else None,
    )


def shared(connection: "duckdb.DuckDBPyConnection", series: SeriesRecord) -> list[Shared]:
    """What a correction made at this series can be for: itself, then what others share with it, from few to many.

    Of folders that hold the same series only the innermost.
    """
    (own, *others) = corrections.keys_of(series)
    counted = [
        Shared(
            applies, key, _number(connection, f"SELECT count(*) FROM series WHERE {_IMAGES} AND {_HAS[applies]}", key)
        )
        for applies, key in others
    ]
    of_itself = Shared(*own, _number(connection, f"SELECT count(*) FROM series WHERE {_HAS[own[0]]}", own[1]))
    wider = sorted((one for one in counted if one.series > 1), key=lambda one: one.series)
    folders: set[int] = set()
    offered = [of_itself]
    for one in wider:
        if one.applies is Applies.FOLDER:
            if one.series in folders:
                continue
            folders.add(one.series)
        offered.append(one)
    return offered


def side_of(clue: Clue, series: SeriesRecord) -> Side:
    """Whether the clue says what the series is labelled as, in one modality group or in one place of the body."""
    if clue.about == "modality":
        is_open = series.modality == "unknown"
        is_same = vocabulary.modality_group(clue.value) == series.modality_group
    else:
        is_open = not series.anatomy_zones
        is_same = vocabulary.anatomy(clue.value).meets(vocabulary.Anatomy(tuple(series.anatomy_zones)))
    if is_open:
        return Side.OPEN
    return Side.FOR if is_same else Side.AGAINST


_HAS = {
    Applies.SERIES_UID: "series_uid = $key",
    Applies.PATH: "path = $key",
    Applies.FOLDER: "starts_with(path, $key)",
    Applies.SERIES_DESCRIPTION: "series_description = $key",
    Applies.STUDY_DESCRIPTION: "study_description = $key",
}
"""SQL: what corrections.keys_of says of one series, asked of all."""


def _remember(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `doubts` for this connection, once."""
    codes = vocabulary.modalities()
    connection.execute(_DOUBTS, {"codes": codes, "groups": [vocabulary.modality_group(code) for code in codes]})


def _number(connection: "duckdb.DuckDBPyConnection", sql: str, asked: "dict[str, Any] | str") -> int:
    row = connection.execute(sql, asked if isinstance(asked, dict) else {"key": asked}).fetchone()
    assert row is not None  # an aggregate always has one row
    return int(row[0])


def _row(values: Sequence[Any]) -> Row:
    series_id, group, anatomy, about, doubt, confidence, image = values
    return Row(series_id, group, anatomy, about, Doubt(doubt), confidence, bytes(image) if image else None)
