"""The rule on sectors: ultrasound, unless it is no plain picture."""

import pytest

from biodatamine_core.inference import label, ultrasound_sector
from biodatamine_core.records import Role, Strength
from tests.inference.arrange import series_of

SECTOR = {"format": "PNG", "sector_angle_deg": 70.0, "sector_marks_share": 0.02, "colour_share": 0.05}


@pytest.mark.parametrize(
    ("facts", "strength"),
    [
        pytest.param({}, Strength.MEDIUM, id="text beside it"),
        pytest.param({"sector_marks_share": 0.0}, Strength.WEAK, id="nothing beside it"),
        pytest.param({"role": Role.SEGMENTATION}, None, id="a mask"),
        pytest.param({"format": "DICOM"}, None, id="a DICOM says what it is by its tag"),
        pytest.param({"sector_angle_deg": None, "sector_marks_share": None}, None, id="no sector"),
    ],
)
def test_a_sector_on_black_is_ultrasound(facts, strength):
    found = list(ultrasound_sector.clues(series_of("1.png", **{**SECTOR, **facts})))
    assert [(clue.value, clue.strength, clue.source) for clue in found] == (
        [("US", strength, "shape")] if strength else []
    )


def test_a_picture_of_a_probe_is_labelled_without_a_word_of_its_path():
    decided, clues = label(series_of("0001.png", **SECTOR))
    assert (decided.modality, decided.modality_group, decided.modality_confidence) == ("US", "Ultrasound", None)
    assert clues[-1].because == (
        "A sector of 70 degrees is lit on black, with text or a scale beside it, as an ultrasound probe draws it"
    )
