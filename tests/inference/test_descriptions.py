"""The rules on free text: whole words, many languages, and the traps that real headers set."""

import pytest

from biodatamine_core.inference import descriptions
from biodatamine_core.records import Role
from tests.inference.arrange import said, series_of


def anatomy_in(text: str) -> list[str]:
    found = said(descriptions, series_of(study_description=text))
    return [value for about, value in found if about == "anatomy"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("CT CHEST/ABD/PELVIS W CONTRAST", "chest+abdomen+pelvis", id="three zones"),
        pytest.param("ABD AND/OR PEL", "abdomen+pelvis", id="and/or"),
        pytest.param("CT T/A/P", "chest+abdomen+pelvis", id="T/A/P"),
        pytest.param("CT CAP", "chest+abdomen+pelvis", id="CAP"),
        pytest.param("TC TX AS AI", "chest+abdomen+pelvis", id="TX AS AI"),
        pytest.param("LSPINE 2 VIEWS", "spine:lspine", id="LSPINE"),
        pytest.param("MRI C-Spine", "spine:cspine", id="C-spine"),
        pytest.param("KUB", "abdomen+pelvis", id="KUB"),
        pytest.param("RTG Klp", "chest", id="Polish Klp"),
        pytest.param("CT HNO", "head+neck", id="German HNO"),
        pytest.param("Schädel nativ", "head:skull", id="German"),
        pytest.param("SCHAEDEL", "head:skull", id="German without umlaut"),
        pytest.param("IRM du genou gauche", "lower_extremity:knee", id="French"),
        pytest.param("RM DE HÍGADO", "abdomen:liver", id="Spanish"),
        pytest.param("RX GINOCCHIO DX", "lower_extremity:knee", id="Italian"),
        pytest.param("TC CRÂNIO", "head", id="Portuguese"),
        pytest.param("MR Wervelkolom", "spine", id="Dutch"),
        pytest.param("TK głowy", "head", id="Polish"),
        pytest.param("CT břicha", "abdomen", id="Czech"),
        pytest.param("ALT BATIN", "pelvis", id="Turkish"),
        pytest.param("DT hjärna", "head:brain", id="Swedish"),
        pytest.param("AbdomenPelvis_Routine", "abdomen+pelvis", id="words run together"),
        pytest.param("CT ABDOMEN LIVER", "abdomen:liver", id="organ within its zone"),
        pytest.param("CT CHEST LIVER", "chest+abdomen", id="organ and another zone"),
        pytest.param("CT NECK TO PELVIS", "neck+chest+abdomen+pelvis", id="range"),
        pytest.param("CT CHEST THROUGH PELVIS", "chest+abdomen+pelvis", id="range in words"),
        pytest.param("PET SKULL BASE TO MID-THIGH", "neck+chest+abdomen+pelvis", id="PET coverage"),
        pytest.param("PETCT_Skull_MidThigh", "whole_body", id="PET coverage with the head"),
        pytest.param("MR MID THIGH", "lower_extremity:thigh", id="a thigh, and no PET"),
        pytest.param("HEAD NECK CHEST ABDOMEN PELVIS", "whole_body", id="more than four zones"),
        pytest.param("PET_CT_HEADtoFEET", "whole_body", id="range in one word"),
        pytest.param("DELAY DIAPHRAGM TO CREST", "abdomen", id="range from a border of the zone"),
        pytest.param("CT WB", "whole_body", id="WB of a PET/CT"),
        pytest.param("Para-aortic lymph node", "chest+abdomen", id="lymph nodes by their station"),
        pytest.param("TK kl/J.B/MM", "chest+abdomen+pelvis", id="Polish initials"),
        pytest.param("CT bone marrow biopsy", "pelvis", id="marrow is taken at the iliac crest"),
        pytest.param("MR HIP", "pelvis+lower_extremity:hip", id="a joint of two zones"),
        pytest.param("Head phantom QA", "phantom", id="a phantom is no head"),
        pytest.param("MRI fetal brain", "fetus:fetal_brain", id="longest phrase wins"),
        pytest.param("US cervical cancer", "pelvis:cervix", id="cervix, not neck"),
        pytest.param("CT Stifle canine", "lower_extremity:knee", id="veterinary"),
        pytest.param("MRI_lumbarspine", "spine:lspine", id="two words in one"),
        pytest.param("MSKT organov grudnoy kletki", "chest", id="Russian in Latin letters"),
        pytest.param("КТ органов грудной клетки", "chest", id="Russian"),
        pytest.param("МРТ коленного сустава", "lower_extremity:knee", id="Russian case"),
        pytest.param("МРТ спинного мозга", "spine:spinal_cord", id="the spinal cord is no brain"),
        pytest.param("Radiographie main dte", "upper_extremity:hand", id="French for hand"),
        pytest.param("TK kręgosłupa szyjnego", "spine:cspine", id="Polish case"),
        pytest.param("NNH koronar", "head:sinuses", id="German abbreviation"),
        pytest.param("Head FDG PET", "head", id="a part that is named outweighs what a tracer covers"),
        pytest.param("FDG tumour staging", "neck+chest+abdomen+pelvis", id="what a tracer covers"),
    ],
)
def test_text_names_the_body_part(text, expected):
    assert anatomy_in(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("170CC OMNI", id="170CC is not the CC view"),
        pytest.param("CALIBRATION scan", id="calibration is no phantom"),
        pytest.param("HEAD FIRST SUPINE", id="head first"),
        pytest.param("FEET FIRST PRONE", id="feet first"),
        pytest.param("DYN: VOLSER: PE5", id="PE5 is not pulmonary embolism"),
        pytest.param("8CH HEAD COIL", id="coil"),
        pytest.param("ARMS UP", id="arms up"),
        pytest.param("Heart rate 70", id="heart rate"),
        pytest.param("Cardiac gated DWI", id="gating"),
        pytest.param("Femoral access", id="where the catheter goes in"),
        pytest.param("BrainLAB export", id="a company's name"),
        pytest.param("Filtered back projection", id="back projection"),
        pytest.param("OVERHEAD SURFACE", id="parts of words"),
        pytest.param("XR WB LATERAL", id="weight-bearing"),
        pytest.param("nicht Thorax", id="negated"),
        pytest.param("", id="empty"),
    ],
)
def test_text_that_names_no_body_part(text):
    assert anatomy_in(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("CT CHEST NOT ABDOMEN", ["chest"], id="negation takes what stands behind it"),
        pytest.param("CT CHEST WO ABDOMEN W", ["chest+abdomen"], id="without contrast is no negation"),
        pytest.param("XR FEMORAL NECK", ["pelvis+lower_extremity:hip"], id="femoral neck"),
        pytest.param("MR HEAD OF PANCREAS", ["abdomen:pancreas"], id="head of the pancreas"),
    ],
)
def test_phrase_outweighs_the_words_in_it(text, expected):
    assert anatomy_in(text) == expected


