from pathlib import Path

from biodatamine_core.checks import mask_geometry_mismatch
from biodatamine_core.records import Finding, Scope, SeriesRecord, Severity
from tests.checks.arrange import file, found, series

GRID = {"shape": (64, 64, 20), "spacing_mm": (1.0, 1.0, 2.0)}
AFFINE = (1.0, 0.0, 0.0, -32.0, 0.0, 1.0, 0.0, -32.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def pair(name: str, **mask: object) -> list[SeriesRecord]:
    """An image and its mask, in nnU-Net's folders; `mask` is what the mask has otherwise."""
    image, label = f"imagesTr/{name}_0000.nii.gz", f"labelsTr/{name}.nii.gz"
    facts = {"file_count": 1, "format": "NIfTI", **GRID}
    return [
        series(image, middle_file_id=f"id of {image}", mask_series_ids=(f"series {label}",), **facts),
        series(label, middle_file_id=f"id of {label}", is_mask=True, **{**facts, **mask}),
    ]


def test_masks_on_another_grid_are_errors_and_each_says_what_differs(tmp_path: Path) -> None:
    pairs = [
        *pair("a"),
        *pair("b", shape=(64, 64, 19)),
        *pair("c", spacing_mm=(1.0, 1.0, 2.5)),
        *pair("d"),
    ]
    files = [
        file("imagesTr/d_0000.nii.gz", affine_ras=AFFINE),
        file("labelsTr/d.nii.gz", affine_ras=(*AFFINE[:3], 32.0, *AFFINE[4:])),
    ]
    message = "3 of 4 masks do not lie on the grid of the image: other shape (1), other spacing (1), other place (1)"
    assert found(mask_geometry_mismatch, tmp_path, files, pairs) == [
        Finding(
            "mask-geometry-mismatch", Severity.ERROR, Scope.SERIES, "", message, 3, 4, 0,
            ("labelsTr/b.nii.gz", "labelsTr/c.nii.gz", "labelsTr/d.nii.gz"),
        )
    ]  # fmt: skip


def test_masks_on_the_grid_of_their_image_are_quiet(tmp_path: Path) -> None:
    rounded = pair("b", spacing_mm=(1.0001, 1.0, 2.0))
    assert found(mask_geometry_mismatch, tmp_path, series=[*pair("a"), *rounded]) == []


def test_pair_without_a_shape_is_not_judged(tmp_path: Path) -> None:
    pairs = [*pair("a", shape=(64, 64, 19)), *pair("b", shape=None)]
    (finding,) = found(mask_geometry_mismatch, tmp_path, series=pairs)
    assert finding.message == "1 of 1 mask does not lie on the grid of the image: other shape (1)"
    assert finding.not_judged == 1
