"""Single-frame DICOM: what is a volume, what is none, and why."""

import random
from dataclasses import replace
from math import cos, pi, sin
from pathlib import Path

import pytest

from biodatamine_core.records import Dimensions, FileRecord, SeriesRecord
from tests.series.arrange import AXIAL, CORONAL, SAGITTAL, dicom, grouped, only_series, stack

THREE_INTERLEAVED = "3 acquisitions interleaved: 3 × 6 positions, told apart by"


def facts(record: SeriesRecord, *names: str) -> dict[str, object]:
    return {name: getattr(record, name) for name in names}


def test_axial_stack_is_a_volume(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([1.25 * i for i in range(120)]))
    assert record.verdict == "3D, 120 slices, 0.7 × 0.7 × 1.25 mm"
    assert facts(
        record, "dimensions", "shape", "spacing_mm", "orientation", "file_count", "size_bytes", "path",
        "single_orientation", "consistent_pixel_spacing", "uniform_slice_spacing", "regularly_spaced_3d_volume",
        "slice_spacing_mm", "missing_slices", "duplicate_positions", "gantry_tilt_deg", "varies_by",
    ) == {
        "dimensions": Dimensions.VOLUME, "shape": (512, 512, 120), "spacing_mm": (0.7, 0.7, 1.25),
        "orientation": "axial", "file_count": 120, "size_bytes": 12_000, "path": "ct/",
        "single_orientation": True, "consistent_pixel_spacing": True, "uniform_slice_spacing": True,
        "regularly_spaced_3d_volume": True, "slice_spacing_mm": 1.25, "missing_slices": 0, "duplicate_positions": 0,
        "gantry_tilt_deg": 0.0, "varies_by": None,
    }  # fmt: skip


def test_slices_are_ordered_by_position_whatever_their_names_and_numbers_say(tmp_path: Path) -> None:
    heights = [2.0 * i for i in range(9)]
    random.Random(1).shuffle(heights)
    record = only_series(tmp_path, stack(heights))
    assert record.uniform_slice_spacing and record.slice_spacing_mm == 2.0
    assert record.middle_file_id == f"id of ct/{heights.index(8.0) + 1:04}.dcm"


def test_descending_positions_are_a_volume_like_any(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([-3.0 * i for i in range(10)]))
    assert record.verdict == "3D, 10 slices, 0.7 × 0.7 × 3 mm"
    assert record.regularly_spaced_3d_volume


def test_missing_slices_are_counted_and_located(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([1.25 * i for i in range(60) if i not in (41, 42)]))
    assert record.verdict == (
        "3D, 58 slices, 0.7 × 0.7 × 1.25 mm: "
        "volume with 2 missing slices after slice 41: fetch them, or resample by position"
    )
    assert record.missing_slices == 2
    assert record.uniform_slice_spacing is False and record.regularly_spaced_3d_volume is False


def test_holes_in_several_places_are_summed_up(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([2.0 * i for i in range(30) if i not in (5, 11, 12)]))
    assert record.missing_slices == 3
    assert record.verdict.endswith(
        "volume with 3 missing slices in 2 places, first after slice 5: fetch them, or resample by position"
    )


def test_uneven_slices_are_not_called_missing(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([0, 1, 2.3, 3.9, 5.7, 8.1, 10.4, 13.9]))
    assert (record.missing_slices, record.uniform_slice_spacing) == (None, False)
    assert record.verdict.endswith("slices unevenly spaced, 1 to 3.5 mm: resample before training")


def test_spacing_within_one_percent_is_uniform_and_beyond_is_not(tmp_path: Path) -> None:
    assert only_series(tmp_path, stack([0, 2, 4, 6.018, 8, 10])).uniform_slice_spacing
    assert only_series(tmp_path, stack([0, 2, 4, 6.03, 8, 10])).uniform_slice_spacing is False


