from pathlib import Path

from biodatamine_core.checks import mask_without_image
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import found, series


def test_masks_whose_image_is_not_there_are_named(tmp_path: Path) -> None:
    files = [
        series("images/a.nii", mask_series_ids=("series labels/a.nii",)),
        series("labels/a.nii", is_mask=True),
        series("labels/b.nii", is_mask=True),
    ]
    message = "1 of 2 masks belongs to no image of this dataset"
    assert found(mask_without_image, tmp_path, series=files) == [
        Finding("mask-without-image", Severity.NOTE, Scope.SERIES, "", message, 1, 2, 0, ("labels/b.nii",))
    ]


def test_masks_of_images_are_quiet(tmp_path: Path) -> None:
    files = [series("a.nii", mask_series_ids=("series a_seg.nii",)), series("a_seg.nii", is_mask=True)]
    assert found(mask_without_image, tmp_path, series=files) == []
