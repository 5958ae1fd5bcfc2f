"""Edge cases of volumes, from the bytes: DICOM of one slice a file."""

from collections.abc import Iterable, Mapping
from math import radians, tan
from pathlib import Path
from typing import Any

import pytest

from biodatamine_core.records import SeriesRecord
from tests.builders import dicom_slice, dicom_volume, uid
from tests.series.arrange import CORONAL, SAGITTAL, series_in

ORIGINAL, DERIVED = ["ORIGINAL", "PRIMARY"], ["DERIVED", "PRIMARY"]
LOCALIZER = [*ORIGINAL, "LOCALIZER"]


def slices(heights_mm: Iterable[float], prefix: str = "", first: int = 1, **options: Any) -> dict[str, bytes]:
    """Axial slices at these heights, {name: bytes}; instance numbers count from `first`."""
    return {
        f"{prefix}{number:03}.dcm": dicom_slice(position_mm=(0.0, 0.0, height), instance=number, **options)
        for number, height in enumerate(heights_mm, first)
    }


def at(*positions_mm: tuple[float, float, float], prefix: str = "", **options: Any) -> dict[str, bytes]:
    return {
        f"{prefix}{number:03}.dcm": dicom_slice(position_mm=position, instance=number, **options)
        for number, position in enumerate(positions_mm, 1)
    }


def only(folder: Path, files: Mapping[str, bytes]) -> SeriesRecord:
    (record,) = series_in(folder, files)
    return record