def test_positions_rounded_to_one_decimal_are_still_uniform(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([round(1.25 * i, 1) for i in range(40)]))
    assert record.uniform_slice_spacing and record.missing_slices == 0
    assert record.slice_spacing_mm == pytest.approx(1.25, abs=0.002)


def test_rounded_positions_still_show_a_missing_slice(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([round(1.25 * i, 1) for i in range(40) if i != 20]))
    assert (record.missing_slices, record.uniform_slice_spacing) == (1, False)


def test_gantry_tilt_is_measured_and_the_remedy_named(tmp_path: Path) -> None:
    shift = 0.2400787590801142  # tan(13.5 degrees)
    files = [dicom(f"{i}.dcm", (0.0, shift * 5 * i, 5.0 * i)) for i in range(20)]
    record = only_series(tmp_path, files)
    assert record.gantry_tilt_deg == 13.5
    assert record.verdict == "3D, 20 slices, 0.7 × 0.7 × 5 mm: gantry tilt 13.5 degrees: resample before training"
    assert record.uniform_slice_spacing and record.regularly_spaced_3d_volume is False


def test_slice_shifted_sideways_breaks_the_grid(tmp_path: Path) -> None:
    files = [dicom(f"{i}.dcm", (30.0 if i == 4 else 0.0, 0.0, 2.0 * i)) for i in range(9)]
    record = only_series(tmp_path, files)
    assert record.regularly_spaced_3d_volume is False
    assert "slices are shifted against each other" in record.verdict


@pytest.mark.parametrize(
    ("orientation", "along", "name"),
    [(AXIAL, 2, "axial"), (CORONAL, 1, "coronal"), (SAGITTAL, 0, "sagittal")],
    ids=["axial", "coronal", "sagittal"],
)
def test_plane_is_named_by_its_normal(tmp_path: Path, orientation: tuple[float, ...], along: int, name: str) -> None:
    files = [
        dicom(f"{i}.dcm", tuple(3.0 * i if axis == along else 0.0 for axis in range(3)), image_orientation=orientation)
        for i in range(6)
    ]
    record = only_series(tmp_path, files)
    assert (record.orientation, record.slice_spacing_mm) == (name, 3.0)


def test_oblique_stack_is_spaced_along_its_own_normal(tmp_path: Path) -> None:
    half = 2**-0.5
    files = [
        dicom(f"{i}.dcm", (0.0, -2 * half * i, 2 * half * i), image_orientation=(1.0, 0.0, 0.0, 0.0, half, half))
        for i in range(6)
    ]
    record = only_series(tmp_path, files)
    assert (record.orientation, record.slice_spacing_mm, record.gantry_tilt_deg) == ("oblique", 2.0, 0.0)


@pytest.mark.parametrize("slices", [2, 3, 4])
def test_fewer_than_five_slices_are_no_volume(tmp_path: Path, slices: int) -> None:
    record = only_series(tmp_path, stack([3.0 * i for i in range(slices)]))
    assert record.dimensions is Dimensions.IMAGE_2D
    assert record.verdict == (f"2D multi-slice: {slices} parallel slices, 0.7 × 0.7 × 3 mm; fewer than 5 are no volume")
    assert (record.shape, record.missing_slices) == ((512, 512, slices), None)


def test_single_slice_is_an_image(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([0.0]))
    assert (record.dimensions, record.shape, record.path) == (Dimensions.IMAGE_2D, (512, 512), "ct/0001.dcm")
    assert record.verdict == "2D, one slice, 0.7 × 0.7 mm"


def test_copies_of_files_do_not_make_a_volume_4d(tmp_path: Path) -> None:
    slices = stack([2.0 * i for i in range(8)])
    copies = [replace(file, file_id=f"copy {file.file_id}", path=f"ct/copy/{file.path}") for file in slices]
    record = only_series(tmp_path, [*slices, *copies])
    assert record.dimensions is Dimensions.VOLUME
    assert (record.shape, record.file_count, record.duplicate_positions) == ((512, 512, 8), 16, 8)
    assert record.verdict == "3D, 8 slices, 0.7 × 0.7 × 2 mm: 8 files are copies of another one: keep one of each"
    assert record.middle_file_id in ("id of ct/0005.dcm", "copy id of ct/0005.dcm")


