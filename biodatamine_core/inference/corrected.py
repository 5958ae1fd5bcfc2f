"""What people set right enters as clues that stand before all others, and the labels are decided anew."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import corrections, tables, wording
from biodatamine_core.inference.decide import PERSON, decide
from biodatamine_core.records import Applies, Clue, Correction, SeriesRecord, Strength, Watcher

if TYPE_CHECKING:
    import duckdb

_BATCH = 2_000  # series, and clues, held in memory at a time
_APPLIES_TO = {
    Applies.FOLDER: "all of the folder",
    Applies.SERIES_DESCRIPTION: "all of the series description",
    Applies.STUDY_DESCRIPTION: "all of the study description",
}


class Corrections:
    """Those that stand, to be looked up by series."""

    def __init__(self, standing: Sequence[Correction]) -> None:
        self._by_key: dict[tuple[Applies, str], list[Correction]] = {}
        for correction in standing:
            self._by_key.setdefault((correction.applies, correction.key), []).append(correction)

    def of(self, series: SeriesRecord) -> list[Correction]:
        """Those about this series: its very own before what it shares with others, then the newest first."""
        found = [one for key in corrections.keys_of(series) for one in self._by_key.get(key, ())]
        newest_first = sorted(found, key=lambda one: one.id, reverse=True)
        return sorted(newest_first, key=lambda one: not one.applies.is_one_series)

    def clues_of(self, series: SeriesRecord) -> list[Clue]:
        """The same as clues, the one that counts first."""
        return [
            Clue(series.series_id, one.about, one.value, Strength.STRONG, because(one), PERSON)
            for one in self.of(series)
        ]


def because(correction: Correction) -> str:
    """Set by ana on 22 Nov 2026, 10:41 UTC, for all of the folder "a/b/": the note."""
    meant = _APPLIES_TO.get(correction.applies)
    told = f', for {meant} "{correction.key}"' if meant else ""
    note = f": {correction.note}" if correction.note else ""
    return f"Set by {correction.by} on {wording.moment(correction.at_utc)}{told}{note}"


def correct_all(
    series_in: Path,
    clues_in: Path,
    series_out: Path,
    clues_out: Path,
    standing: Sequence[Correction],
    connection: "duckdb.DuckDBPyConnection",
    watcher: Watcher,
) -> None:
    """Decide every row of a labelled series table again, with these corrections and without those of before.

    All other clues are taken as they are: no rule is asked again. Memory is bounded by batches. Raises Cancelled when
    the watcher says so.
    """
    by_series = Corrections(standing)
    with tables.Writer("series", series_out) as series_table, tables.Writer("clues", clues_out) as clue_table:
        for batch in _with_clues(series_in, clues_in, connection):
            watcher.check()
            heard = [(series, [*by_series.clues_of(series), *clues]) for series, clues in batch]
            columns = [decide(clues).columns() for _, clues in heard]
            series_table.append_batch(tables.to_batch("series", [series for series, _ in heard], over=columns))
            clue_table.append([clue for _, clues in heard for clue in clues])


def _with_clues(
    series_in: Path, clues_in: Path, connection: "duckdb.DuckDBPyConnection"
) -> Iterator[list[tuple[SeriesRecord, list[Clue]]]]:
    """Every series with what was found by rules, in the order of the ids and of the clues."""
    found = groupby(_clues(clues_in, connection), key=lambda clue: clue.series_id)
    series_id, clues = next(found, (None, iter(())))
    result = connection.cursor().execute("SELECT * FROM read_parquet(?) ORDER BY series_id", [str(series_in)])
    names = [column[0] for column in result.description]
    while rows := result.fetchmany(_BATCH):
        batch = []
        for series in tables.from_rows("series", names, rows):
            if series.series_id == series_id:
                batch.append((series, list(clues)))
                series_id, clues = next(found, (None, iter(())))
            else:
                batch.append((series, []))
        yield batch


def _clues(clues_in: Path, connection: "duckdb.DuckDBPyConnection") -> Iterator[Clue]:
    """In the order of their series' ids; those of one series as a person reads them."""
    result = connection.cursor().execute(
        """SELECT * EXCLUDE (file_row_number) FROM read_parquet($1, file_row_number = true)
           WHERE source <> $2 ORDER BY series_id, file_row_number""",
        [str(clues_in), PERSON],
    )
    names = [column[0] for column in result.description]
    while rows := result.fetchmany(_BATCH):
        yield from tables.from_rows("clues", names, rows)
