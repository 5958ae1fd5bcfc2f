"""Edge cases of volumes, from the bytes: DICOM of many frames or slices a file."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from biodatamine_core.records import Role, SeriesRecord
from tests.builders import dicom_bytes, dicom_frames, dicom_segmentation, dicom_slice, item
from tests.series.arrange import AXIAL, CORONAL, SAGITTAL, series_in

ENHANCED = {
    "CT": "1.2.840.10008.5.1.4.1.1.2.1", "MR": "1.2.840.10008.5.1.4.1.1.4.1", "PT": "1.2.840.10008.5.1.4.1.1.130",
    "US": "1.2.840.10008.5.1.4.1.1.6.2", "MG": "1.2.840.10008.5.1.4.1.1.13.1.3",
}  # fmt: skip


def only(folder: Path, data: bytes) -> SeriesRecord:
    (record,) = series_in(folder, {"a.dcm": data})
    return record


def heights(slices: int, gap_mm: float = 2.0, without: Sequence[int] = ()) -> list[tuple[float, float, float]]:
    return [(0.0, 0.0, gap_mm * n) for n in range(slices) if n not in without]


def multi_frame(modality: str, frames: int, **tags: Any) -> bytes:
    """Frames that do not say where they lie."""
    pixels = np.zeros((frames * 8, 8), np.uint16)
    return dicom_slice(
        modality, position_mm=None, orientation=None, pixels=pixels, **{"Rows": 8, "NumberOfFrames": frames, **tags}
    )


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_enhanced_volume(tmp_path: Path, modality: str) -> None:
    record = only(tmp_path, dicom_frames(modality, heights(10), SOPClassUID=ENHANCED[modality]))
    assert record.verdict == "3D, 10 slices, 0.7 × 0.7 × 2 mm"
    assert (record.dimensions, record.shape, record.orientation) == ("3D", (8, 8, 10), "axial")
    assert record.regularly_spaced_3d_volume and record.unique_slice_positions


def test_enhanced_volume_with_a_hole(tmp_path: Path) -> None:
    record = only(tmp_path, dicom_frames("CT", heights(12, without=[5]), SOPClassUID=ENHANCED["CT"]))
    assert "volume with 1 missing slice after slice 5" in record.verdict
    assert (record.missing_slices, record.regularly_spaced_3d_volume) == (1, False)


def echoes(*times_ms: float) -> list[dict[str, list[Dataset]]]:
    return [{"MREchoSequence": [item(EffectiveEchoTime=time_ms)]} for time_ms in times_ms]


def content(**elements: int) -> dict[str, list[Dataset]]:
    return {"FrameContentSequence": [item(**elements)]}


def test_enhanced_echoes(tmp_path: Path) -> None:
    per_frame = echoes(*[10.0] * 6, *[90.0] * 6)
    record = only(tmp_path, dicom_frames("MR", heights(6) * 2, per_frame=per_frame, SOPClassUID=ENHANCED["MR"]))
    assert (record.dimensions, record.shape, record.varies_by) == ("4D", (8, 8, 6, 2), "echo")
    assert record.verdict == "4D, 6 slices × 2, 0.7 × 0.7 × 2 mm: told apart by EffectiveEchoTime"


def test_enhanced_diffusion(tmp_path: Path) -> None:
    per_frame = [{"MRDiffusionSequence": [item(DiffusionBValue=b)]} for b in (0.0, 500.0, 1000.0) for _ in range(5)]
    record = only(tmp_path, dicom_frames("MR", heights(5) * 3, per_frame=per_frame, SOPClassUID=ENHANCED["MR"]))
    assert (record.dimensions, record.shape, record.varies_by) == ("4D", (8, 8, 5, 3), "b-value")


def test_enhanced_pet_over_time(tmp_path: Path) -> None:
    per_frame = [content(TemporalPositionIndex=time) for time in (1, 2) for _ in range(6)]
    record = only(tmp_path, dicom_frames("PT", heights(6) * 2, per_frame=per_frame, SOPClassUID=ENHANCED["PT"]))
    assert record.verdict == "4D, 6 slices × 2, 0.7 × 0.7 × 2 mm: told apart by TemporalPositionIndex"


def test_enhanced_heart_of_one_place(tmp_path: Path) -> None:
    delays = [{"CardiacSynchronizationSequence": [item(NominalCardiacTriggerDelayTime=40.0 * n)]} for n in range(12)]
    record = only(tmp_path, dicom_frames("MR", heights(1) * 12, per_frame=delays, SOPClassUID=ENHANCED["MR"]))
    assert (record.dimensions, record.shape, record.varies_by) == ("2D+t", (8, 8, 1, 12), "trigger time")
    assert record.verdict == "2D+t, a recording of 12 frames: told apart by NominalCardiacTriggerDelayTime"


def test_enhanced_localizer_in_three_planes(tmp_path: Path) -> None:
    planes = [AXIAL, CORONAL, SAGITTAL]
    record = only(tmp_path, dicom_frames("MR", heights(1) * 3, planes, SOPClassUID=ENHANCED["MR"]))
    assert (record.dimensions, record.single_orientation) == ("2D", False)
    assert record.verdict == "not a volume: 3 localizer images in 3 orientations"


@pytest.mark.parametrize(("modality", "tags"), [("US", {"FrameTime": 33.3}), ("XA", {}), ("RF", {})])
def test_recording(tmp_path: Path, modality: str, tags: dict[str, float]) -> None:
    record = only(tmp_path, multi_frame(modality, 30, **tags))
    assert (record.dimensions, record.shape, record.varies_by) == ("2D+t", (8, 8, 1, 30), "time")
    every = ", one every 33.3 ms" if tags else ""
    assert record.verdict == f"2D+t, a recording of 30 frames{every}"


def test_ultrasound_volume(tmp_path: Path) -> None:
    record = only(tmp_path, multi_frame("US", 20, SOPClassUID=ENHANCED["US"]))
    assert (record.dimensions, record.shape) == ("3D", (8, 8, 20))
    assert record.verdict.endswith("the file does not say where its frames lie")


@pytest.mark.parametrize("has_places", [True, False])
def test_breast_tomosynthesis(tmp_path: Path, has_places: bool) -> None:
    places = [(float(n), 0.0, 0.0) for n in range(40)] if has_places else None
    data = dicom_frames("MG", places, [SAGITTAL], frames=40, SOPClassUID=ENHANCED["MG"])
    record = only(tmp_path, data)
    assert (record.dimensions, record.shape) == ("3D", (8, 8, 40))
    assert record.slice_spacing_mm == (1.0 if has_places else None)


def test_tiles_of_a_slide(tmp_path: Path) -> None:
    whole_slide = "1.2.840.10008.5.1.4.1.1.77.1.6"
    record = only(tmp_path, multi_frame("SM", 49, SOPClassUID=whole_slide))
    assert (record.dimensions, record.verdict) == ("2D", "2D, one level of a slide, 49 tiles")


def test_multi_frame_secondary_capture(tmp_path: Path) -> None:
    record = only(tmp_path, multi_frame("OT", 12))
    assert record.dimensions == "2D"
    assert record.verdict == "2D, 12 frames; the file does not say whether they are slices or times"


def test_dose_grid(tmp_path: Path) -> None:
    tags = {"GridFrameOffsetVector": [3.0 * n for n in range(10)], "SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.2"}
    places = {"ImagePositionPatient": [0.0, 0.0, 50.0], "ImageOrientationPatient": list(AXIAL)}
    record = only(tmp_path, multi_frame("RTDOSE", 10, **tags, **places))
    assert record.verdict == "3D, 10 slices, 0.7 × 0.7 × 3 mm"
    assert record.regularly_spaced_3d_volume


def test_frames_of_a_segmentation(tmp_path: Path) -> None:
    mask = np.ones((8, 8))
    frames = [(segment, 2.0 * n, mask) for segment in (1, 2) for n in range(6)]
    record = only(tmp_path, dicom_segmentation(frames, {1: "liver", 2: "spleen"}))
    assert (record.role, record.dimensions, record.shape) == (Role.SEGMENTATION, "3D", (8, 8, 6))
    assert record.verdict == "3D, 6 slices, 0.7 × 0.7 × 2 mm"


@pytest.mark.parametrize(("kind", "dimensions"), [("RECON TOMO", "3D"), ("DYNAMIC", "2D+t"), ("WHOLE BODY", "2D")])
def test_nuclear_frames(tmp_path: Path, kind: str, dimensions: str) -> None:
    record = only(tmp_path, multi_frame("NM", 20, ImageType=["ORIGINAL", "PRIMARY", kind, "EMISSION"]))
    assert record.dimensions == dimensions


def test_siemens_mosaics(tmp_path: Path) -> None:
    files = {f"{time}.dcm": mosaic(9, instance=time, AcquisitionNumber=time) for time in (1, 2, 3)}
    (record,) = series_in(tmp_path, files)
    assert (record.dimensions, record.shape, record.varies_by) == ("4D", (16, 16, 9, 3), "acquisition")
    assert record.verdict == "4D, Siemens mosaic, 9 slices × 3: told apart by AcquisitionNumber"


def mosaic(images: int, **options: Any) -> bytes:
    """A slice whose private group says that it is tiled out of so many."""
    image_type = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    data = dcmread(io.BytesIO(dicom_slice("MR", rows=48, columns=48, ImageType=image_type, **options)))
    block = data.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0A, "US", images)
    return dicom_bytes(data)
