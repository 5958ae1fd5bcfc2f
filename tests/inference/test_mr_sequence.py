"""Which sequence an MR was taken with: text first, then the header, then the timing where it leaves one answer."""

from typing import Any

import pytest

from biodatamine_core import vocabulary
from biodatamine_core.inference import decide, label
from biodatamine_core.vocabulary.rows import rows
from tests.inference.arrange import clue, series_of


def sequence_of(path: str = "a/1.dcm", **facts: Any) -> str | None:
    return label(series_of(path, **{"modality_tag": "MR", **facts}))[0].sequence


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{row['where']}: {row['example']}") for row in rows("mr_sequence_words")]
)
def test_every_pattern_finds_its_example(row: dict[str, str]) -> None:
    said = vocabulary.sequence_said(row["example"], row["where"])
    assert (said.value if said else "") == row["value"]
    assert row["value"] in ("", *vocabulary.sequences())


@pytest.mark.parametrize(
    ("description", "sequence"),
    [
        ("AX T2 FLAIR FS", "FLAIR"),
        ("t1_mpr_ns_sag_p2_iso", "T1"),
        ("Sag T1 FLAIR", "T1"),
        ("FLAIR T1 +C", "FLAIR"),
        ("ep2d_diff_3scan_trace_p2_ADC", "ADC"),
        ("T2*-GRE", "T2*"),
        ("pd_tse_fs_cor", "PD"),
        ("DTI_64dir", "DTI"),
        ("rsfMRI_AP", "BOLD"),
        ("t2_tse_localizer", "localizer"),
        ("3D_TOF_multi-slab", "MRA"),
        ("COR T2 STIR", "STIR"),
        ("mDIXON_W in phase", "Dixon"),
        ("Séquence T1 pondérée", "T1"),
    ],
)
def test_a_description_names_the_sequence(description: str, sequence: str) -> None:
    assert sequence_of(series_description=description) == sequence


@pytest.mark.parametrize(
    "description",
    [
        "PD/T2 dual TSE",  # two weightings
        "t1_vibe_SUB",  # a difference of images
        "t2_tirm_cor",  # FLAIR or STIR
        "AX TSE fat sat",  # which weighting is not said
        "SE flow comp",  # compensated, not encoded
        "space_sag",
        "PT2 visit",
    ],
)
def test_a_description_that_leaves_it_open_says_nothing(description: str) -> None:
    assert sequence_of(series_description=description) is None


def test_a_ct_has_no_sequence_though_a_vertebra_is_called_t1():
    series, clues = label(series_of(modality_tag="CT", series_description="SPINE T1-T12"))
    assert series.sequence is None
    assert [clue for clue in clues if clue.about == "sequence"] == []


def test_a_series_of_unknown_modality_has_no_sequence():
    assert sequence_of("x/scan_T2.png", modality_tag=None, format="PNG") is None


def test_the_type_of_a_map_outweighs_the_description_of_its_images():
    facts = {"image_type": ("DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND"), "series_description": "ep2d_diff"}
    series, clues = label(series_of(modality_tag="MR", **facts))
    assert series.sequence == "ADC"
    assert [(clue.value, clue.because) for clue in clues if clue.about == "sequence"][:2] == [
        ("ADC", 'ImageType (0008,0008) holds "ADC"'),
        ("DWI", 'SeriesDescription says "EP2D DIFF"'),
    ]


@pytest.mark.parametrize(
    ("path", "sequence"),
    [
        ("ds/sub-01/anat/sub-01_T1w.nii.gz", "T1"),
        ("ds/sub-01/func/sub-01_task-rest_bold.nii.gz", "BOLD"),
        ("ds/sub-T2/anat/sub-T2_FLAIR.nii.gz", "FLAIR"),
        ("case_001/case_001_t1ce.nii.gz", "T1"),
        ("case_001/case_001_flair.nii.gz", "FLAIR"),
        ("ds/sub-01_dir-64_run-01.nii.gz", None),
    ],
)
def test_a_file_name_says_the_sequence(path: str, sequence: str | None) -> None:
    assert sequence_of(path, format="NIfTI") == sequence


