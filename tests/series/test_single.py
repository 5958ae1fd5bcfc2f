"""One file by itself: pictures, NIfTI grids, multi-frame DICOM, slices that say nothing of their place."""

from pathlib import Path
from typing import Any

import pytest

from biodatamine_core.records import Dimensions, FileRecord, Role
from tests.series.arrange import dicom, grouped, image, only_series, stack

RAS = (2.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def nifti(path: str = "brain.nii.gz", **facts: Any) -> FileRecord:
    return image(path, **{"format": "NIfTI", "shape": (64, 64, 30), "spacing_mm": (2.0, 2.0, 3.0), **facts})


def test_picture_is_one_image(tmp_path: Path) -> None:
    record = only_series(tmp_path, [image("x.png", shape=(1024, 768))])
    assert (record.dimensions, record.shape, record.orientation) == (Dimensions.IMAGE_2D, (1024, 768), None)
    assert record.verdict == "2D, one image, 1,024 × 768 pixels"


def test_pictures_in_a_folder_do_not_make_a_volume(tmp_path: Path) -> None:
    _, records = grouped(tmp_path, [image(f"benign ({number}).png") for number in range(1, 8)])
    assert [record.file_count for record in records] == [1] * 7


@pytest.mark.parametrize(
    ("shape", "dimensions", "grid", "verdict"),
    [
        ((64, 64, 30), "3D", (64, 64, 30), "3D, 30 slices, 2 × 2 × 3 mm"),
        ((64, 64, 30, 1, 1), "3D", (64, 64, 30), "3D, 30 slices, 2 × 2 × 3 mm"),
        ((64, 64), "2D", (64, 64), "2D, one image, 64 × 64 pixels"),
        ((64, 64, 1), "2D", (64, 64), "2D, one image, 64 × 64 pixels"),
        ((64, 64, 4), "2D", (64, 64, 4), "2D multi-slice: 4 parallel slices, 2 × 2 × 3 mm; fewer than 5 are no volume"),
        ((64, 64, 30, 120), "4D", (64, 64, 30, 120), "4D, 30 slices × 120, 2 × 2 × 3 mm: the fourth axis is time"),
        ((64, 64, 3, 20), "4D", (64, 64, 3, 20), "4D, 3 slices × 20, 2 × 2 × 3 mm: the fourth axis is time"),
        ((64, 64, 1, 50), "2D+t", (64, 64, 1, 50), "2D+t, one slice × 50, 2 × 2 mm: the fourth axis is time"),
    ],
)  # fmt: skip
def test_nifti_shape_gives_the_dimensions(
    tmp_path: Path, shape: tuple[int, ...], dimensions: str, grid: tuple[int, ...], verdict: str
) -> None:
    record = only_series(tmp_path, [nifti(shape=shape)])
    assert (record.dimensions, record.shape, record.verdict) == (dimensions, grid, verdict)


def test_fourth_axis_is_directions_where_gradients_lie_beside(tmp_path: Path) -> None:
    files = [
        nifti("dwi/sub-01_dwi.nii.gz", shape=(64, 64, 30, 65)),
        image("dwi/sub-01_dwi.bvec", "bvec", shape=None, role=Role.SIDECAR),
        nifti("func/sub-01_bold.nii.gz", shape=(64, 64, 30, 65)),
    ]
    _, records = grouped(tmp_path, files)
    assert [record.varies_by for record in records] == ["direction", "time"]


def test_vector_field_is_no_time_series(tmp_path: Path) -> None:
    record = only_series(tmp_path, [nifti(shape=(64, 64, 30, 1, 3), intent="vector")])
    assert (record.dimensions, record.varies_by) == (Dimensions.VOLUMES_4D, "vector component")


def test_nifti_orientation_is_that_of_its_slices(tmp_path: Path) -> None:
    assert only_series(tmp_path, [nifti(affine_ras=RAS)]).orientation == "axial"
    sagittal = (0.0, 0.0, 3.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    assert only_series(tmp_path, [nifti(affine_ras=sagittal)]).orientation == "sagittal"
    assert only_series(tmp_path, [nifti(affine_ras=None)]).orientation is None


def test_colour_nifti_is_one_volume(tmp_path: Path) -> None:
    record = only_series(tmp_path, [nifti(channels=3, dtype="uint8")])
    assert (record.dimensions, record.channels) == (Dimensions.VOLUME, 3)


def test_mask_keeps_its_role(tmp_path: Path) -> None:
    assert only_series(tmp_path, [nifti(role=Role.SEGMENTATION)]).role is Role.SEGMENTATION


def test_nifti_without_spacing_says_so(tmp_path: Path) -> None:
    record = only_series(tmp_path, [nifti(spacing_mm=None)])
    assert record.verdict == "3D, 30 slices, pixel spacing not stated"
    assert (record.regularly_spaced_3d_volume, record.slice_spacing_mm) == (None, None)


@pytest.mark.parametrize("modality", ["CR", "DX", "MG", "US", "SC", "XC"])
def test_images_without_a_place_are_each_their_own_series(tmp_path: Path, modality: str) -> None:
    _, records = grouped(
        tmp_path, [dicom(f"{n}.dcm", None, image_orientation=None, modality_tag=modality) for n in range(6)]
    )
    assert [record.file_count for record in records] == [1] * 6
    assert {record.series_uid for record in records} == {"1.2.3"}
    assert {record.verdict for record in records} == {"2D, one image, 512 × 512 pixels"}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"image_position_mm": None}, "the file does not say where its slice lies"),
        ({"series_uid": None}, "it names no series"),
        ({"image_orientation": (0.0,) * 6}, "its position or orientation makes no sense"),
    ],
    ids=["no position", "no series UID", "impossible orientation"],
)
def test_slice_that_cannot_be_placed_says_why_it_is_alone(tmp_path: Path, facts: dict[str, Any], why: str) -> None:
    _, records = grouped(
        tmp_path,
        [
            dicom(f"{n}.dcm", (0.0, 0.0, float(n)), **facts)
            if "image_position_mm" not in facts
            else dicom(f"{n}.dcm", None)
            for n in range(6)
        ],
    )
    assert [record.verdict for record in records] == [f"2D, one image: not a volume, {why}"] * 6