def verdicts(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    return [record.verdict for record in series_in(folder, files)]


def geometry(record: SeriesRecord) -> tuple[bool | None, ...]:
    """Single orientation, consistent pixel spacing, uniform slice spacing, regularly spaced 3D volume."""
    return (
        record.single_orientation,
        record.consistent_pixel_spacing,
        record.uniform_slice_spacing,
        record.regularly_spaced_3d_volume,
    )


def test_axial_stack(tmp_path: Path) -> None:
    record = only(tmp_path, dicom_volume(120, 1.25))
    assert record.verdict == "3D, 120 slices, 0.7 × 0.7 × 1.25 mm"
    assert (record.dimensions, record.shape, record.spacing_mm) == ("3D", (16, 16, 120), (0.7, 0.7, 1.25))
    assert record.unique_slice_positions
    assert geometry(record) == (True, True, True, True)


def test_single_slice(tmp_path: Path) -> None:
    record = only(tmp_path, slices([0.0]))
    assert (record.dimensions, record.verdict) == ("2D", "2D, one slice, 0.7 × 0.7 mm")
    assert geometry(record) == (True, True, None, None)


def test_two_slices(tmp_path: Path) -> None:
    record = only(tmp_path, slices([0.0, 5.0]))
    assert (record.dimensions, record.shape) == ("2D", (16, 16, 2))
    assert record.verdict == "2D multi-slice: 2 parallel slices, 0.7 × 0.7 × 5 mm; fewer than 5 are no volume"


def test_three_plane_localizer(tmp_path: Path) -> None:
    planes = {"ax": (1, 0, 0, 0, 1, 0), "cor": CORONAL, "sag": SAGITTAL}
    files = {f"{name}.dcm": dicom_slice("MR", orientation=plane) for name, plane in planes.items()}
    record = only(tmp_path, files)
    assert (record.dimensions, record.verdict) == ("2D", "not a volume: 3 localizer images in 3 orientations")
    assert geometry(record) == (False, None, None, None)


def test_localizer_of_the_vendor_that_puts_it_first(tmp_path: Path) -> None:
    scout = dicom_slice(orientation=CORONAL, rows=32, ImageType=LOCALIZER)
    stack = slices([2.5 * n for n in range(10)], "stack/", 2, ImageType=[*ORIGINAL, "AXIAL"])
    assert verdicts(tmp_path, {"001.dcm": scout, **stack}) == [
        "not a volume: 1 localizer image in 1 orientation", "3D, 10 slices, 0.7 × 0.7 × 2.5 mm",
    ]  # fmt: skip


def test_dwi_and_its_adc_map(tmp_path: Path) -> None:
    heights = [4.0 * n for n in range(6)]
    trace = {"modality": "MR", "ImageType": [*DERIVED, "DIFFUSION", "TRACEW"]}
    files = {
        **slices(heights, "dwi/", 1, DiffusionBValue=0.0, **trace),
        **slices(heights, "dwi/", 7, DiffusionBValue=1000.0, **trace),
        **slices(heights, "adc/", 13, modality="MR", ImageType=[*DERIVED, "DIFFUSION", "ADC"]),
    }
    adc, dwi = series_in(tmp_path, files)
    assert adc.verdict == "3D, 6 slices, 0.7 × 0.7 × 4 mm"
    assert (dwi.dimensions, dwi.shape, dwi.varies_by) == ("4D", (16, 16, 6, 2), "b-value")
    assert dwi.verdict == "4D, 6 slices × 2, 0.7 × 0.7 × 4 mm: told apart by DiffusionBValue"


def test_gated_pet(tmp_path: Path) -> None:
    heights = [3.0 * n for n in range(6)]
    gates = [slices(heights, f"{gate}/", gate * 6 + 1, modality="PT", TriggerTime=gate * 125.0) for gate in range(8)]
    record = only(tmp_path, {name: data for gate in gates for name, data in gate.items()})
    assert (record.dimensions, record.shape, record.varies_by) == ("4D", (16, 16, 6, 8), "trigger time")
    assert record.verdict == "4D, 6 slices × 8, 0.7 × 0.7 × 3 mm: told apart by TriggerTime"


def test_dynamic_series_over_time(tmp_path: Path) -> None:
    heights = [3.0 * n for n in range(6)]
    files: dict[str, bytes] = {}
    for time in (1, 2, 3):
        files |= slices(heights, f"{time}/", time * 6, modality="MR", TemporalPositionIdentifier=time)
    record = only(tmp_path, files)
    assert (record.shape, record.varies_by, record.unique_slice_positions) == ((16, 16, 6, 3), "time", False)
    assert geometry(record) == (True, True, True, True)


def test_series_over_time_that_stopped_early(tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for time, taken in ((1, 6), (2, 6), (3, 4)):
        heights = [3.0 * n for n in range(taken)]
        files |= slices(heights, f"{time}/", time * 6, modality="MR", TemporalPositionIdentifier=time)
    record = only(tmp_path, files)
    assert record.verdict == (
        "4D, 6 slices × 3, 0.7 × 0.7 × 3 mm: told apart by TemporalPositionIdentifier; incomplete: 2 slices too few "
        "for every place to be taken 3 times: fetch them, or leave the short volumes out"
    )
    assert geometry(record) == (True, True, True, False)


def test_heart_of_one_place_over_its_beat(tmp_path: Path) -> None:
    frames = at(*[(0.0, 0.0, 0.0)] * 12, modality="MR")
    beat = {name: dicom_slice("MR", instance=n + 1, TriggerTime=40.0 * n) for n, name in enumerate(frames)}
    record = only(tmp_path, beat)
    assert (record.dimensions, record.shape, record.varies_by) == ("2D+t", (16, 16, 1, 12), "trigger time")


def test_two_acquisitions_of_the_same_places(tmp_path: Path) -> None:
    heights = [3.0 * n for n in range(60)]
    files = {
        **slices(heights, "1/", 1, modality="MR", EchoTime=10.0),
        **slices(heights, "2/", 61, modality="MR", EchoTime=90.0),
    }
    record = only(tmp_path, files)
    assert (record.dimensions, record.shape, record.varies_by) == ("4D", (16, 16, 60, 2), "echo")
    assert record.verdict == (
        "4D, 60 slices × 2, 0.7 × 0.7 × 3 mm: two acquisitions interleaved: 2 × 60 positions, told apart by EchoTime"
    )


def test_two_acquisitions_between_each_others_places(tmp_path: Path) -> None:
    files = {
        **slices([10.0 * n for n in range(6)], "1/", 1, modality="MR", EchoTime=10.0),
        **slices([10.0 * n + 3 for n in range(6)], "2/", 7, modality="MR", EchoTime=90.0),
    }
    records = series_in(tmp_path, files)
    assert [record.verdict for record in records] == [
        "3D, 6 slices, 0.7 × 0.7 × 10 mm: one of two acquisitions interleaved: 2 × 6 positions, told apart by EchoTime"
    ] * 2
    assert {geometry(record) for record in records} == {(True, True, True, True)}


def test_slices_taken_alternately_in_two_acquisitions_are_one_volume(tmp_path: Path) -> None:
    files = {
        **slices([6.0 * n for n in range(5)], "1/", 1, modality="MR", AcquisitionNumber=1),
        **slices([6.0 * n + 3 for n in range(5)], "2/", 6, modality="MR", AcquisitionNumber=2),
    }
    assert verdicts(tmp_path, files) == ["3D, 10 slices, 0.7 × 0.7 × 3 mm"]


def test_two_reconstructions_by_kernel(tmp_path: Path) -> None:
    heights = [1.5 * n for n in range(8)]
    files = {
        **slices(heights, "soft/", 1, ConvolutionKernel="B30f"),
        **slices(heights, "sharp/", 9, ConvolutionKernel="B70f"),
    }
    assert verdicts(tmp_path, files) == ["3D, 8 slices, 0.7 × 0.7 × 1.5 mm"] * 2


def test_two_reconstructions_by_thickness(tmp_path: Path) -> None:
    files = {
        **slices([5.0 * n for n in range(6)], "thick/", 1, SliceThickness=5),
        **slices([1.0 * n for n in range(26)], "thin/", 7, SliceThickness=1),
    }
    assert verdicts(tmp_path, files) == ["3D, 6 slices, 0.7 × 0.7 × 5 mm", "3D, 26 slices, 0.7 × 0.7 × 1 mm"]


def test_two_reconstructions_that_only_their_numbers_tell_apart(tmp_path: Path) -> None:
    heights = [2.0 * n for n in range(6)]
    record = only(tmp_path, {**slices(heights, "a/", 1), **slices(heights, "b/", 7)})
    assert record.verdict.endswith(
        "only InstanceNumber tells the repeated slices apart: perhaps two reconstructions, split it by InstanceNumber"
    )


def test_one_sop_instance_uid_for_all_slices(tmp_path: Path) -> None:
    record = only(tmp_path, slices([2.0 * n for n in range(8)], SOPInstanceUID=uid("the same")))
    assert (record.verdict, record.duplicate_positions) == ("3D, 8 slices, 0.7 × 0.7 × 2 mm", 0)


def test_every_file_twice(tmp_path: Path) -> None:
    stack = dicom_volume(6)
    record = only(tmp_path, {**stack, **{f"copy/{name}": data for name, data in stack.items()}})
    assert record.verdict == ("3D, 6 slices, 0.7 × 0.7 × 2 mm: 6 files are copies of another one: keep one of each")
    assert (record.file_count, record.duplicate_positions) == (12, 6)


def test_descending_positions(tmp_path: Path) -> None:
    record = only(tmp_path, slices([-3.0 * n for n in range(10)]))
    assert (record.verdict, geometry(record)) == ("3D, 10 slices, 0.7 × 0.7 × 3 mm", (True, True, True, True))


def test_positions_rounded_to_one_decimal(tmp_path: Path) -> None:
    record = only(tmp_path, slices([round(1.25 * n, 1) for n in range(20)]))
    assert record.slice_spacing_mm == pytest.approx(1.25, abs=0.005)
    assert geometry(record) == (True, True, True, True)


def test_left_and_right_breast(tmp_path: Path) -> None:
    sides = {"left": 90.0, "right": -90.0}
    files: dict[str, bytes] = {}
    for side, x in sides.items():
        files |= at(*[(x, 0.0, 2.0 * n) for n in range(8)], prefix=f"{side}/", modality="MR")
    assert verdicts(tmp_path, files) == ["3D, 8 slices, 0.7 × 0.7 × 2 mm"] * 2


def test_missing_slices(tmp_path: Path) -> None:
    record = only(tmp_path, dicom_volume(60, 1.25, without=(41, 42)))
    assert record.verdict == (
        "3D, 58 slices, 0.7 × 0.7 × 1.25 mm: "
        "volume with 2 missing slices after slice 41: fetch them, or resample by position"
    )
    assert (record.missing_slices, geometry(record)) == (2, (True, True, False, False))


def test_uneven_slices(tmp_path: Path) -> None:
    record = only(tmp_path, slices([0.0, 1.0, 2.3, 3.9, 5.7, 8.1, 10.4, 13.9]))
    assert record.verdict.endswith("slices unevenly spaced, 1 to 3.5 mm: resample before training")
    assert (record.missing_slices, geometry(record)) == (None, (True, True, False, False))


def test_gantry_tilt(tmp_path: Path) -> None:
    shift = tan(radians(13.5))
    record = only(tmp_path, at(*[(0.0, shift * 5 * n, 5.0 * n) for n in range(12)]))
    assert record.verdict == "3D, 12 slices, 0.7 × 0.7 × 5 mm: gantry tilt 13.5 degrees: resample before training"
    assert (record.gantry_tilt_deg, geometry(record)) == (13.5, (True, True, True, False))


def test_maximum_intensity_projection_beside_its_originals(tmp_path: Path) -> None:
    files = {
        **slices([2.0 * n for n in range(9)], "source/", 1, modality="MR", ImageType=[*ORIGINAL, "M"]),
        **slices([8.0], "mip/", 10, modality="MR", ImageType=["DERIVED", "SECONDARY", "MIP"]),
    }
    assert verdicts(tmp_path, files) == ["2D, one slice, 0.7 × 0.7 mm", "3D, 9 slices, 0.7 × 0.7 × 2 mm"]


def test_mixed_sizes(tmp_path: Path) -> None:
    heights = [2.0 * n for n in range(6)]
    files = {**slices(heights, "large/", 1, rows=32, columns=32), **slices(heights, "small/", 7)}
    assert [record.shape for record in series_in(tmp_path, files)] == [(32, 32, 6), (16, 16, 6)]


def test_mixed_pixel_spacing(tmp_path: Path) -> None:
    stack = dicom_volume(8)
    stack["003.dcm"] = dicom_slice(position_mm=(0.0, 0.0, 6.0), instance=4, spacing_mm=(0.8, 0.8))
    record = only(tmp_path, stack)
    assert record.verdict.endswith("pixel spacing differs between slices: resample before training")
    assert geometry(record) == (True, False, True, False)


def test_corrupt_slice_in_the_middle(tmp_path: Path) -> None:
    stack = dicom_volume(9)
    record = only(tmp_path, stack | {"004.dcm": stack["004.dcm"][:-100]})
    assert record.verdict == "3D, 9 slices, 0.7 × 0.7 × 2 mm: 1 slice cannot be read: fetch it again"
    assert record.missing_slices == 0


def test_slice_of_which_nothing_is_left(tmp_path: Path) -> None:
    record = only(tmp_path, dicom_volume(9) | {"004.dcm": bytes(range(256))})
    assert (record.missing_slices, record.shape) == (1, (16, 16, 8))
    assert "volume with 1 missing slice after slice 4" in record.verdict


@pytest.mark.parametrize("has_places", [True, False])
def test_secondary_capture_stack(tmp_path: Path, has_places: bool) -> None:
    place = {} if has_places else {"ImagePositionPatient": None, "ImageOrientationPatient": None}
    found = series_in(tmp_path, slices([5.0 * n for n in range(6)], modality="OT", **place))
    told = "3D, 6 slices, 0.7 × 0.7 × 5 mm" if has_places else "2D, one image, 16 × 16 pixels"
    assert [record.verdict for record in found] == [told] * (1 if has_places else 6)
