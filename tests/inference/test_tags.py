"""The rules on coded tags: Modality, SOP class, region code, body part, and what a modality always shows."""

import pytest

from biodatamine_core.inference import body_part, modality_tag, prior, region_code, sop_class
from biodatamine_core.records import Strength
from tests.builders import SOP_CLASSES
from tests.inference.arrange import said, series_of


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        pytest.param("CT", [("modality", "CT")], id="code"),
        pytest.param(" mr ", [("modality", "MR")], id="padded, lower case"),
        pytest.param("OT", [("modality", "OT")], id="other"),
        pytest.param("BANANA", [], id="not in DICOM's list"),
        pytest.param("", [], id="empty"),
        pytest.param(None, [], id="missing"),
    ],
)
def test_modality_tag_speaks_where_it_is_a_dicom_code(tag, expected):
    assert said(modality_tag, series_of(modality_tag=tag)) == expected


def test_modality_tag_names_the_tag_it_read():
    (clue,) = modality_tag.clues(series_of(modality_tag="CT"))
    assert (clue.because, clue.strength, clue.source) == ("DICOM Modality (0008,0060) is CT", Strength.STRONG, "tag")


@pytest.mark.parametrize(
    ("sop", "tag", "expected"),
    [
        pytest.param(SOP_CLASSES["MR"], None, [("modality", "MR")], id="implies a modality"),
        pytest.param(SOP_CLASSES["SC"], "CT", [("modality", "OT")], id="screenshot under a CT tag"),
        pytest.param(SOP_CLASSES["SC"], None, [], id="screenshot without a tag says nothing"),
        pytest.param("1.2.3", "CT", [], id="private class"),
        pytest.param(None, "CT", [], id="missing"),
    ],
)
def test_sop_class_says_what_kind_of_object_it_is(sop, tag, expected):
    assert said(sop_class, series_of(sop_class_uid=sop, modality_tag=tag)) == expected


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        pytest.param("SCT:10200004 Liver", ["abdomen:liver"], id="SNOMED CT"),
        pytest.param("SRT:T-D1100 Head", ["head"], id="SNOMED RT"),
        pytest.param("99LOCAL:X1 Left knee", ["lower_extremity:knee"], id="unknown code, known meaning"),
        pytest.param("99LOCAL:X1 Something", [], id="unknown code and meaning"),
        pytest.param("Liver", [], id="no code"),
        pytest.param(None, [], id="missing"),
    ],
)
def test_region_code_is_looked_up(region, expected):
    assert said(region_code, series_of(anatomic_region=region)) == [("anatomy", value) for value in expected]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        pytest.param("CHEST", ["chest"], id="term"),
        pytest.param("HEAD-NECK", ["head+neck"], id="separator inside"),
        pytest.param("NECKCHESTABDPELV", ["neck+chest+abdomen+pelvis"], id="four zones"),
        pytest.param("CT 3PHASE REN LEBER", ["abdomen:liver"], id="words typed instead of a term"),
        pytest.param("PHANTOM", ["phantom"], id="phantom"),
        pytest.param("FUSION", [], id="no body part"),
        pytest.param(None, [], id="missing"),
    ],
)
def test_body_part_is_a_term_or_words(term, expected):
    assert said(body_part, series_of(body_part_examined=term)) == [("anatomy", value) for value in expected]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        pytest.param("MG", ["breast"], id="mammography"),
        pytest.param("DMS", ["skin"], id="dermoscopy"),
        pytest.param("OP", ["head:eye"], id="fundus photograph"),
        pytest.param("PX", ["head:teeth"], id="panoramic"),
        pytest.param("CT", [], id="CT shows anything"),
        pytest.param(None, [], id="no tag"),
    ],
)
def test_some_modalities_leave_no_choice_of_body_part(tag, expected):
    assert said(prior, series_of(modality_tag=tag)) == [("anatomy", value) for value in expected]


def test_sop_class_stands_in_where_the_modality_tag_is_missing():
    assert said(prior, series_of(sop_class_uid=SOP_CLASSES["MG"])) == [("anatomy", "breast")]
