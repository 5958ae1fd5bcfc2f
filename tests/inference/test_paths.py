"""The rules on names and NIfTI headers: path words, BIDS, dcm2niix."""

import pytest

from biodatamine_core.inference import bids, nifti_header, path_words
from biodatamine_core.records import Role, Strength
from tests.inference.arrange import said, series_of


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("ChestXray/train/1.png", {"anatomy": "chest", "modality": "DX"}, id="camel case"),
        pytest.param("chest_x-ray/1.png", {"anatomy": "chest", "modality": "DX"}, id="separators"),
        pytest.param("microscopy/scratch.png", {"modality": "SM"}, id="microscopy is not CR"),
        pytest.param("ct/1.png", {"modality": "CT"}, id="two letters, the whole folder"),
        pytest.param("CT 12/1.png", {"modality": "CT"}, id="two letters and a number"),
        pytest.param("ct_x_fold/1.png", {}, id="two letters among others"),
        pytest.param("ct_liver/1.png", {"modality": "CT", "anatomy": "abdomen:liver"}, id="beside a body part"),
        pytest.param("pt_liver/1.png", {"anatomy": "abdomen:liver"}, id="pt is also a patient"),
        pytest.param("us/breast.png", {"modality": "US", "anatomy": "breast"}, id="ultrasound"),
        pytest.param("brain/liver_1.png", {"anatomy": "abdomen:liver"}, id="closest part first"),
        pytest.param("ct_mri_brain/a.png", {"anatomy": "head:brain"}, id="two modalities in one name"),
        pytest.param("xray_us_images/a.png", {}, id="two letters beside another modality"),
        pytest.param("xray_from_us/a.png", {"modality": "DX"}, id="two letters apart from it"),
        pytest.param("overhead/surface/1.png", {}, id="parts of words"),
        pytest.param("lung2/1.png", {"anatomy": "chest:lung"}, id="numbered"),
        pytest.param("t1/1.png", {}, id="t1 may be a time point"),
        pytest.param("subject_t1.nii.gz", {"modality": "MR"}, id="t1 of a volume is MR"),
        pytest.param("case_1_mask.nii.gz", {"modality": "SEG"}, id="mask of a volume"),
        pytest.param("dermoscopy/1.jpg", {"modality": "DMS", "anatomy": "skin"}, id="dermoscopy"),
        pytest.param("fundus/1.jpg", {"modality": "OP", "anatomy": "head:eye"}, id="fundus"),
        pytest.param("images/0001.png", {}, id="nothing said"),
    ],
)
def test_path_word_must_be_whole(path, expected):
    format = "NIfTI" if ".nii" in path else "PNG"
    assert dict(said(path_words, series_of(path, format=format))) == expected


def test_path_words_of_an_archive_are_weak_and_of_a_folder_stronger():
    found = list(path_words.clues(series_of("brain_mri.zip!/tumor/glioma/1.png", format="PNG")))
    assert [(clue.about, clue.value, clue.strength, clue.because) for clue in found] == [
        ("anatomy", "head:brain", Strength.MEDIUM, 'The folder name says "glioma"'),
        ("modality", "MR", Strength.WEAK, 'The archive name says "mri"'),
    ]


def test_folder_of_a_series_of_many_files_speaks_as_a_folder():
    (clue,) = path_words.clues(series_of("data/knee.v2/", file_count=20))
    assert clue.because == 'The folder name says "knee"'


def test_mask_does_not_take_the_modality_of_its_folder():
    assert said(path_words, series_of("ct/liver.dcm", modality_tag="SEG")) == [("anatomy", "abdomen:liver")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("ds/sub-01/anat/sub-01_T1w.nii.gz", ["MR", "head:brain"], id="anatomical"),
        pytest.param("sub-01/ses-1/func/sub-01_ses-1_task-rest_bold.nii", ["MR", "head:brain"], id="session"),
        pytest.param("a.zip!/sub-01/pet/sub-01_pet.nii.gz", ["PT", "head:brain"], id="PET, in an archive"),
        pytest.param("sub-1/micr/sub-1_sample-A_SEM.png", ["SM"], id="microscopy of anything"),
        pytest.param("derivatives/sub-01/anat/sub-01_dseg.nii.gz", ["SEG", "head:brain"], id="label map"),
        pytest.param("sub-01/anat/sub-02_T1w.nii.gz", [], id="another subject's file"),
        pytest.param("sub-01/func/sub-01_T1w.nii.gz", [], id="suffix in the wrong folder"),
        pytest.param("sub-01/sub-01_T1w.nii.gz", [], id="no data type folder"),
        pytest.param("anat/T1w.nii.gz", [], id="not BIDS"),
    ],
)
def test_bids_suffix_counts_in_a_valid_folder_only(path, expected):
    assert [clue.value for clue in bids.clues(series_of(path, format="NIfTI"))] == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"header_description": "TE=2.9;Time=101010.100"}, ["MR"], id="dcm2niix echo time"),
        pytest.param({"header_description": "FSL5.0"}, [], id="a program's name"),
        pytest.param({"header_description": "SUITE=3"}, [], id="TE within a word"),
        pytest.param({"role": Role.SEGMENTATION}, ["SEG"], id="label intent"),
        pytest.param({"header_description": "TE=2.9", "format": "DICOM"}, [], id="not a NIfTI"),
        pytest.param({}, [], id="empty"),
    ],
)
def test_nifti_header_gives_the_modality_away(facts, expected):
    assert [clue.value for clue in nifti_header.clues(series_of(**{"format": "NIfTI", **facts}))] == expected