def test_copies_are_known_by_their_uid_where_bytes_were_not_hashed(tmp_path: Path) -> None:
    slices = [replace(file, content_hash=None) for file in stack([2.0 * i for i in range(6)])]
    copy = replace(slices[2], file_id="copy", path="ct/copy.dcm")
    record = only_series(tmp_path, [*slices, copy])
    assert (record.dimensions, record.duplicate_positions) == (Dimensions.VOLUME, 1)


def test_image_packed_in_several_ways_is_one_image(tmp_path: Path) -> None:
    files = [dicom(f"{syntax}.dcm", sop_instance_uid="1.2.9", content_hash=syntax) for syntax in ("raw", "rle", "jpeg")]
    record = only_series(tmp_path, files)
    assert (record.dimensions, record.duplicate_positions) == (Dimensions.IMAGE_2D, 2)
    assert record.verdict == "2D, one slice, 0.7 × 0.7 mm: 2 files are copies of another one: keep one of each"


def test_one_sop_instance_uid_for_all_slices_does_not_hide_them(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([2.0 * i for i in range(9)], sop_instance_uid="1.2.9"))
    assert (record.shape, record.duplicate_positions) == ((512, 512, 9), 0)


def test_other_slice_at_a_taken_place_is_told(tmp_path: Path) -> None:
    record = only_series(tmp_path, [*stack([2.0 * i for i in range(8)]), dicom("ct/extra.dcm", (0.0, 0.0, 4.0))])
    assert record.dimensions is Dimensions.VOLUME
    assert (record.duplicate_positions, record.regularly_spaced_3d_volume) == (1, False)
    assert record.verdict.endswith("1 slice where another one already lies: keep one of each place")


def test_same_uid_in_train_and_test_is_a_series_in_each(tmp_path: Path) -> None:
    files = [*stack([2.0 * i for i in range(6)], "train/ct/"), *stack([2.0 * i for i in range(6)], "TEST/ct/")]
    _, records = grouped(tmp_path, files)
    assert [(record.path, record.split, record.duplicate_positions) for record in records] == [
        ("TEST/ct/", "test", 0),
        ("train/ct/", "train", 0),
    ]


