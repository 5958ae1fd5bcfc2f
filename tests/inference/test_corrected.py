"""A person's word enters as a clue that stands before all others; what speaks against it stays."""

from pathlib import Path

import duckdb

from biodatamine_core import tables
from biodatamine_core.course import Unwatched
from biodatamine_core.inference import correct_all, decide
from biodatamine_core.inference.corrected import Corrections, because
from biodatamine_core.records import Applies, Clue, Correction, SeriesRecord, Strength
from tests.inference.arrange import clue, series_of


def said(value: str, applies: Applies, key: str, at: int = 1, about: str = "modality", note: str = "") -> Correction:
    return Correction(f"{at}", f"2026-11-22T10:0{at}:00Z", "ana", about, value, applies, key, note)


def test_a_person_stands_before_every_other_source_and_no_figure_is_invented():
    label = decide([clue("modality", "CT", "tag"), clue("modality", "MR", "person"), clue("anatomy", "chest", "code")])
    assert (label.modality, label.modality_confidence) == ("MR", None)
    assert label.anatomy == "chest"


def test_a_person_who_says_head_means_the_head_though_a_tag_says_brain():
    label = decide([clue("anatomy", "head", "person"), clue("anatomy", "head:brain", "body-part")])
    assert (label.anatomy, label.anatomy_zones) == ("head", ("head",))


def test_a_person_may_say_other():
    assert decide([clue("modality", "OT", "person"), clue("modality", "CT", "tag")]).modality == "OT"


def test_what_was_said_of_the_series_itself_counts_before_newer_words_about_many():
    series = series_of("a/b/1.dcm", series_uid="1.2", series_description="T1")
    folder, older, newer = (
        said("CT", Applies.FOLDER, "a/", 3),
        said("MR", Applies.SERIES_DESCRIPTION, "T1", 2),
        said("US", Applies.SERIES_UID, "1.2", 1),
    )
    elsewhere = said("PT", Applies.FOLDER, "c/", 4)
    assert Corrections([folder, older, newer, elsewhere]).of(series) == [newer, folder, older]


def test_the_reason_names_who_when_what_for_and_the_note():
    assert because(said("CT", Applies.FOLDER, "a/", note="seen by eye")) == (
        'Set by ana on 22 Nov 2026, 10:01 UTC, for all of the folder "a/": seen by eye'
    )
    assert because(said("CT", Applies.PATH, "a/1.dcm")) == "Set by ana on 22 Nov 2026, 10:01 UTC"


def corrected(
    folder: Path, rows: list[SeriesRecord], clues: list[Clue], standing: list[Correction]
) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """(path, modality) by path, and (path, value, source) of the clues, as they are written."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{name}.parquet" for name in ("series-in", "clues-in", "series-out", "clues-out")]
    for name, path, records in (("series", paths[0], rows), ("clues", paths[1], clues)):
        with tables.Writer(name, path) as writer:
            writer.append(records)
    connection = duckdb.connect()
    correct_all(*paths, standing, connection, Unwatched())
    labels = connection.execute("SELECT path, modality FROM read_parquet(?) ORDER BY path", [str(paths[2])]).fetchall()
    reasons = connection.execute(
        """SELECT path, value, source FROM read_parquet($clues, file_row_number = true) AS clues
           JOIN read_parquet($series) AS series USING (series_id) ORDER BY path, clues.file_row_number""",
        {"clues": str(paths[3]), "series": str(paths[2])},
    ).fetchall()
    return labels, reasons


def test_all_series_are_decided_again_from_their_clues_and_the_corrections(tmp_path: Path):
    rows = [series_of(f"{name}/1.dcm", series_id=name) for name in "cab"]
    clues = [Clue(name, "modality", "CT", Strength.STRONG, "", "tag") for name in "ba"]
    folder = said("MR", Applies.FOLDER, "a/")
    labels, reasons = corrected(tmp_path / "1", rows, clues, [folder])
    assert labels == [("a/1.dcm", "MR"), ("b/1.dcm", "CT"), ("c/1.dcm", "unknown")]
    assert reasons == [("a/1.dcm", "MR", "person"), ("a/1.dcm", "CT", "tag"), ("b/1.dcm", "CT", "tag")]


def test_corrections_of_before_leave_no_trace(tmp_path: Path):
    before = series_of("a/1.dcm", modality="MR", modality_group="MRI", anatomy="head", anatomy_zones=("head",))
    person = Clue("s1", "modality", "MR", Strength.STRONG, "", "person")
    labels, reasons = corrected(tmp_path, [before], [person, clue("modality", "CT", "tag")], [])
    assert (labels, reasons) == ([("a/1.dcm", "CT")], [("a/1.dcm", "CT", "tag")])
