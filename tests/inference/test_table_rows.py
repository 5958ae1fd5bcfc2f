"""The rule on what tables say: modality, body part and view, of which only known words are quoted."""

import pytest

from biodatamine_core.inference import label, table_rows
from biodatamine_core.records import Role
from tests.inference.arrange import said, series_of


def told(says: str | None, **facts: object):
    return series_of("0001.png", **{"format": "PNG", "table_path": "d.zip!/meta.csv", "table_says": says, **facts})


@pytest.mark.parametrize(
    ("says", "clues"),
    [
        pytest.param("modality: CT", [("modality", "CT")], id="code"),
        pytest.param("modality: X-ray", [("modality", "DX")], id="word"),
        pytest.param("modality: mri", [("modality", "MR")], id="word in small letters"),
        pytest.param("modality: unknown", [], id="nothing known"),
        pytest.param("modality: CT and MRI", [], id="two are none"),
        pytest.param("view position: PA", [("modality", "DX")], id="direction of X-rays"),
        pytest.param("view: AP erect", [("modality", "DX")], id="direction with a posture"),
        pytest.param("view: MLO", [("modality", "MG")], id="view of a mammogram"),
        pytest.param("view: lateral", [], id="photographs are lateral too"),
        pytest.param("organ: liver", [("anatomy", "abdomen:liver")], id="organ"),
        pytest.param("body part: CHEST", [("anatomy", "chest")], id="body part"),
        pytest.param("modality: US; organ: heart", [("modality", "US"), ("anatomy", "chest:heart")], id="two columns"),
        pytest.param(None, [], id="no table"),
    ],
)
def test_columns_of_a_table_are_clues(says, clues):
    assert said(table_rows, told(says)) == clues


def test_the_clue_names_table_and_column_and_quotes_no_other_word():
    labelled, clues = label(told("modality: CT of Jane Doe"))
    assert labelled.modality == "CT"
    assert [clue.because for clue in clues] == ['The table meta.csv says "CT" in its column "modality"']


def test_the_modality_of_an_image_is_not_that_of_its_mask():
    assert said(table_rows, told("modality: CT; organ: liver", role=Role.SEGMENTATION)) == [
        ("anatomy", "abdomen:liver")
    ]
