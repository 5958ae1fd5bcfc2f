from pathlib import Path

import pytest

from biodatamine_core.checks import image_without_mask
from biodatamine_core.records import FileRecord, Finding, Scope, SeriesRecord, Severity
from tests.checks.arrange import file, found, series


def single(path: str, **facts: object) -> SeriesRecord:
    """A series of one file."""
    return series(path, file_count=1, middle_file_id=f"id of {path}", **facts)


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(
            ["imagesTr/a_0000.nii.gz", "imagesTr/b_0000.nii.gz", "imagesTr/c_0000.nii.gz", "labelsTr/a.nii.gz",
             "labelsTr/b.nii.gz"], id="nnU-Net",
        ),
        pytest.param(["img/a.jpg", "img/b.jpg", "img/c.jpg", "mask/a.png", "mask/b.png"], id="folders"),
        pytest.param(["x/a.nii", "x/b.nii", "x/c.nii", "x/a_seg.nii", "x/b_mask.nii"], id="endings"),
        pytest.param(
            ["x/a/a_t1.nii", "x/b/b_t1.nii", "x/c/c_t1.nii", "x/a/a_seg.nii", "x/b/b_seg.nii"], id="a folder a case"
        ),
    ],
)  # fmt: skip
def test_image_whose_mask_is_not_there_is_found(tmp_path: Path, paths: list[str]) -> None:
    message = "1 of 3 images in folders with masks has none"
    assert found(image_without_mask, tmp_path, series=[single(path) for path in paths]) == [
        Finding("image-without-mask", Severity.WARNING, Scope.SERIES, "", message, 1, 3, 0, (paths[2],))
    ]


def test_images_with_masks_and_folders_without_any_are_quiet(tmp_path: Path) -> None:
    paths = ["imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz", "imagesTs/b_0000.nii.gz", "photos/c.png", "photos/d.png"]
    assert found(image_without_mask, tmp_path, series=[single(path) for path in paths]) == []


def test_image_that_could_not_be_read_is_not_judged(tmp_path: Path) -> None:
    paths = ["img/a.png", "img/b.png", "img/c.png", "mask/a.png"]
    cut: list[FileRecord] = [file("img/b.png", series_id="series img/b.png", readable=False)]
    (finding,) = found(image_without_mask, tmp_path, cut, [single(path) for path in paths])
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 2, 1)
    assert finding.severity is Severity.NOTE