def frames(count: int, gap_mm: float = 2.0) -> tuple[float, ...]:
    return tuple(value for number in range(count) for value in (0.0, 0.0, gap_mm * number))


def multi_frame(count: int, **facts: Any) -> FileRecord:
    return dicom("multi.dcm", None, **{"shape": (128, 128, count), "frames": count, "modality_tag": "MR", **facts})


def test_enhanced_multi_frame_is_a_volume_by_its_frame_positions(tmp_path: Path) -> None:
    record = only_series(tmp_path, [multi_frame(10, frame_positions_mm=frames(10))])
    assert (record.dimensions, record.shape, record.orientation) == (Dimensions.VOLUME, (128, 128, 10), "axial")
    assert record.verdict == "3D, 10 slices, 0.7 × 0.7 × 2 mm"
    assert record.regularly_spaced_3d_volume


def test_enhanced_multi_frame_shows_its_holes(tmp_path: Path) -> None:
    positions = tuple(value for n in range(12) if n != 5 for value in (0.0, 0.0, 2.0 * n))
    assert only_series(tmp_path, [multi_frame(11, frame_positions_mm=positions)]).missing_slices == 1


def test_frames_that_repeat_their_places_are_4d(tmp_path: Path) -> None:
    record = only_series(tmp_path, [multi_frame(30, frame_positions_mm=frames(10) * 3)])
    assert (record.dimensions, record.shape) == (Dimensions.VOLUMES_4D, (128, 128, 10, 3))


def test_enhanced_file_of_two_slices_is_the_volume_that_it_says(tmp_path: Path) -> None:
    record = only_series(tmp_path, [multi_frame(2, modality_tag="CT", frame_positions_mm=frames(2))])
    assert (record.dimensions, record.verdict) == (Dimensions.VOLUME, "3D, 2 slices, 0.7 × 0.7 × 2 mm")


def test_tiles_of_a_slide_mask_are_not_slices(tmp_path: Path) -> None:
    mask = multi_frame(62, modality_tag="SEG", role=Role.SEGMENTATION, image_orientation=None)
    record = only_series(tmp_path, [mask])
    assert record.verdict == "2D, 62 frames; the file does not say whether they are slices or times"


