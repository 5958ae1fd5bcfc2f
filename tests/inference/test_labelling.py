"""A table of series becomes a table of labelled series and one of clues."""

import importlib
import pkgutil
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import database, inference, tables
from biodatamine_core.errors import Cancelled
from biodatamine_core.records import Progress, SeriesRecord
from tests.builders import SOP_CLASSES
from tests.inference.arrange import series_of


def rows_of(table: str, path: Path) -> list:
    with database.connect() as connection:
        result = connection.execute("SELECT * FROM read_parquet(?) ORDER BY series_id", [str(path)])
        return list(tables.from_rows(table, [column[0] for column in result.description], result.fetchall()))


def label_table(series: list[SeriesRecord], folder: Path, watcher: object = None) -> tuple[list, list]:
    with tables.Writer("series", folder / "in.parquet") as writer:
        writer.append(series)
    with database.connect() as connection:
        inference.label_all(
            folder / "in.parquet", folder / "series.parquet", folder / "clues.parquet", connection, watcher
        )
    return rows_of("series", folder / "series.parquet"), rows_of("clues", folder / "clues.parquet")


def test_label_gives_the_answer_and_every_reason():
    series = series_of(
        modality_tag="CT",
        sop_class_uid=SOP_CLASSES["CT"],
        study_description="CT THORAX",
        body_part_examined="CHEST",
    )
    labelled, clues = inference.label(series)
    decided = inference.decide(clues)
    assert (labelled.modality, labelled.modality_group, decided.modality_evidence) == ("CT", "CT", "tag + study")
    assert (labelled.anatomy, labelled.anatomy_zones, decided.anatomy_evidence) == (
        "chest",
        ("chest",),
        "study + body-part",
    )
    assert (labelled.modality_confidence, labelled.anatomy_confidence) == (
        decided.modality_confidence,
        decided.anatomy_confidence,
    )
    assert [clue.because for clue in clues] == [
        "DICOM Modality (0008,0060) is CT",
        'The SOP class is "CT Image Storage"',
        'StudyDescription says "THORAX"',
        'StudyDescription says "CT"',
        "DICOM BodyPartExamined (0018,0015) is CHEST",
    ]


def test_label_of_a_series_that_says_nothing_is_unknown():
    labelled, clues = inference.label(series_of("images/0001.png", format="PNG"))
    assert (labelled.modality, labelled.modality_group, labelled.anatomy, labelled.anatomy_zones, clues) == (
        "unknown",
        "Unknown",
        None,
        (),
        (),
    )


def test_label_all_writes_every_series_and_its_clues(tmp_path):
    series = [
        series_of("a/", series_id="a", modality_tag="MR", file_count=9),
        series_of("b.png", series_id="b", format="PNG"),
        series_of("mammo/c.png", series_id="c", format="PNG"),
    ]
    labelled, clues = label_table(series, tmp_path)
    assert labelled == [replace(one, **inference.label(one)[0].columns()) for one in series]
    assert {(clue.series_id, clue.about, clue.value) for clue in clues} == {
        ("a", "modality", "MR"),
        ("c", "anatomy", "breast"),
        ("c", "modality", "MG"),
    }


def test_label_all_of_no_series_writes_empty_tables(tmp_path):
    assert label_table([], tmp_path) == ([], [])


def test_label_all_stops_when_the_person_cancels(tmp_path):
    class Impatient:
        def report(self, progress: Progress) -> None: ...

        def check(self) -> None:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        label_table([series_of()], tmp_path, Impatient())


def test_every_rule_file_is_in_rules():
    folder = Path(inference.__file__).parent
    modules = [
        importlib.import_module(f"biodatamine_core.inference.{info.name}")
        for info in pkgutil.iter_modules([str(folder)])
    ]
    rules = {module.__name__ for module in modules if hasattr(module, "clues")}
    assert rules == {rule.__name__ for rule in (*inference.RULES, *inference.FINER_RULES)}
    assert len(inference.RULES) + len(inference.FINER_RULES) == len(rules)


def test_the_page_of_the_dataset_speaks_where_nothing_else_does():
    labelled, clues = inference.label(series_of(series_description="AX 5MM"), page="Liver-CT; Hepatocellular; liver")
    assert (labelled.anatomy, [clue.because for clue in clues if clue.about == "anatomy"]) == (
        "liver",
        ['The dataset\'s title or page says "liver"'],
    )


def test_a_page_that_names_two_modalities_says_neither():
    assert inference.label(series_of(), page="xray_us_images")[0].modality == "unknown"
    assert inference.label(series_of(), page="xray_images")[0].modality == "DX"


@pytest.mark.parametrize(
    ("page", "modality"),
    [
        pytest.param("Pancreas-CT", "CT", id="two letters behind a part of the body"),
        pytest.param("Lung PET-CT", "unknown", id="and those beside them: two modalities"),
        pytest.param("Breast US; ultrasound", "US", id="agreeing with what is spelt out"),
        pytest.param("US breast cancer statistics", "unknown", id="before a part they may be a country"),
        pytest.param("Mr Brain's collection", "unknown", id="or a person"),
        pytest.param("CT of everything", "unknown", id="alone they may be anything"),
    ],
)
def test_two_letters_name_the_modality_of_a_page_behind_a_part_of_the_body(page, modality):
    assert inference.label(series_of(), page=page)[0].modality == modality


def test_a_page_about_many_parts_says_nothing_of_one_series():
    page = "Cancer of brain, thyroid, lung, breast, liver, kidney, prostate, femur and skin"
    assert inference.label(series_of(), page=page)[0].anatomy is None


@pytest.mark.parametrize(
    ("page", "anatomy"),
    [
        pytest.param("Prostate MRI; cancer of the prostate spreads to the spine", "prostate", id="the title first"),
        pytest.param("COLLECTION-7; Kidney", "kidney", id="a title that says nothing"),
        pytest.param(
            "Nodes; brain, lung, liver, femur, skin; mediastinum", "mediastinum", id="the text that is narrow"
        ),
        pytest.param("Whole-body CT; brain, lung, liver, femur, skin", "whole_body", id="whole body in so many words"),
    ],
)
def test_which_text_of_a_page_answers(page, anatomy):
    assert inference.label(series_of(), page=page)[0].anatomy == anatomy
