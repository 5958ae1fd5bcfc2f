"""A mask lies on its image where it lies in the patient, whatever its grid, or it is said why not."""

import io
from collections.abc import Mapping
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from biodatamine_core.errors import NotFound, UnreadableContent
from biodatamine_core.records import UnreadableMember
from biodatamine_core.volumes import Labels, Volume
from biodatamine_core.volumes.labels import laid_over
from tests.builders import dicom_segmentation, dicom_slice, picture
from tests.volumes.arrange import folder_of, looked_at, mask_looked_at, scanned

RAS = np.diag([1.0, 1.0, 1.0, 1.0])


def volume_of(voxels: np.ndarray, folder: Path, affine: np.ndarray = RAS) -> Volume:
    return looked_at({"scan.nii": nib.Nifti1Image(voxels, affine).to_bytes()}, folder)


def laid(mask: np.ndarray, folder: Path, affine: np.ndarray = RAS, names: Mapping[int, str] | None = None) -> Labels:
    """A mask on an image of 8 × 8 × 8 voxels of 1 mm."""
    image = volume_of(np.zeros((8, 8, 8), np.int16), folder / "image")
    return laid_over(image.facts, volume_of(mask, folder / "mask", affine), names or {})


def cube(start: int, stop: int, value: int = 1, size: int = 8) -> np.ndarray:
    voxels = np.zeros((size, size, size), np.int16)
    voxels[start:stop, start:stop, start:stop] = value
    return voxels


def test_labels_are_numbered_and_named(tmp_path: Path) -> None:
    labels = laid(cube(1, 3, 7) + cube(5, 6, 300), tmp_path, names={7: "liver"})
    assert [(label.value, label.name, label.voxels) for label in labels.facts.labels] == [(7, "liver", 8), (300, "", 1)]
    expected = np.zeros((8, 8, 8))
    expected[1:3, 5:7, 5:7], expected[5, 2, 2] = 1, 2  # x and y of the array run to the left and to the back
    np.testing.assert_array_equal(labels.voxels, expected)
    assert labels.facts.notes == ()


@pytest.mark.parametrize(
    ("mask", "affine"),
    [
        pytest.param(
            cube(1, 3)[::-1], np.array([[-1, 0, 0, 7], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), id="flip"
        ),
        pytest.param(cube(0, 2), np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1.0]]), id="shifted"),
        pytest.param(cube(2, 6, size=16), np.diag([0.5, 0.5, 0.5, 1]), id="finer"),
    ],
)
def test_a_mask_on_another_grid_is_drawn_where_it_lies(tmp_path: Path, mask: np.ndarray, affine: np.ndarray) -> None:
    expected = laid(cube(1, 3), tmp_path / "same").voxels
    np.testing.assert_array_equal(laid(mask, tmp_path / "other", affine).voxels, expected)


def test_a_mask_that_is_turned_is_drawn_where_it_lies(tmp_path: Path) -> None:
    turn = np.array([[0.8, -0.6, 0, 3.1], [0.6, 0.8, 0, 0.7], [0, 0, 1, 1], [0, 0, 0, 1]])
    labels = laid(np.ones((5, 5, 5), np.int16), tmp_path, turn)
    assert labels.facts.labels[0].voxels == pytest.approx(125, rel=0.1)
    assert "The mask has another grid than the image; nearest neighbours are drawn." in labels.facts.notes


def test_a_mask_elsewhere_is_told(tmp_path: Path) -> None:
    away = RAS.copy()
    away[:3, 3] = 500
    assert "The mask lies outside of this image." in laid(cube(1, 3), tmp_path, away).facts.notes


def test_an_empty_mask_is_told(tmp_path: Path) -> None:
    assert laid(cube(0, 0), tmp_path).facts.notes == ("The mask is empty.",)


def test_shades_are_drawn_from_half_of_their_range(tmp_path: Path) -> None:
    labels = laid(np.linspace(0, 1, 512, dtype=np.float32).reshape(8, 8, 8), tmp_path)
    assert [label.voxels for label in labels.facts.labels] == [256]