def test_dose_grid_without_frame_positions_is_a_volume(tmp_path: Path) -> None:
    record = only_series(tmp_path, [multi_frame(15, modality_tag="RTDOSE", image_orientation=None)])
    assert record.dimensions is Dimensions.VOLUME
    assert record.verdict.endswith("the file does not say where its frames lie")


def test_tomosynthesis_is_a_volume(tmp_path: Path) -> None:
    tomosynthesis = "1.2.840.10008.5.1.4.1.1.13.1.3"
    record = only_series(tmp_path, [multi_frame(60, modality_tag="MG", sop_class_uid=tomosynthesis)])
    assert record.shape == (128, 128, 60)


def test_segmentation_of_few_slices_is_a_volume_of_segments(tmp_path: Path) -> None:
    mask = multi_frame(6, modality_tag="SEG", role=Role.SEGMENTATION, frame_positions_mm=frames(3) * 2)
    record = only_series(tmp_path, [mask])
    assert (record.dimensions, record.shape, record.missing_slices) == (Dimensions.VOLUME, (128, 128, 3), None)


@pytest.mark.parametrize("modality", ["US", "XA", "RF", "ES"])
def test_frames_of_a_moving_picture_are_a_recording(tmp_path: Path, modality: str) -> None:
    record = only_series(tmp_path, [multi_frame(30, modality_tag=modality, image_orientation=None)])
    assert (record.dimensions, record.shape) == (Dimensions.RECORDING, (128, 128, 1, 30))
    assert record.verdict == "2D+t, a recording of 30 frames"


def test_frame_time_makes_a_recording(tmp_path: Path) -> None:
    record = only_series(tmp_path, [multi_frame(30, modality_tag="OT", image_orientation=None, frame_time_ms=33.333)])
    assert record.verdict == "2D+t, a recording of 30 frames, one every 33.3 ms"


@pytest.mark.parametrize(
    ("image_type", "dimensions"),
    [
        (("ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"), "3D"),
        (("ORIGINAL", "PRIMARY", "DYNAMIC", "EMISSION"), "2D+t"),
        (("ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"), "2D"),
    ],
)
def test_nuclear_frames_are_told_by_their_image_type(
    tmp_path: Path, image_type: tuple[str, ...], dimensions: str
) -> None:
    file = multi_frame(20, modality_tag="NM", image_orientation=None, image_type=image_type)
    assert only_series(tmp_path, [file]).dimensions == dimensions


def test_slide_tiles_are_one_image(tmp_path: Path) -> None:
    record = only_series(tmp_path, [multi_frame(49, modality_tag="SM", frame_positions_mm=frames(49))])
    assert (record.dimensions, record.verdict) == (Dimensions.IMAGE_2D, "2D, one level of a slide, 49 tiles")


def test_single_frames_of_an_enhanced_series_are_stacked(tmp_path: Path) -> None:
    files = [dicom(f"{n}.dcm", None, frames=1, frame_positions_mm=(0.0, 0.0, 2.0 * n)) for n in range(7)]
    assert only_series(tmp_path, files).verdict == "3D, 7 slices, 0.7 × 0.7 × 2 mm"


def test_the_range_of_a_series_spans_the_ranges_of_its_files(tmp_path: Path) -> None:
    slices = [
        *stack([0, 2], "ct/a", value_min=-1024.0, value_max=300.0),
        *stack([4, 6], "ct/b", value_min=-1000.0, value_max=900.0),
        *stack([8, 10], "ct/c"),
    ]
    record = only_series(tmp_path, slices)
    assert (record.value_min, record.value_max) == (-1024.0, 900.0)


@pytest.mark.parametrize(
    ("format", "dimensions"),
    [
        pytest.param("ECAT", "3D", id="a format of volumes alone says that it is one"),
        pytest.param("NIfTI", "2D", id="a format that holds pictures too does not"),
    ],
)
def test_three_planes_in_one_file(tmp_path: Path, format: str, dimensions: str) -> None:
    record = only_series(tmp_path, [image("a", format, shape=(10, 10, 3), spacing_mm=(2.0, 2.0, 3.0))])
    assert record.dimensions == dimensions