@pytest.mark.parametrize(
    ("facts", "sequence"),
    [
        ({"acquisition_contrast": "FLUID_ATTENUATED"}, "FLAIR"),
        ({"acquisition_contrast": "UNKNOWN"}, None),
        ({"sequence_name": "*tfl3d1_16ns"}, "T1"),
        ({"sequence_name": "*ep_b1000t"}, "DWI"),
        ({"sequence_name": "*ep_b0"}, None),
        ({"image_type": ("ORIGINAL", "PRIMARY", "ASL", "PERFUSION")}, "ASL"),
        ({"image_type": ("ORIGINAL", "PRIMARY", "PERFUSION", "NONE"), "series_description": "pASL"}, "ASL"),
        ({"b_value": 800.0}, "DWI"),
        ({"b_value": 0.0}, None),
    ],
)
def test_the_header_says_the_sequence_in_codes(facts: dict[str, Any], sequence: str | None) -> None:
    assert sequence_of(**facts) == sequence


SPIN, GRADIENT = ("SE",), ("GR",)


@pytest.mark.parametrize(
    ("kinds", "repetition", "echo", "more", "sequence"),
    [
        pytest.param(SPIN, 500, 12, {}, "T1", id="T1 spin echo"),
        pytest.param(SPIN, 4000, 100, {}, "T2", id="T2 spin echo"),
        pytest.param(SPIN, 3000, 20, {}, "PD", id="PD spin echo"),
        pytest.param(SPIN, 3000, 50, {}, None, id="between PD and T2"),
        pytest.param(SPIN, 1400, 15, {}, None, id="between T1 and PD"),
        pytest.param(("SE", "EP"), 4000, 90, {}, None, id="echo planar: DWI or fMRI"),
        pytest.param(("SE", "IR"), 9000, 120, {"inversion_time_ms": 2500.0}, "FLAIR", id="FLAIR"),
        pytest.param(("SE", "IR"), 4000, 60, {"inversion_time_ms": 150.0}, "STIR", id="STIR"),
        pytest.param(("SE", "IR"), 2000, 10, {"inversion_time_ms": 860.0}, None, id="an inversion between them"),
        pytest.param(("GR", "IR"), 2300, 3, {"inversion_time_ms": 900.0, "flip_angle_deg": 9.0}, "T1", id="MPRAGE"),
        pytest.param(("GR", "IR"), 700, 3, {"inversion_time_ms": 300.0}, None, id="late enhancement"),
        pytest.param(GRADIENT, 6, 2, {"sequence_variant": ("SP",), "flip_angle_deg": 12.0}, "T1", id="spoiled"),
        pytest.param(GRADIENT, 22, 5, {"sequence_variant": ("SP",), "flip_angle_deg": 18.0}, None, id="time of flight"),
        pytest.param(GRADIENT, 4, 1.5, {"sequence_variant": ("SS",), "flip_angle_deg": 15.0}, None, id="not spoiled"),
        pytest.param(SPIN, 500, 12, {"image_type": ("DERIVED", "SECONDARY")}, None, id="a derived image"),
        pytest.param(SPIN, 4000, 100, {"varies_by": "time and echo"}, None, id="several echoes"),
    ],
)
def test_timing_speaks_only_where_it_leaves_one_weighting(
    kinds: tuple[str, ...], repetition: float, echo: float, more: dict[str, Any], sequence: str | None
) -> None:
    timing = {"scanning_sequence": kinds, "repetition_time_ms": float(repetition), "echo_time_ms": float(echo)}
    assert sequence_of(**timing, **more) == sequence


def test_an_mr_that_a_person_calls_ct_loses_its_sequence():
    _, clues = label(series_of(modality_tag="MR", series_description="AX T2"))
    corrected = decide([clue("modality", "CT", "person"), *clues])
    assert (corrected.modality, corrected.sequence) == ("CT", None)
    assert decide(clues).sequence == "T2"


def test_text_outweighs_timing_and_both_are_shown():
    timing = {"scanning_sequence": SPIN, "repetition_time_ms": 500.0, "echo_time_ms": 12.0}
    series, clues = label(series_of(modality_tag="MR", series_description="AX T2", **timing))
    assert series.sequence == "T2"
    assert [(clue.value, clue.strength.value) for clue in clues if clue.about == "sequence"] == [
        ("T2", "medium"),
        ("T1", "weak"),
    ]
