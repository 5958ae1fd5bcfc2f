"""The rule on Exif: what a camera took is a photograph, unless it is one of a film."""

import pytest

from biodatamine_core.inference import camera, label
from biodatamine_core.records import Role
from tests.inference.arrange import said, series_of


@pytest.mark.parametrize(
    ("facts", "modality"),
    [
        pytest.param({"camera": "Canon EOS 80D", "colour_share": 0.9}, "XC", id="in colour"),
        pytest.param({"camera": "Canon EOS 80D", "colour_share": 0.02}, None, id="of a film on a light box"),
        pytest.param({"camera": "Canon EOS 80D"}, None, id="colours not looked at"),
        pytest.param({"camera": "Nikon Digital Sight DS-Fi2", "colour_share": 0.02}, "SM", id="of a microscope"),
        pytest.param({"camera": "Olympus DP72", "colour_share": 0.4}, "SM", id="of a microscope, in colour"),
        pytest.param({"camera": "Canon EOS 80D", "colour_share": 0.9, "role": Role.SEGMENTATION}, None, id="a mask"),
        pytest.param({"colour_share": 0.9}, None, id="no camera"),
    ],
)
def test_what_a_camera_took_is_a_photograph(facts, modality):
    assert said(camera, series_of("1.jpg", **{"format": "JPEG", **facts})) == (
        [("modality", modality)] if modality else []
    )


def test_a_word_of_the_path_is_finer_than_a_camera():
    series = series_of("dermoscopy/1.jpg", format="JPEG", camera="Canon EOS 80D", colour_share=0.9)
    decided, clues = label(series)
    assert (decided.modality, decided.modality_group) == ("DMS", "Optical")
    assert "Its Exif data say that a camera took it (Canon EOS 80D)" in [clue.because for clue in clues]
