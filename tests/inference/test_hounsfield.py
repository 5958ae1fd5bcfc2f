"""The rule on the range of values: one-sided, it knows CT and nothing else."""

import pytest

from biodatamine_core.inference import hounsfield, label
from biodatamine_core.records import Role, Strength
from tests.inference.arrange import series_of


def volume(low: float | None, high: float | None, **facts: object):
    return series_of("0001.nii.gz", **{"format": "NIfTI", "value_min": low, "value_max": high, **facts})


@pytest.mark.parametrize(
    ("low", "high", "strength"),
    [
        pytest.param(-1024, 3071, Strength.STRONG, id="12 bits"),
        pytest.param(-1000, 1000, Strength.STRONG, id="clipped on both sides"),
        pytest.param(-3024, 1500, Strength.STRONG, id="padding of a scanner"),
        pytest.param(-1024, 30_710, Strength.STRONG, id="metal on the extended scale"),
        pytest.param(-3995, 2100, Strength.MEDIUM, id="overshoot of a lossy compression"),
        pytest.param(-1012.4, 1433.7, Strength.MEDIUM, id="resampled to real numbers"),
        pytest.param(-4096, 4092, None, id="phase image of MR"),
        pytest.param(-1871, 1902, None, id="real part of MR: even about zero"),
        pytest.param(-32_768, 32_767, None, id="all of 16 bits"),
        pytest.param(0, 4095, None, id="no negatives are no evidence, neither of CT nor of MR"),
        pytest.param(0.0, 1.0, None, id="scaled to 0..1"),
        pytest.param(-1.0, 1.0, None, id="scaled to -1..1"),
        pytest.param(-160, 240, None, id="clamped to a window"),
        pytest.param(-1024, -1000, None, id="only air"),
        pytest.param(None, None, None, id="not looked at"),
    ],
)
def test_ct_is_known_by_its_range_and_nothing_else_is(low, high, strength):
    found = list(hounsfield.clues(volume(low, high)))
    assert [(clue.value, clue.strength, clue.source) for clue in found] == (
        [("CT", strength, "values")] if strength else []
    )


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"role": Role.SEGMENTATION}, id="label map"),
        pytest.param({"channels": 3}, id="vectors"),
        pytest.param({"format": "DICOM"}, id="DICOM has a tag"),
    ],
)
def test_what_is_no_plain_image_has_no_hounsfield_units(facts):
    assert list(hounsfield.clues(volume(-1024, 3071, **facts))) == []


def test_the_range_is_said_and_outweighs_a_word_of_the_path():
    labelled, clues = label(series_of("mri/0001.nii.gz", format="NIfTI", value_min=-1024.0, value_max=3071.0))
    assert labelled.modality == "CT"
    assert clues[0].because == "Its values run from -1,024 to 3,071, as Hounsfield units do from air to bone"
