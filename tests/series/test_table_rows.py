"""Rows of tables find the files that they name; what rows disagree about stays unknown."""

from pathlib import Path
from typing import Any

from biodatamine_core.readers.table_facts import name_key
from biodatamine_core.records import FileRecord, Role
from tests.series.arrange import grouped, image


def table(path: str, *rows: tuple[str, str | None, str | None, float | None, str | None]) -> FileRecord:
    """rows: (file, patient, sex, age, what it says)"""
    files, patients, sexes, ages, says = zip(*rows, strict=True)
    facts: dict[str, Any] = {"row_patients": patients, "row_sexes": sexes, "row_ages_years": ages, "row_says": says}
    return image(
        path, "CSV", **{"shape": None, "role": Role.SIDECAR, "row_files": tuple(map(name_key, files)), **facts}
    )


def test_a_row_fills_in_what_its_file_does_not_say(tmp_path: Path) -> None:
    files = [
        table("d.zip!/meta.csv", ("1.png", "p1", "F", 40.0, "modality: CT"), ("2.png", "p2", "M", 50.0, None)),
        image("d.zip!/images/1.PNG"), image("d.zip!/images/2.png", patient_sex="F"), image("d.zip!/images/3.png"),
    ]  # fmt: skip
    _, (first, second, third) = grouped(tmp_path, files)
    assert (first.patient_key, first.patient_sex, first.patient_age_years) == ("p1", "F", 40.0)
    assert (first.table_path, first.table_says) == ("d.zip!/meta.csv", "modality: CT")
    assert (second.patient_key, second.patient_sex, second.table_says) == ("p2", "F", None)
    assert (third.patient_key, third.patient_sex, third.table_path) == (None, None, None)


def test_folders_that_a_row_names_count(tmp_path: Path) -> None:
    rows = [(f"set/p{n}/s1/view.jpg", f"p{n}", None, None, None) for n in (1, 2)]
    files = [table("d.zip!/set/train.csv", *rows), *(image(f"d.zip!/set/p{n}/s1/view.jpg") for n in (1, 2))]
    _, records = grouped(tmp_path, files)
    assert [record.patient_key for record in records] == ["p1", "p2"]


def test_what_rows_disagree_about_stays_unknown(tmp_path: Path) -> None:
    rows = [("1.png", "p1", "F", 40.0, "view: PA"), ("1.png", "p2", "F", 41.0, "view: AP")]
    _, (record,) = grouped(tmp_path, [table("meta.csv", *rows), image("1.png")])
    assert (record.patient_key, record.patient_sex, record.patient_age_years) == (None, "F", None)
    assert record.table_says is None


def test_a_table_speaks_of_its_own_dataset(tmp_path: Path) -> None:
    row = ("1.png", "p1", None, None, None)
    files = [table("a.zip!/meta.csv", row), image("a.zip!/images/1.png"), image("b.zip!/images/1.png")]
    _, records = grouped(tmp_path, files)
    assert [record.patient_key for record in records] == ["p1", None]
    files = [table("x/labels/train.csv", row), image("x/images/1.png"), image("y/images/1.png")]
    _, records = grouped(tmp_path, files)
    assert [record.patient_key for record in records] == ["p1", None]


def test_a_published_table_does_not_keep_its_rows(tmp_path: Path) -> None:
    (found, _), _ = grouped(tmp_path, [table("meta.csv", ("1.png", "p1", "F", 40.0, "view: PA")), image("1.png")])
    assert (found.row_files, found.row_patients, found.row_says) == (None, None, None)


def test_a_patient_of_a_table_is_known_by_the_table_of_patients(tmp_path: Path) -> None:
    patients = image(
        "patients.csv", "CSV", shape=None, role=Role.SIDECAR, participant_keys=("p1",), participant_sexes=("F",),
        participant_ages_years=(40.0,),
    )  # fmt: skip
    _, (record,) = grouped(tmp_path, [patients, table("m.csv", ("1.png", "p1", None, None, None)), image("1.png")])
    assert (record.patient_sex, record.patient_age_years) == ("F", 40.0)
