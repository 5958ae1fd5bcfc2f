"""How clues are weighed: order, agreement, conflict, and unknown as an answer."""

import pytest

from biodatamine_core.inference import decide
from biodatamine_core.records import Label, Strength
from tests.inference.arrange import clue

AGREEMENT, DISAGREEMENT, ANATOMY_TEXT, MODALITY_TEXT = 0.966, 0.554, 0.917, 0.896  # measured on the IDC index


def test_no_clue_no_label():
    assert decide([]) == Label()


@pytest.mark.parametrize(
    ("clues", "expected"),
    [
        pytest.param([("CT", "tag")], ("CT", None), id="tag alone: never measured"),
        pytest.param([("CT", "tag"), ("CT", "sop-class")], ("CT", None), id="one hand wrote both"),
        pytest.param([("CT", "tag"), ("CT", "description")], ("CT", AGREEMENT), id="two kinds agree"),
        pytest.param([("CR", "tag"), ("DX", "path")], ("CR", AGREEMENT), id="one group agrees"),
        pytest.param([("CT", "description")], ("CT", MODALITY_TEXT), id="text alone"),
        pytest.param([("MR", "description"), ("CT", "tag")], ("CT", None), id="tag stands against text"),
        pytest.param([("MG", "tag"), ("OT", "sop-class")], ("MG", None), id="tag stands against a screenshot"),
        pytest.param([("OT", "tag"), ("US", "path")], ("US", None), id="other is no answer"),
        pytest.param([("OT", "tag")], ("OT", None), id="other, where nothing else is said"),
        pytest.param([("SEG", "tag"), ("RTDOSE", "path")], ("SEG", None), id="other codes are not one group"),
        pytest.param([("DX", "path"), ("MR", "bids")], ("MR", None), id="BIDS before path words"),
    ],
)
def test_modality(clues, expected):
    label = decide([clue("modality", value, source) for value, source in clues])
    assert (label.modality, label.modality_confidence) == expected


@pytest.mark.parametrize(
    ("clues", "zones", "anatomy", "confidence"),
    [
        pytest.param([("chest", "description")], ("chest",), "chest", ANATOMY_TEXT, id="text alone"),
        pytest.param([("chest", "body-part")], ("chest",), "chest", None, id="body part alone: never measured"),
        pytest.param(
            [("abdomen:liver", "code"), ("abdomen", "description")],
            ("abdomen",),
            "liver",
            AGREEMENT,
            id="code and text agree",
        ),
        pytest.param(
            [("breast", "body-part"), ("lower_extremity:hip", "description")],
            ("lower_extremity",),
            "hip",
            DISAGREEMENT,
            id="text before body part, and the conflict shows",
        ),
        pytest.param(
            [("chest+abdomen+pelvis", "description"), ("chest", "body-part")],
            ("chest", "abdomen", "pelvis"),
            "chest_abdomen_pelvis",
            AGREEMENT,
            id="a shared zone is agreement",
        ),
        pytest.param(
            [("whole_body", "description"), ("chest:lung", "body-part")],
            ("whole_body",),
            "whole_body",
            AGREEMENT,
            id="a whole body holds the lung",
        ),
        pytest.param(
            [("phantom", "description"), ("head:brain", "body-part")],
            ("phantom",),
            "phantom",
            DISAGREEMENT,
            id="a phantom tagged brain",
        ),
        pytest.param(
            [("head", "description"), ("head:brain", "body-part")],
            ("head",),
            "brain",
            AGREEMENT,
            id="finer region from the weaker clue",
        ),
        pytest.param(
            [("spine:cspine", "description"), ("head", "description")],
            ("spine",),
            "cspine",
            ANATOMY_TEXT,
            id="two texts are one kind: the closer one answers",
        ),
    ],
)
def test_anatomy(clues, zones, anatomy, confidence):
    label = decide([clue("anatomy", value, source) for value, source in clues])
    assert (label.anatomy_zones, label.anatomy, label.anatomy_confidence) == (zones, anatomy, confidence)


def test_folder_outweighs_the_name_of_its_archive():
    label = decide([clue("modality", "MR", "path", Strength.WEAK), clue("modality", "CT", "path")])
    assert label.modality == "CT"
