"""Which labels a person should look at first: the contradicted, the unknown, then the least certain. By key."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from biodatamine_core import corrections, vocabulary
from biodatamine_core.catalog import doubts
from biodatamine_core.catalog.doubts import IMAGES, Doubt
from biodatamine_core.catalog.named import remember_series
from biodatamine_core.catalog.pictured import by_id, pictured
from biodatamine_core.records import Applies, Clue, SeriesRecord

if TYPE_CHECKING:
    import duckdb


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


def page(connection: "duckdb.DuckDBPyConnection", at: str | None = None, length: int = 10) -> Page:
    """The page that begins with the series `at`, or with the first one."""
    remember_series(connection)
    doubts.remember(connection)
    found = connection.execute("SELECT urgency FROM doubts WHERE series_id = ?", [at]).fetchone() if at else None
    place = {"at_key": found[0], "at": at} if found else {"at_key": -1.0, "at": ""}
    here = "(urgency > $at_key OR (urgency = $at_key AND series_id >= $at))"
    counts = connection.execute("SELECT doubt, count(*) FROM doubts GROUP BY ALL").fetchall()
    before = _number(connection, f"SELECT count(*) FROM doubts WHERE NOT {here}", place)
    rows = connection.execute(
        f"""SELECT series_id, about, doubt, confidence FROM doubts WHERE {here}
            ORDER BY urgency, series_id LIMIT {length + 1:d}""",
        place,
    ).fetchall()
    earlier = connection.execute(
        f"SELECT series_id FROM doubts WHERE NOT {here} ORDER BY urgency DESC, series_id DESC LIMIT {length:d}", place
    ).fetchall()
    return Page(
        rows=tuple(_rows(connection, rows[:length])),
        total=sum(count for _, count in counts),
        doubts={Doubt(doubt): count for doubt, count in sorted(counts)},
        before=before,
        previous_at=earlier[-1][0] if earlier else None,
        next_at=rows[length][0] if len(rows) > length else None,
    )


def _rows(connection: "duckdb.DuckDBPyConnection", judged: Sequence[tuple[str, str, int, float | None]]) -> list[Row]:
    """judged: (series, which label, its doubt, its confidence)."""
    placed = by_id(connection, (series_id for series_id, *_ in judged))
    shown = {series.series_id: series for series in pictured(connection, placed)}
    return [
        Row(series_id, shown[series_id].modality_group, shown[series_id].anatomy, about, Doubt(doubt), confidence,
            shown[series_id].image)
        for series_id, about, doubt, confidence in judged
    ]  # fmt: skip


def shared(connection: "duckdb.DuckDBPyConnection", series: SeriesRecord) -> list[Shared]:
    """What a correction made at this series can be for: itself, then what others share with it, from few to many.

    Of folders that hold the same series only the innermost.
    """
    (own, *others) = corrections.keys_of(series)
    counted = [
        Shared(
            applies, key, _number(connection, f"SELECT count(*) FROM series WHERE {IMAGES} AND {_HAS[applies]}", key)
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


def _number(connection: "duckdb.DuckDBPyConnection", sql: str, asked: "dict[str, Any] | str") -> int:
    row = connection.execute(sql, asked if isinstance(asked, dict) else {"key": asked}).fetchone()
    assert row is not None  # an aggregate always has one row
    return int(row[0])