def test_sizes_that_differ_without_a_place_in_the_patient_are_refused(tmp_path: Path) -> None:
    image = looked_at({"a.png": picture(32, 24)}, tmp_path / "image")
    mask = looked_at({"a.png": picture(16, 12)}, tmp_path / "mask")
    with pytest.raises(UnreadableMember, match="The mask has 16 × 12 × 1 voxels, the image 32 × 24 × 1"):
        laid_over(image.facts, mask, {})


def test_colours_of_a_picture_are_its_labels(tmp_path: Path) -> None:
    pixels = np.zeros((24, 32, 3), np.uint8)
    pixels[:4], pixels[8:10] = (255, 0, 0), (0, 0, 255)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    image = looked_at({"a.png": picture(32, 24)}, tmp_path / "image")
    labels = laid_over(image.facts, looked_at({"a.png": stream.getvalue()}, tmp_path / "mask"), {})
    assert [(label.value, label.voxels) for label in labels.facts.labels] == [(0xFF, 64), (0xFF0000, 128)]


@pytest.mark.parametrize("fractional", [False, True], ids=["binary", "fractional"])
def test_segments_of_dicom_lie_on_the_slices_that_they_were_drawn_on(tmp_path: Path, fractional: bool) -> None:
    image = looked_at(
        {f"{n}.dcm": dicom_slice(position_mm=(0, 0, 2.0 * n), instance=n) for n in range(6)}, tmp_path / "image"
    )
    lit = np.zeros((16, 16), np.uint8)
    lit[2:4, 3:9] = 200 if fractional else 1
    below = lit // 4 if fractional else lit * 0  # less than half is not there
    frames = [(1, 2.0, lit), (2, 2.0, lit.T), (1, 6.0, lit), (2, 6.0, below)]
    seg = dicom_segmentation(frames, {1: "Liver", 2: "Spleen"}, fractional)
    mask, names = mask_looked_at(seg, tmp_path / "mask")
    labels = laid_over(image.facts, mask, names)
    assert [(label.value, label.name) for label in labels.facts.labels] == [(1, "Liver"), (2, "Spleen")]
    assert [len(np.unique(plane)) - 1 for plane in labels.voxels] == [0, 2, 0, 1, 0, 0]
    assert (labels.voxels[3] == (lit > 0)).all()


def test_a_scanned_mask_is_found_and_kept_packed(tmp_path: Path) -> None:
    ct, mask = (nib.Nifti1Image(voxels, RAS).to_bytes() for voxels in (np.ones((8, 8, 8), np.int16), cube(1, 3)))
    dataset = scanned(folder_of({"imagesTr/a_0000.nii": ct, "labelsTr/a.nii": mask}, tmp_path / "data"))
    series = dataset.series.set_index("path")
    image_id, mask_id = series.series_id["imagesTr/a_0000.nii"], series.series_id["labelsTr/a.nii"]
    assert list(series.mask_series_ids["imagesTr/a_0000.nii"]) == [mask_id]
    packed = dataset.packed_labels(image_id, mask_id)
    assert b'"labels": [{"value": 1, "name": "", "voxels": 8}]' in packed
    assert dataset.packed_labels(image_id, mask_id) == packed
    with pytest.raises(NotFound, match="no mask of this image"):
        dataset.packed_labels(mask_id, image_id)


def test_a_scanned_mask_of_another_size_is_refused_with_the_reason(tmp_path: Path) -> None:
    files = {"images/a.png": picture(32, 24), "masks/a.png": picture(16, 12)}
    dataset = scanned(folder_of(files, tmp_path / "data"))
    series = dataset.series.set_index("path").series_id
    with pytest.raises(UnreadableContent, match="The mask has 16 × 12"):
        dataset.packed_labels(series["images/a.png"], series["masks/a.png"])
