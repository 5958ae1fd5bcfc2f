"""Clues about modality and anatomy, and what they add up to. One rule, one file, one line in RULES."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import tables, vocabulary
from biodatamine_core.inference import (
    bids,
    body_part,
    camera,
    colour,
    contrast_agent,
    descriptions,
    hounsfield,
    label_map,
    microscopy,
    modality_tag,
    mr_encoding,
    mr_sequence,
    nifti_header,
    page_words,
    path_words,
    prior,
    region_code,
    scanner_format,
    sop_class,
    surroundings,
    table_rows,
    template_space,
    ultrasound_sector,
)
from biodatamine_core.inference.corrected import correct_all
from biodatamine_core.inference.decide import decide
from biodatamine_core.inference.descriptions import Words, words_of
from biodatamine_core.inference.interface import FinerRule, Rule
from biodatamine_core.inference.surroundings import Surroundings, surroundings_of
from biodatamine_core.records import Clue, Label, SeriesRecord, Watcher

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "FINER_RULES",
    "RULES",
    "FinerRule",
    "Rule",
    "Surroundings",
    "Words",
    "correct_all",
    "decide",
    "label",
    "label_all",
    "surroundings_of",
    "words_of",
]

# The order in which a person reads the clues; which of them weighs more is decide.py's business.
RULES: tuple[Rule, ...] = (
    modality_tag,
    sop_class,
    nifti_header,
    mr_encoding,
    scanner_format,
    microscopy,
    hounsfield,
    label_map,
    region_code,
    descriptions,
    body_part,
    table_rows,
    template_space,
    path_words,
    bids,
    ultrasound_sector,
    colour,
    camera,
    prior,
)

# Asked once the modality is known, and answered by the first of their clues.
FINER_RULES: tuple[FinerRule, ...] = (mr_sequence, contrast_agent)

_BATCH_SERIES = 2_000  # series held in memory at a time


def label(series: SeriesRecord, page: str = "", around: Surroundings | None = None) -> tuple[Label, tuple[Clue, ...]]:
    """The modality and anatomy, sequence and contrast of a series, and the clues that led there.

    page: what the dataset's own page says of all its series. around: what the rest of the dataset says.
    """
    clues = [clue for rule in RULES for clue in rule.clues(series)]
    if page:
        clues += page_words.clues_from(page, series)
    if around is not None:
        clues += surroundings.clues_from(around, series, clues)
    decided = decide(clues)
    finer = [clue for rule in FINER_RULES for clue in rule.clues(series, decided.modality)]
    if not finer:
        return decided, tuple(clues)
    clues += finer
    return decide(clues), tuple(clues)


def label_all(
    series_in: Path,
    series_out: Path,
    clues_out: Path,
    connection: "duckdb.DuckDBPyConnection",
    watcher: Watcher | None = None,
    page: str = "",
) -> None:
    """Label every row of a series table; memory is bounded by batches. Raises Cancelled when the watcher says so."""
    import pyarrow.parquet as pq

    around = surroundings_of(_texts(series_in, connection))
    with (
        tables.Writer("series", series_out) as labelled_table,
        tables.Writer("clues", clues_out) as clue_table,
        pq.ParquetFile(series_in, pre_buffer=False) as grouped,  # else the whole file is held at once
    ):
        for batch in grouped.iter_batches(batch_size=_BATCH_SERIES):
            if watcher is not None:
                watcher.check()
            labels = [label(series, page, around) for series in tables.from_batch("series", batch)]
            rows = [decided.columns() for decided, _ in labels]
            columns = {name: [row[name] for row in rows] for name in rows[0]}
            labelled_table.append_batch(tables.with_columns("series", batch, columns))
            clue_table.append([clue for _, clues in labels for clue in clues])
    vocabulary.forget_texts()


def _texts(series_in: Path, connection: "duckdb.DuckDBPyConnection") -> Iterator[tuple[str, Words]]:
    """What the series of each study say in words, in the order of the studies."""
    columns = ", ".join(Words._fields)
    result = connection.execute(
        f"""SELECT study_key, {columns} FROM read_parquet(?) WHERE study_key IS NOT NULL
            GROUP BY ALL ORDER BY study_key""",
        [str(series_in)],
    )
    while rows := result.fetchmany(_BATCH_SERIES):
        yield from ((study, Words(*words)) for study, *words in rows)
