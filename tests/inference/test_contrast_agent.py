"""Whether a contrast agent was given, and in which phase, where text or header says it; else nothing is said."""

from typing import Any

import pytest

from biodatamine_core import vocabulary
from biodatamine_core.inference import label
from biodatamine_core.vocabulary.rows import rows
from tests.inference.arrange import series_of


def contrast_of(description: str | None = None, modality: str = "CT", **facts: Any) -> str | None:
    return label(series_of(modality_tag=modality, series_description=description, **facts))[0].contrast


@pytest.mark.parametrize("row", [pytest.param(row, id=row["example"]) for row in rows("contrast_words")])
def test_every_pattern_finds_its_example(row: dict[str, str]) -> None:
    said = vocabulary.contrast_said(row["example"], row["modality"] or "CT")
    assert (said.value if said else "") == row["value"]
    assert row["value"] in ("", *vocabulary.contrasts())


@pytest.mark.parametrize(
    ("description", "contrast"),
    [
        ("Abdomen ohne KM", "none"),
        ("THORAX NATIV 1.0", "none"),
        ("HEAD W/O", "none"),
        ("TDM sans injection", "none"),
        ("Tórax sin contraste", "none"),
        ("C-", "none"),
        ("CHEST WITH CONTRAST", "with"),
        ("Abdomen nach KM-Gabe", "with"),
        ("C+", "with"),
        ("CTA neck", "with"),
        ("ABD PORTAL VENOUS 2.0", "portal_venous"),
        ("Leber arterielle Phase", "arterial"),
        ("KIDNEY 10 MIN DELAY", "delayed"),
    ],
)
def test_a_description_of_a_ct_says_it(description: str, contrast: str) -> None:
    assert contrast_of(description) == contrast


@pytest.mark.parametrize(
    "description",
    [
        "ABDOMEN W/WO CONTRAST",  # both were taken, not said which this is
        "sans et avec injection",
        "PRE AND POST CONTRAST",
        "C-SPINE",
        "C+A+P",
        "SCM LEFT",
        "ABD W/ ORAL CONTRAST",
        "CHEST 5MM",
        "POST OP",
        "arterial and venous phase",
    ],
)
def test_a_description_that_leaves_it_open_says_nothing(description: str) -> None:
    assert contrast_of(description) is None


@pytest.mark.parametrize(
    ("description", "contrast"),
    [
        ("AX T1 FS POST", "with"),
        ("t1_tse_tra_KM", "with"),
        ("T1 PRE GAD", "none"),
        ("AX T1 +C", "with"),
        ("T1 C SPINE", None),
        ("phase contrast", None),
        ("T2 w", None),
        ("arterial spin labeling", None),
        ("FOV 24 cm", None),
    ],
)
def test_a_description_of_an_mr_says_it(description: str, contrast: str | None) -> None:
    assert contrast_of(description, "MR") == contrast


@pytest.mark.parametrize(
    ("agent", "contrast"),
    [
        ("OMNIPAQUE 350", "with"),
        ("APPLIED", "with"),
        ("IV & ORAL", "with"),
        ("NONE", "none"),
        ("No contrast", "none"),
        ("ORAL", None),
        ("Water", None),
        ("0.1", None),
        (" ", None),
    ],
)
def test_the_header_names_an_agent_that_enhances(agent: str, contrast: str | None) -> None:
    assert contrast_of(contrast_agent=agent) == contrast


def test_the_name_of_an_agent_stays_out_of_the_reason():
    _, clues = label(series_of(modality_tag="CT", contrast_agent="Omnipaque for MILLER"))
    assert [clue.because for clue in clues if clue.about == "contrast"] == [
        "ContrastBolusAgent (0018,0010) names an agent"
    ]


def test_a_series_before_the_agent_outweighs_the_header_and_the_study():
    facts = {"contrast_agent": "OMNIPAQUE", "study_description": "CT ABDOMEN WITH CONTRAST"}
    series, clues = label(series_of(modality_tag="CT", series_description="nativ", **facts))
    assert series.contrast == "none"
    assert [(clue.value, clue.source) for clue in clues if clue.about == "contrast"] == [
        ("none", "description"),
        ("with", "header"),
        ("with", "study"),
    ]


def test_a_localizer_and_an_x_ray_say_nothing_of_contrast():
    assert contrast_of("WITH CONTRAST", image_type=("ORIGINAL", "PRIMARY", "LOCALIZER")) is None
    assert contrast_of("WITH CONTRAST", "DX") is None


def test_a_bids_name_says_that_an_agent_was_given():
    path = "ds/sub-01/anat/sub-01_ce-gadolinium_T1w.nii.gz"
    series = label(series_of(path, format="NIfTI"))[0]
    assert (series.modality, series.sequence, series.contrast) == ("MR", "T1", "with")
