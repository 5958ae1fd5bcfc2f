"""Which image a mask belongs to: by reference, by name, by subject, by the only case around."""

from pathlib import Path
from typing import Any

import pytest

from biodatamine_core.records import FileRecord, Role
from tests.series.arrange import AXIAL, dicom, grouped, image, stack

AFFINE = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def volume(path: str, shape: tuple[int, ...] = (32, 24, 20), affine: tuple[float, ...] = AFFINE) -> FileRecord:
    return image(path, "NIfTI", shape, affine_ras=affine, spacing_mm=(1.0, 1.0, 2.0))


def segmentation(path: str = "seg.dcm", **facts: Any) -> FileRecord:
    """A DICOM SEG of two frames."""
    placed = {"image_position_mm": None, "frame_positions_mm": (0.0, 0.0, 0.0, 0.0, 0.0, 2.0), "frames": 2}
    said = {"series_uid": "9.9", "role": Role.SEGMENTATION, "modality_tag": "SEG", "image_orientation": AXIAL}
    return dicom(path, None, **{**placed, **said, "shape": (512, 512, 2), **facts})


def pairs(folder: Path, files: list[FileRecord]) -> dict[str, list[str]]:
    """Path of each image -> paths of its masks."""
    _, series = grouped(folder, files)
    paths = {record.series_id: record.path for record in series}
    return {
        record.path: [paths[mask] for mask in record.mask_series_ids or ()] for record in series if not record.is_mask
    }


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param(
            ["imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz", "labelsTr/a.nii.gz"],
            {"imagesTr/a_0000.nii.gz": ["labelsTr/a.nii.gz"], "imagesTr/a_0001.nii.gz": ["labelsTr/a.nii.gz"]},
            id="the channels of nnU-Net",
        ),
        pytest.param(
            ["images/a_0001.png", "masks/a_0001.png", "images/a_0002.png"],
            {"images/a_0001.png": ["masks/a_0001.png"], "images/a_0002.png": []},
            id="numbered pictures",
        ),
        pytest.param(["a.png", "a_mask.png", "b.png"], {"a.png": ["a_mask.png"], "b.png": []}, id="endings"),
        pytest.param(
            ["case/a_flair.nii", "case/a_t1.nii", "case/a_seg.nii"],
            {"case/a_flair.nii": ["case/a_seg.nii"], "case/a_t1.nii": ["case/a_seg.nii"]},
            id="several sequences of one case",
        ),
    ],
)
def test_a_mask_belongs_to_the_image_of_its_name(
    tmp_path: Path, paths: list[str], expected: dict[str, list[str]]
) -> None:
    assert pairs(tmp_path, [image(path) for path in paths]) == expected


def test_a_mask_of_the_same_name_belongs_to_it_on_another_grid_too(tmp_path: Path) -> None:
    files = [volume("images/a.nii"), volume("labels/a.nii", shape=(16, 12, 20))]
    assert pairs(tmp_path, files) == {"images/a.nii": ["labels/a.nii"]}


def test_masks_of_structures_belong_to_the_image_of_their_case_on_the_same_grid(tmp_path: Path) -> None:
    files = [
        volume(path)
        for path in ("s1/ct.nii.gz", "s1/segmentations/liver.nii.gz", "s1/segmentations/spleen.nii.gz", "s2/ct.nii.gz",
                     "s2/seg.nii.gz")
    ]  # fmt: skip
    files.append(volume("s1/other.nii.gz", shape=(32, 24, 9)))
    assert pairs(tmp_path, files) == {
        "s1/ct.nii.gz": ["s1/segmentations/liver.nii.gz", "s1/segmentations/spleen.nii.gz"],
        "s1/other.nii.gz": [],
        "s2/ct.nii.gz": ["s2/seg.nii.gz"],
    }


def test_a_mask_without_a_name_among_many_images_belongs_to_none(tmp_path: Path) -> None:
    files = [volume(f"all/{number}.nii.gz") for number in range(17)] + [volume("all/mask.nii.gz")]
    assert not any(pairs(tmp_path, files).values())


def test_a_mask_of_bids_derivatives_belongs_to_the_image_of_its_subject_and_grid(tmp_path: Path) -> None:
    elsewhere = (*AFFINE[:3], 40.0, *AFFINE[4:])
    files = [
        volume("ds/sub-01/anat/sub-01_T1w.nii.gz"),
        volume("ds/sub-01/anat/sub-01_T2w.nii.gz", affine=elsewhere),
        volume("ds/sub-02/anat/sub-02_T1w.nii.gz"),
        volume("ds/derivatives/tool/sub-01/anat/sub-01_desc-brain_mask.nii.gz"),
        volume("other/sub-01/anat/sub-01_T1w.nii.gz"),
    ]
    found = {path: masks for path, masks in pairs(tmp_path, files).items() if masks}
    assert found == {files[0].path: [files[3].path]}


def test_a_dicom_segmentation_belongs_to_the_series_that_it_refers_to(tmp_path: Path) -> None:
    files = [
        *stack(range(6), "a/", series_uid="1.1", frame_of_reference_uid="7"),
        *stack(range(6), "b/", series_uid="1.2", frame_of_reference_uid="7"),
        segmentation(referenced_series_uids=("1.2",), frame_of_reference_uid="7"),
    ]
    assert pairs(tmp_path, files) == {"a/": [], "b/": ["seg.dcm"]}


def test_a_dicom_segmentation_that_refers_to_nothing_belongs_to_its_frame_of_reference(tmp_path: Path) -> None:
    files = [
        *stack(range(6), "a/", series_uid="1.1", frame_of_reference_uid="7"),
        *stack(range(6), "b/", series_uid="1.2", frame_of_reference_uid="8"),
        segmentation(referenced_series_uids=("gone",), frame_of_reference_uid="7"),
    ]
    assert pairs(tmp_path, files) == {"a/": ["seg.dcm"], "b/": []}
