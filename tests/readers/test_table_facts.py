"""Tables that name files or patients: what is kept of each row, and that no name or id is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core import readers
from biodatamine_core.readers.table_facts import MOST_BYTES, MOST_ROWS, name_key
from biodatamine_core.records import FileRecord, Mode, Pseudonym
from tests.builders import member_of

PSEUDONYM = Pseudonym(b"test")


def inspect(text: str | bytes, path: str = "metadata.csv") -> FileRecord:
    data = text.encode() if isinstance(text, str) else text
    return readers.inspect(member_of(data, path), PSEUDONYM, Mode.FULL)


def test_rows_keep_what_they_say_and_no_identifier() -> None:
    record = inspect(
        "Image Index,Patient ID,Patient Age,Patient Gender,View Position,Modality,Physician\n"
        "a/1.png,Doe-7,058Y,F,PA,X-ray,Dr House\n2.png,Doe-8,50+,male,,,Dr House\n3.png,,n/a,,AP;x,,\n"
    )
    assert record.row_files == (name_key("a/1"), name_key("2.png"), name_key("3"))
    assert record.row_patients == (PSEUDONYM("Doe-7"), PSEUDONYM("Doe-8"), None)
    assert (record.row_sexes, record.row_ages_years) == (("F", "M", None), (58.0, 50.0, None))
    assert record.row_says == ("modality: X-ray; view position: PA", None, "view position: APx")
    assert not any(secret in repr(record) for secret in ("Doe", "House", "1.png"))


@pytest.mark.parametrize(
    ("table", "named"),
    [
        pytest.param("who,sex,scan\nx,M,1.nii.gz\ny,F,2.nii.gz\n", ["1", "2"], id="by the endings of its values"),
        pytest.param("n,image_id,sex\n0,1,M\n1,2,F\n", ["1", "2"], id="by its name"),
        pytest.param("case;sex\n1;M\n2;F\n", ["1", "2"], id="first column, semicolons"),
        pytest.param("case\tsex\n1\tM\n1\tF\n", None, id="first column that repeats"),
        pytest.param("1,2,3\n4,5,6\n", None, id="nothing of interest"),
        pytest.param("filename,score\n1.png,0.5\n", None, id="files without what we ask"),
        pytest.param("filename,sex\n", None, id="no rows"),
        pytest.param("filename", None, id="one line"),
    ],
)
def test_the_column_of_files_is_found(table: str, named: list[str] | None) -> None:
    assert inspect(table).row_files == (tuple(map(name_key, named)) if named else None)


def test_a_table_of_patients_is_a_table_of_participants() -> None:
    record = inspect("patient_id,site,sex,age\np1,x,F,40\np1,y,F,40\np2,x,,\n", "patients.csv")
    assert record.row_files is None
    assert (record.participant_keys, record.participant_sexes) == ((PSEUDONYM("p1"),) * 2, ("F", "F"))


@pytest.mark.parametrize(
    ("header", "limit"),
    [
        pytest.param("filename,sex", "rows", id="one that would be joined"),
        pytest.param("filename,score", None, id="one that says nothing of patients or images"),
    ],
)
def test_a_table_of_too_many_rows_says_so(header: str, limit: str | None) -> None:
    record = inspect(f"{header}\n" + "1.png,F\n" * (MOST_ROWS + 1))
    assert (record.table_limit, record.row_files, record.readable) == (limit, None, True)


def test_a_table_of_too_many_bytes_says_so() -> None:
    record = inspect(b"filename,sex\n" + b"1.png,F\n" + b" " * MOST_BYTES)
    assert (record.table_limit, record.row_files) == ("bytes", None)


def test_names_are_the_same_whatever_their_ending_case_and_separators() -> None:
    assert name_key("Train\\P1\\View1.JPG") == name_key("/data/train/p1/view1.png") == name_key("train/p1/view1")
    assert name_key("brain.nii.gz") == name_key("brain") != name_key("brain.v2")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_make_a_row_of_files(data: bytes) -> None:
    assert inspect(b"filename,sex,age\n" + data).path == "metadata.csv"