@pytest.mark.parametrize(
    ("column", "values", "name", "told"),
    [
        ("temporal_position", (1, 2, 3), "time", "told apart by TemporalPositionIdentifier"),
        ("b_value", (0.0, 500.0, 1000.0), "b-value", "told apart by DiffusionBValue"),
        ("echo_time_ms", (10.0, 20.0, 30.0), "echo", f"{THREE_INTERLEAVED} EchoTime"),
        ("trigger_time_ms", (0.0, 33.0, 66.0), "trigger time", "told apart by TriggerTime"),
        ("acquisition_number", (1, 2, 3), "acquisition", f"{THREE_INTERLEAVED} AcquisitionNumber"),
        ("acquisition_time", ("101500", "101510", "101520"), "acquisition time", "told apart by AcquisitionTime"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_places_taken_several_times_are_4d_named_by_what_varies(
    tmp_path: Path, column: str, values: tuple[object, ...], name: str, told: str
) -> None:
    files = [file for value in values for file in stack([2.0 * i for i in range(6)], f"{value}/", **{column: value})]
    record = only_series(tmp_path, files)
    assert facts(record, "dimensions", "shape", "varies_by", "duplicate_positions", "verdict") == {
        "dimensions": Dimensions.VOLUMES_4D,
        "shape": (512, 512, 6, 3),
        "varies_by": name,
        "duplicate_positions": 0,
        "verdict": f"4D, 6 slices × 3, 0.7 × 0.7 × 2 mm: {told}",
    }


def test_a_series_with_several_b_values_is_known_by_the_largest(tmp_path: Path) -> None:
    files = [file for b in (0.0, 800.0, 50.0) for file in stack([0.0, 2.0, 4.0, 6.0, 8.0], f"{b}/", b_value=b)]
    assert only_series(tmp_path, files).b_value == 800.0


def test_two_tags_are_named_where_one_is_not_enough(tmp_path: Path) -> None:
    files = [
        file
        for time in (1, 2)
        for echo in (10.0, 20.0)
        for file in stack([2.0 * i for i in range(6)], f"{time} {echo}/", temporal_position=time, echo_time_ms=echo)
    ]
    record = only_series(tmp_path, files)
    assert (record.shape, record.varies_by) == ((512, 512, 6, 4), "time and echo")


def test_tag_that_differs_from_slice_to_slice_is_not_what_varies(tmp_path: Path) -> None:
    # Every slice has a time of its own, as CT and MR write it: that alone makes no time series.
    files = [replace(file, acquisition_time=f"1015{n:02}") for n, file in enumerate(stack([2.0 * i for i in range(9)]))]
    record = only_series(tmp_path, files)
    assert (record.dimensions, record.varies_by) == (Dimensions.VOLUME, None)


def test_repeats_that_only_instance_numbers_tell_apart_are_said_so(tmp_path: Path) -> None:
    first, second = stack([2.0 * i for i in range(6)], "a/"), stack([2.0 * i for i in range(6)], "b/")
    files = [*first, *(replace(file, instance_number=file.instance_number + 6) for file in second)]
    record = only_series(tmp_path, files)
    assert record.varies_by == "instance number"
    assert record.verdict.endswith(
        "only InstanceNumber tells the repeated slices apart: perhaps two reconstructions, split it by InstanceNumber"
    )


def test_time_series_that_stopped_early_is_incomplete(tmp_path: Path) -> None:
    files = [f for t in range(3) for f in stack([2.0 * i for i in range(6)], f"{t}/", temporal_position=t)][:-2]
    record = only_series(tmp_path, files)
    assert record.shape == (512, 512, 6, 3)
    assert record.regularly_spaced_3d_volume is False
    assert record.verdict.endswith(
        "told apart by TemporalPositionIdentifier; incomplete: 2 slices too few for every place to be taken 3 times: "
        "fetch them, or leave the short volumes out"
    )


def test_one_place_over_time_is_a_recording(tmp_path: Path) -> None:
    files = [dicom(f"{i}.dcm", trigger_time_ms=33.0 * i) for i in range(25)]
    record = only_series(tmp_path, files)
    assert (record.dimensions, record.shape, record.varies_by) == (
        Dimensions.RECORDING, (512, 512, 1, 25), "trigger time",
    )  # fmt: skip
    assert record.verdict == "2D+t, one slice × 25, 0.7 × 0.7 mm: told apart by TriggerTime"


def test_adc_map_is_a_series_beside_its_dwi(tmp_path: Path) -> None:
    heights = [4.0 * i for i in range(8)]
    files = [
        *stack(heights, "0/", b_value=0.0, image_type=("DERIVED", "PRIMARY", "DIFFUSION", "TRACEW")),
        *stack(heights, "1/", b_value=1000.0, image_type=("DERIVED", "PRIMARY", "DIFFUSION", "TRACEW")),
        *stack(heights, "adc/", image_type=("DERIVED", "PRIMARY", "DIFFUSION", "ADC")),
    ]
    _, records = grouped(tmp_path, files)
    assert [(record.path, record.dimensions, record.varies_by) for record in records] == [
        ("./", Dimensions.VOLUMES_4D, "b-value"),
        ("adc/", Dimensions.VOLUME, None),
    ]
    assert len({record.series_uid for record in records}) == 1
    assert len({record.series_id for record in records}) == 2


def test_two_reconstructions_of_different_thickness_are_two_series(tmp_path: Path) -> None:
    files = [
        *stack([5.0 * i for i in range(8)], "thick/", slice_thickness_mm=5.0),
        *stack([1.0 * i for i in range(40)], "thin/", slice_thickness_mm=1.0),
    ]
    _, records = grouped(tmp_path, files)
    assert [record.verdict for record in records] == [
        "3D, 8 slices, 0.7 × 0.7 × 5 mm", "3D, 40 slices, 0.7 × 0.7 × 1 mm",
    ]  # fmt: skip


def test_left_and_right_stacks_of_one_uid_are_two_series(tmp_path: Path) -> None:
    files = [
        dicom(f"{side}/{i}.dcm", (x, 0.0, 2.0 * i)) for side, x in (("left", 90.0), ("right", -90.0)) for i in range(12)
    ]
    _, records = grouped(tmp_path, files)
    assert [(record.path, record.dimensions, record.file_count) for record in records] == [
        ("left/", Dimensions.VOLUME, 12), ("right/", Dimensions.VOLUME, 12),
    ]  # fmt: skip


def test_original_and_derived_images_are_two_series(tmp_path: Path) -> None:
    files = [
        *stack([2.0 * i for i in range(6)], "a/", image_type=("ORIGINAL", "PRIMARY", "AXIAL")),
        *stack([2.0 * i + 100 for i in range(6)], "b/", image_type=("DERIVED", "SECONDARY", "AXIAL")),
        *stack([2.0 * i + 200 for i in range(6)], "c/", image_type=("DERIVED", "SECONDARY", "MIP")),
    ]
    _, records = grouped(tmp_path, files)
    assert [record.path for record in records] == ["a/", "b/", "c/"]


def test_two_orientations_under_one_uid_are_two_volumes(tmp_path: Path) -> None:
    coronal = [dicom(f"cor/{i}.dcm", (0.0, 3.0 * i, 0.0), image_orientation=CORONAL) for i in range(10)]
    _, records = grouped(tmp_path, [*stack([2.0 * i for i in range(12)], "ax/"), *coronal])
    assert [(record.path, record.orientation, record.shape) for record in records] == [
        ("ax/", "axial", (512, 512, 12)), ("cor/", "coronal", (512, 512, 10)),
    ]  # fmt: skip


def test_mixed_sizes_under_one_uid_are_two_series(tmp_path: Path) -> None:
    files = [*stack([2.0 * i for i in range(6)], "a/"), *stack([2.0 * i for i in range(6)], "b/", shape=(256, 256))]
    _, records = grouped(tmp_path, files)
    assert [record.shape for record in records] == [(512, 512, 6), (256, 256, 6)]


def three_planes(**what: object) -> list[FileRecord]:
    return [
        dicom(f"{name}.dcm", image_orientation=plane, **what)
        for name, plane in (("ax", AXIAL), ("cor", CORONAL), ("sag", SAGITTAL))
    ]


@pytest.mark.parametrize(
    "what",
    [{"image_type": ("ORIGINAL", "PRIMARY", "LOCALIZER")}, {"series_description": "3-plane Scout"}, {}],
    ids=["ImageType", "description", "three orientations of one image each"],
)
def test_localizer_in_three_orientations_is_not_a_volume(tmp_path: Path, what: dict[str, object]) -> None:
    record = only_series(tmp_path, three_planes(**what))
    assert (record.dimensions, record.single_orientation, record.orientation) == (Dimensions.IMAGE_2D, False, None)
    assert record.verdict == "not a volume: 3 localizer images in 3 orientations"


def test_parallel_localizer_images_are_not_a_volume_either(tmp_path: Path) -> None:
    files = stack([10.0 * i for i in range(7)], image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    assert only_series(tmp_path, files).verdict == "not a volume: 7 localizer images in 1 orientation"


def test_localizer_first_does_not_spoil_the_volume_behind_it(tmp_path: Path) -> None:
    scout = dicom("a scout.dcm", image_orientation=CORONAL, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    volume = stack([2.0 * i for i in range(30)], image_type=("ORIGINAL", "PRIMARY", "AXIAL"))
    _, records = grouped(tmp_path, [scout, *volume])
    assert [record.verdict for record in records] == [
        "not a volume: 1 localizer image in 1 orientation", "3D, 30 slices, 0.7 × 0.7 × 2 mm",
    ]  # fmt: skip


def test_word_scout_must_be_whole(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([2.0 * i for i in range(9)], series_description="Scoutfield thorax"))
    assert record.dimensions is Dimensions.VOLUME


def test_radial_images_are_views_and_no_localizer(tmp_path: Path) -> None:
    files = [
        dicom(f"{i}.dcm", image_orientation=(cos(pi * i / 20), sin(pi * i / 20), 0.0, 0.0, 0.0, -1.0))
        for i in range(20)
    ]
    assert only_series(tmp_path, files).verdict == "not a volume: 20 images in 20 orientations"


def test_mosaic_is_a_volume_in_one_file(tmp_path: Path) -> None:
    mosaic = dicom("a.dcm", shape=(384, 384), mosaic_images=33, image_type=("ORIGINAL", "PRIMARY", "M", "MOSAIC"))
    record = only_series(tmp_path, [mosaic])
    assert (record.dimensions, record.shape) == (Dimensions.VOLUME, (64, 64, 33))
    assert record.verdict == "3D, Siemens mosaic, 33 slices"


def test_several_mosaics_are_volumes_over_time(tmp_path: Path) -> None:
    files = [dicom(f"{i}.dcm", shape=(384, 384), mosaic_images=33, acquisition_number=i) for i in range(3)]
    record = only_series(tmp_path, files)
    assert (record.dimensions, record.shape, record.varies_by) == (
        Dimensions.VOLUMES_4D, (64, 64, 33, 3), "acquisition",
    )  # fmt: skip
    assert record.verdict == "4D, Siemens mosaic, 33 slices × 3: told apart by AcquisitionNumber"


def test_mosaic_without_a_count_does_not_invent_one(tmp_path: Path) -> None:
    record = only_series(tmp_path, [dicom("a.dcm", image_type=("ORIGINAL", "PRIMARY", "M", "MOSAIC"))])
    assert (record.dimensions, record.shape) == (Dimensions.VOLUME, (512, 512))
    assert record.verdict == "3D, Siemens mosaic, how many slices the header does not say"


def test_cut_file_still_belongs_to_its_volume(tmp_path: Path) -> None:
    files = stack([2.0 * i for i in range(8)])
    files[3] = replace(files[3], readable=False, problem="pixel data ends early")
    assert only_series(tmp_path, files).missing_slices == 0


def test_slices_of_different_pixel_spacing_are_told(tmp_path: Path) -> None:
    files = stack([2.0 * i for i in range(8)])
    files[3] = replace(files[3], spacing_mm=(0.8, 0.8))
    record = only_series(tmp_path, files)
    assert (record.consistent_pixel_spacing, record.regularly_spaced_3d_volume) == (False, False)
    assert record.verdict.endswith("pixel spacing differs between slices: resample before training")


def test_positions_with_noise_share_a_place(tmp_path: Path) -> None:
    files = [
        *stack([2.0 * i for i in range(6)], "a/", temporal_position=1),
        *stack([2.0 * i + 0.0004 for i in range(6)], "b/", temporal_position=2),
    ]
    assert only_series(tmp_path, files).shape == (512, 512, 6, 2)


def test_microscopic_slices_are_not_noise(tmp_path: Path) -> None:
    record = only_series(tmp_path, stack([0.009 * i for i in range(20)]))
    assert (record.shape, record.slice_spacing_mm) == ((512, 512, 20), 0.009)