@pytest.mark.parametrize(
    ("tag", "series", "study", "expected"),
    [
        pytest.param("CT", "LUNG 1.25", "CT CHEST ABD PELVIS", ["chest+abdomen+pelvis"], id="lung kernel"),
        pytest.param("CT", "Thorax Lung 3", "CT ABDOMEN", ["chest:lung", "abdomen"], id="the zone beside its kernel"),
        pytest.param("CT", "T-SPINE SAG", "CT CHEST", ["chest"], id="spine reformat"),
        pytest.param("MR", "T-SPINE SAG", "MR CHEST", ["spine:tspine", "chest"], id="MR of the spine is one"),
        pytest.param("CT", "LUNG 1.25", "CT HEAD", ["chest:lung", "head"], id="study of another part"),
        pytest.param("CT", "LUNG 1.25", None, ["chest:lung"], id="nothing else said"),
        pytest.param(None, "LUNG 1.25", "CT CHEST ABD", ["chest+abdomen"], id="a CT by its text, where no tag is"),
        pytest.param(None, "LUNG", "CHEST ABD", ["chest:lung", "chest+abdomen"], id="perhaps no CT"),
    ],
)
def test_kernels_and_reformats_keep_the_coverage_of_the_study(tag, series, study, expected):
    facts = series_of(modality_tag=tag, series_description=series, study_description=study)
    assert [value for about, value in said(descriptions, facts) if about == "anatomy"] == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"series_description": "Thorax CT"}, ["CT"], id="CT anywhere"),
        pytest.param({"study_description": "US ABDOMEN"}, ["US"], id="US as the first word"),
        pytest.param({"study_description": "SHIPPED TO US"}, [], id="US elsewhere"),
        pytest.param({"study_description": "PET/CT"}, [], id="two modalities are no answer"),
        pytest.param({"study_description": "CT HEAD", "modality_tag": "MR"}, [], id="a study holds other series"),
        pytest.param({"series_description": "CT HEAD", "modality_tag": "MR"}, ["CT"], id="a series' own text"),
        pytest.param({"series_description": "CT LIVER", "modality_tag": "SEG"}, [], id="made from a CT"),
        pytest.param({"series_description": "CT", "role": Role.SEGMENTATION}, [], id="mask of a CT"),
        pytest.param({"study_description": "Panoramic radiograph"}, ["PX"], id="the more exact code"),
        pytest.param({"study_description": "microscopy"}, ["SM"], id="microscopy is not CR"),
        pytest.param({"series_description": "Body 1.0 B30f"}, ["CT"], id="a kernel"),
        pytest.param({"series_description": "t2_TSE_tra"}, ["MR"], id="a sequence"),
        pytest.param({"series_description": "CT lung segmentation"}, ["SEG"], id="what is made from a CT"),
        pytest.param(
            {"series_description": "CT segmentation measurements"}, ["SR"], id="the last word says what it is"
        ),
        pytest.param({"series_description": "Segmentation, annotation 2"}, ["SEG"], id="the word that says the kind"),
        pytest.param({"series_description": "cine segmented"}, ["MR"], id="k-space in segments"),
        pytest.param({"series_description": "RTstruct_T2"}, ["RTSTRUCT"], id="in one word"),
        pytest.param(
            {"series_description": "Segmentation", "study_description": "CT HEAD"},
            ["SEG"],
            id="not what it is made from",
        ),
        pytest.param(
            {"series_description": "Lesion annotations", "study_description": "MR HEAD"},
            [],
            id="of a kind that is not said",
        ),
        pytest.param({"series_description": "LAT"}, ["DX"], id="a projection, alone"),
        pytest.param({"series_description": "LAT MARGIN"}, [], id="a projection among other words"),
    ],
)
def test_text_names_the_modality(facts, expected):
    assert [value for about, value in said(descriptions, series_of(**facts)) if about == "modality"] == expected


def test_only_the_words_that_matter_are_quoted():
    (clue,) = descriptions.clues(series_of(study_description="THORAX OF JOHN DOE"))
    assert clue.because == 'StudyDescription says "THORAX"'
