from pathlib import Path

import pytest

from biodatamine_core.checks import image_without_mask
from biodatamine_core.records import FileRecord, Finding, Scope, SeriesRecord, Severity
from tests.checks.arrange import file, found, series


def paired(images: dict[str, str | None]) -> list[SeriesRecord]:
    """Images and the masks that belong to them, a file each."""
    masks = sorted({mask for mask in images.values() if mask is not None})
    return [
        *(series(image, mask_series_ids=(f"series {mask}",) if mask else None) for image, mask in images.items()),
        *(series(mask, is_mask=True) for mask in masks),
    ]


@pytest.mark.parametrize(
    "images",
    [
        pytest.param({"imagesTr/a.nii": "labelsTr/a.nii", "imagesTr/b.nii": "labelsTr/b.nii", "imagesTr/c.nii": None},
                     id="folders of images and of masks"),
        pytest.param({"x/a.nii": "x/a_seg.nii", "x/b.nii": "x/b_mask.nii", "x/c.nii": None}, id="endings"),
        pytest.param({"x/a/t1.nii": "x/a/seg.nii", "x/b/t1.nii": "x/b/seg.nii", "x/c/t1.nii": None},
                     id="a folder a case"),
    ],
)  # fmt: skip
def test_image_whose_mask_is_not_there_is_found(tmp_path: Path, images: dict[str, str | None]) -> None:
    message = "1 of 3 images in folders with masks has none"
    assert found(image_without_mask, tmp_path, series=paired(images)) == [
        Finding("image-without-mask", Severity.WARNING, Scope.SERIES, "", message, 1, 3, 0, (list(images)[2],))
    ]


def test_images_with_masks_and_folders_without_any_are_quiet(tmp_path: Path) -> None:
    images = {"imagesTr/a.nii": "labelsTr/a.nii", "imagesTs/b.nii": None, "photos/c.png": None}
    assert found(image_without_mask, tmp_path, series=paired(images)) == []


def test_image_that_could_not_be_read_is_not_judged(tmp_path: Path) -> None:
    images = {"img/a.png": "mask/a.png", "img/b.png": None, "img/c.png": None}
    cut: list[FileRecord] = [file("img/b.png", series_id="series img/b.png", readable=False)]
    (finding,) = found(image_without_mask, tmp_path, cut, paired(images))
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 2, 1)
    assert finding.severity is Severity.NOTE
