"""How clues are weighed: order, agreement, conflict, and unknown as an answer."""

import pytest

from biodatamine_core.inference import decide
from biodatamine_core.inference.confidence import Evidence, confidence
from biodatamine_core.records import Label, Strength
from tests.inference.arrange import clue


def test_no_clue_no_label():
    assert decide([]) == Label()


@pytest.mark.parametrize(
    ("clues", "expected"),
    [
        pytest.param([("CT", "tag")], ("CT", "tag"), id="tag alone"),
        pytest.param([("CT", "tag"), ("CT", "sop-class")], ("CT", "tag"), id="one hand wrote both"),
        pytest.param([("CT", "tag"), ("CT", "description")], ("CT", "tag + description"), id="two kinds agree"),
        pytest.param([("CR", "tag"), ("DX", "path")], ("CR", "tag + path"), id="one group agrees"),
        pytest.param([("CT", "description")], ("CT", "description"), id="text alone"),
        pytest.param(
            [("MR", "description"), ("CT", "tag")], ("CT", "tag against description"), id="tag stands against text"
        ),
        pytest.param([("MG", "tag"), ("OT", "sop-class")], ("MG", "tag"), id="tag stands against a screenshot"),
        pytest.param([("OT", "tag"), ("US", "path")], ("US", "path"), id="other is no answer"),
        pytest.param([("OT", "tag")], ("OT", "tag"), id="other, where nothing else is said"),
        pytest.param(
            [("SEG", "tag"), ("RTDOSE", "path")], ("SEG", "tag against path"), id="other codes are not one group"
        ),
        pytest.param([("DX", "path"), ("MR", "bids")], ("MR", "bids"), id="BIDS before path words"),
        pytest.param(
            [("MR", "page"), ("CT", "study"), ("CT", "description")],
            ("CT", "description + study against page"),
            id="the closest text answers, and who contradicts is told",
        ),
    ],
)
def test_modality(clues, expected):
    label = decide([clue("modality", value, source) for value, source in clues])
    assert (label.modality, label.modality_evidence) == expected


@pytest.mark.parametrize(
    ("clues", "zones", "anatomy", "evidence"),
    [
        pytest.param([("chest", "description")], ("chest",), "chest", "description", id="text alone"),
        pytest.param([("chest", "body-part")], ("chest",), "chest", "body-part", id="body part alone"),
        pytest.param(
            [("abdomen:liver", "code"), ("abdomen", "description")],
            ("abdomen",),
            "liver",
            "code + description",
            id="code and text agree",
        ),
        pytest.param(
            [("breast", "body-part"), ("pelvis+lower_extremity:hip", "description")],
            ("pelvis", "lower_extremity"),
            "hip",
            "description against body-part",
            id="text before body part, and the conflict shows",
        ),
        pytest.param(
            [("chest+abdomen+pelvis", "study"), ("chest", "body-part")],
            ("chest", "abdomen", "pelvis"),
            "chest_abdomen_pelvis",
            "study + body-part",
            id="a shared zone is agreement",
        ),
        pytest.param(
            [("whole_body", "description"), ("chest:lung", "body-part")],
            ("whole_body",),
            "whole_body",
            "description + body-part",
            id="a whole body holds the lung",
        ),
        pytest.param(
            [("phantom", "description"), ("head:brain", "body-part")],
            ("phantom",),
            "phantom",
            "description against body-part",
            id="a phantom tagged brain",
        ),
        pytest.param(
            [("head", "description"), ("head:brain", "body-part")],
            ("head",),
            "brain",
            "description + body-part",
            id="finer region from the weaker clue",
        ),
        pytest.param(
            [("spine:cspine", "description"), ("head", "description")],
            ("spine",),
            "cspine",
            "description",
            id="two texts of one hand are one kind: the closer one answers",
        ),
        pytest.param(
            [("neck+chest+abdomen+pelvis", "coverage"), ("breast", "page")],
            ("breast",),
            "breast",
            "page against coverage",
            id="what goes without saying speaks last",
        ),
    ],
)
def test_anatomy(clues, zones, anatomy, evidence):
    label = decide([clue("anatomy", value, source) for value, source in clues])
    assert (label.anatomy_zones, label.anatomy, label.anatomy_evidence) == (zones, anatomy, evidence)


def test_confidence_is_what_was_measured_for_the_evidence():
    agreed = decide([clue("anatomy", "chest", "study"), clue("anatomy", "chest", "page")])
    contradicted = decide([clue("anatomy", "chest", "study"), clue("anatomy", "head", "page")])
    assert agreed.anatomy_confidence == confidence("anatomy", Evidence("study", agreeing=("page",)))
    assert 0.5 < contradicted.anatomy_confidence < agreed.anatomy_confidence < 1


@pytest.mark.parametrize(
    ("agreeing", "against", "tier"),
    [
        pytest.param((), (), "one kind", id="alone"),
        pytest.param(("page",), (), "two agree", id="two"),
        pytest.param(("page", "path", "code", "bids"), (), "four agree", id="four or more"),
        pytest.param((), ("page",), "contradicted", id="one against one"),
        pytest.param(("code",), ("page", "path"), "contradicted", id="a draw"),
        pytest.param(("code",), ("page",), "most agree", id="two against one"),
    ],
)
def test_tier_is_how_much_evidence_agrees(agreeing, against, tier):
    assert Evidence("study", agreeing, against).tier == tier


def test_more_agreement_was_right_more_often_and_contradiction_less():
    tiers = [("path",), ("path", "code"), ("path", "code", "table")]
    agreed = [confidence("anatomy", Evidence("bids", agreeing)) for agreeing in tiers]
    contradicted = confidence("anatomy", Evidence("bids", (), ("path",)))
    assert agreed == sorted(agreed)
    assert contradicted < agreed[0]


def test_agreement_that_was_not_measured_by_itself_counts_as_any_other():
    assert confidence("anatomy", Evidence("code", ("path",))) == confidence("anatomy", Evidence("path", ("code",)))


@pytest.mark.parametrize(("about", "source"), [("modality", "tag"), ("anatomy", "body-part")])
def test_what_nobody_measured_has_no_confidence(about, source):
    assert confidence(about, Evidence(source)) is None


def test_a_tag_that_texts_contradict_has_no_confidence_in_figures():
    assert confidence("modality", Evidence("tag", against=("description",))) is None


def test_folder_outweighs_the_name_of_its_archive():
    label = decide([clue("modality", "MR", "path", Strength.WEAK), clue("modality", "CT", "path")])
    assert label.modality == "CT"
