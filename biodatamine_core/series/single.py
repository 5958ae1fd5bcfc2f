"""Judge one file by itself: a picture, a NIfTI grid, a multi-frame DICOM."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from biodatamine_core.records import Dimensions, FileRecord, Role
from biodatamine_core.series import geometry, verdict
from biodatamine_core.series.layout import Layout, layout_of, reasons
from biodatamine_core.series.parts import MAX_LOCALIZER_PLANES
from biodatamine_core.series.shapes import MIN_VOLUME_SLICES, Shape, dimensions_of, rounded_mm, sizes

RECORDINGS = frozenset({"US", "XA", "RF", "ES", "IVUS", "IVOCT", "ECHO"})
"""Modalities whose frames follow each other in time. Source: DICOM PS3.3 A.6, A.7, A.14, A.16."""
VOLUMES = frozenset({"CT", "MR", "PT", "RTDOSE", "OPT", "MG"})
"""Modalities whose frames are slices, also where the file does not say where they lie."""
VOLUME_SOP_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.6.2",  # Enhanced US Volume
        "1.2.840.10008.5.1.4.1.1.13.1.1",  # X-Ray 3D Angiographic
        "1.2.840.10008.5.1.4.1.1.13.1.2",  # X-Ray 3D Craniofacial
        "1.2.840.10008.5.1.4.1.1.13.1.3",  # Breast Tomosynthesis
    }
)
"""Source: DICOM PS3.4 B.5."""
FORMS_APART = 0.5
"""Voxels by which qform and sform may differ by rounding, as in the check affine-forms-disagree."""
FRAME_TAGS = {
    "TemporalPositionIndex": "time", "DiffusionBValue": "b-value", "EffectiveEchoTime": "echo",
    "NominalCardiacTriggerDelayTime": "trigger time", "FrameAcquisitionNumber": "acquisition",
}  # fmt: skip
"""What tells the frames of one place apart: the keyword of a functional group, and our word for it."""
NM_SLICES = frozenset({"RECON TOMO", "RECON GATED TOMO"})
NM_TIMES = frozenset({"DYNAMIC", "GATED"})
"""ImageType of nuclear medicine: reconstructed slices, frames over time. Source: DICOM PS3.3 C.8.4.9.1.1."""
VIDEOS = frozenset({"MP4", "MOV", "AVI"})
"""Formats that hold nothing but recordings."""
_VOLUME_FILES = frozenset({"ECAT"})
"""Formats that keep nothing but volumes: one that says it is a volume is one, however few its slices."""
SLICED = frozenset({"CT", "MR", "PT"})
"""Modalities of which one image is usually one slice of a volume."""


def shape_of_file(file: FileRecord, has_gradients: bool) -> Shape:
    """What one file is. has_gradients: a .bval or .bvec of the same name lies beside it."""
    frames = file.frames or 1
    if file.format != "DICOM":
        return _grid(file, has_gradients)
    if frames > 1 and file.modality_tag == "SM":
        return _flat(file, f"2D, one level of a slide, {frames:,} tiles")
    if frames > 1:
        return _frames(file, frames)
    if file.modality_tag in SLICED:
        return _flat(file, f"2D, one image: not a volume, {_why_alone(file)}")
    return _flat(file, f"2D, one image{_of_size(file)}")


def _frames(file: FileRecord, frames: int) -> Shape:
    """A multi-frame file: slices where its frames lie apart, a recording where they follow each other in time."""
    kinds = {word.upper() for word in file.image_type or ()}
    is_recording = file.frame_time_ms is not None or file.modality_tag in RECORDINGS or bool(kinds & NM_TIMES)
    if (file.frame_orientations or 1) > 1 and file.role is not Role.SEGMENTATION:
        return _turned_frames(file, frames, "LOCALIZER" in kinds)
    layout = _frame_layout(file, frames)
    if layout is not None and layout.slices > 1:
        return _placed_frames(file, layout)
    if layout is not None and file.sop_class_uid not in VOLUME_SOP_CLASSES and file.role is not Role.SEGMENTATION:
        return _recording(file, frames)
    if (
        file.sop_class_uid in VOLUME_SOP_CLASSES
        or kinds & NM_SLICES
        or (file.modality_tag in VOLUMES and not is_recording)
    ):
        what = verdict.stack(Dimensions.VOLUME, frames, 1, file.spacing_mm)
        return Shape(
            files=(file,),
            dimensions=Dimensions.VOLUME,
            shape=sizes(file, frames, 1),
            verdict=verdict.sentence(what, ["the file does not say where its frames lie"]),
            spacing_mm=file.spacing_mm,
        )
    if is_recording:
        return _recording(file, frames)
    return _flat(file, f"2D, {frames:,} frames; the file does not say whether they are slices or times")


def _turned_frames(file: FileRecord, frames: int, is_localizer: bool) -> Shape:
    """Frames that lie in several directions: localizers, radial slices."""
    planes = file.frame_orientations or 1
    is_localizer = is_localizer or (planes <= MAX_LOCALIZER_PLANES and frames < planes * MIN_VOLUME_SLICES)
    return replace(
        _flat(file, verdict.views(frames, planes, is_localizer), shape=sizes(file, 1, 1)), single_orientation=False
    )


def _recording(file: FileRecord, frames: int) -> Shape:
    """Frames of one place that follow each other; 1 where the file does not say how many."""
    every = f", one every {file.frame_time_ms:.3g} ms" if file.frame_time_ms else ""
    apart = file.frames_vary_by or ()
    says = f"of {frames:,} frames{every}" if frames > 1 else "that does not say how many frames it has"
    return Shape(
        files=(file,),
        dimensions=Dimensions.RECORDING,
        shape=sizes(file, 1, frames),
        verdict=verdict.sentence(f"2D+t, a recording {says}", verdict.frames_apart(apart)),
        spacing_mm=file.spacing_mm,
        varies_by=_varies_by(apart) or "time",
    )


def _placed_frames(file: FileRecord, layout: Layout) -> Shape:
    """Frames that lie in several places: one file that says it is a volume is one, however few its slices.

    A mask stays 3D: it repeats places by segment, and leaves out those where it is empty.
    """
    is_mask = file.role is Role.SEGMENTATION
    times = 1 if is_mask else layout.times
    dimensions = Dimensions.VOLUMES_4D if times > 1 else Dimensions.VOLUME
    is_volume = layout.slices >= MIN_VOLUME_SLICES and not is_mask
    gap_mm = layout.spacing.gap_mm if layout.spacing else 0.0
    spacing_mm = rounded_mm((*file.spacing_mm[:2], gap_mm)) if file.spacing_mm else None
    told = [*reasons(layout), *verdict.doubles(0, layout.extra)] if is_volume else []
    apart = file.frames_vary_by or () if times > 1 else ()
    if times > 1:
        told.extend(verdict.frames_apart(apart or ("its own dimension index",)))
    return Shape(
        files=(file,),
        dimensions=dimensions,
        shape=sizes(file, layout.slices, times),
        verdict=verdict.sentence(verdict.stack(dimensions, layout.slices, times, spacing_mm), told),
        spacing_mm=spacing_mm,
        orientation=geometry.plane_name(layout.normal),
        single_orientation=True,
        unique_slice_positions=None if is_mask else layout.slices == file.frames,
        consistent_pixel_spacing=True if file.spacing_mm else None,
        uniform_slice_spacing=layout.is_even,
        regularly_spaced_3d_volume=layout.is_regular if is_volume else None,
        slice_spacing_mm=round(gap_mm, 4),
        missing_slices=layout.missing_slices if is_volume else None,
        duplicate_positions=layout.extra if is_volume else None,
        gantry_tilt_deg=round(layout.tilt_deg, 2) if layout.tilt_deg is not None else None,
        varies_by=_varies_by(apart),
    )


def _varies_by(keywords: Sequence[str]) -> str | None:
    return " and ".join(FRAME_TAGS[keyword] for keyword in keywords) or None


def _frame_layout(file: FileRecord, frames: int) -> Layout | None:
    """How the frames lie; None where the file does not say it for every frame."""
    positions = np.array(file.frame_positions_mm or (), dtype=np.float64)
    orientation = file.image_orientation or ()
    if positions.size != 3 * frames or not np.isfinite(positions).all() or not geometry.is_plane(orientation):
        return None
    return layout_of(positions.reshape(frames, 3), np.array(orientation, dtype=np.float64))


def _grid(file: FileRecord, has_gradients: bool) -> Shape:
    """A file whose array is its geometry: NIfTI, a picture. Axes: columns, rows, slices, then times or components."""
    shape = file.shape or ()
    columns, rows, slices, *more = (*shape, *[1] * (3 - len(shape)))
    times = math.prod(more)
    if slices == 1 and ((times > 1 and file.frames) or file.format in VIDEOS):
        return _recording(file, times)
    if slices == 1 and times == 1 and file.frames:
        says = f"2D, {file.frames:,} pages; the file does not say whether they are slices or times"
        return _flat(file, says, shape=(columns, rows))
    if slices == 1 and times == 1:
        return _flat(file, f"2D, one image{_of_size(file)}", shape=(columns, rows))
    if slices > 1 and times > 1:
        dimensions = Dimensions.VOLUMES_4D
    else:
        dimensions = Dimensions.VOLUME if slices > 1 and file.format in _VOLUME_FILES else dimensions_of(slices, times)
    varies_by = _fourth_axis(file, has_gradients) if times > 1 else None
    told = [f"the fourth axis is {varies_by}"] if varies_by else []
    if file.frames and slices == file.frames:
        told.append("the file does not say what its pages are; neighbours look alike, as slices do")
    if file.affine_forms_gap_mm and file.affine_forms_gap_mm > FORMS_APART * min(file.spacing_mm or (1.0,)):
        told.append(verdict.forms(file.affine_forms_gap_mm))
    normal = _slice_axis(file)
    spacing_mm = file.spacing_mm[: 3 if slices > 1 else 2] if file.spacing_mm else None
    is_volume = slices >= MIN_VOLUME_SLICES
    return Shape(
        files=(file,),
        dimensions=dimensions,
        shape=(columns, rows, slices, times) if times > 1 else (columns, rows, slices),
        verdict=verdict.sentence(verdict.stack(dimensions, slices, times, spacing_mm), told),
        spacing_mm=spacing_mm,
        orientation=geometry.plane_name(normal) if normal is not None else None,
        single_orientation=True,
        consistent_pixel_spacing=True if spacing_mm else None,
        uniform_slice_spacing=True if spacing_mm and slices > 1 else None,
        regularly_spaced_3d_volume=True if spacing_mm and is_volume else None,
        slice_spacing_mm=round(spacing_mm[2], 4) if spacing_mm and len(spacing_mm) > 2 else None,
        varies_by=varies_by,
    )


def _flat(file: FileRecord, says: str, shape: tuple[int, ...] | None = None) -> Shape:
    """One image; of several frames that are no volume, the shape of one."""
    orientation = file.image_orientation or ()
    normal = geometry.slice_normal(np.array(orientation)) if geometry.is_plane(orientation) else None
    return Shape(
        files=(file,),
        dimensions=Dimensions.IMAGE_2D,
        shape=shape or sizes(file, 1, 1),
        verdict=says,
        spacing_mm=file.spacing_mm[:2] if file.spacing_mm else None,
        orientation=geometry.plane_name(normal) if normal is not None else None,
    )


def _fourth_axis(file: FileRecord, has_gradients: bool) -> str:
    """time, direction or vector component. Source: NIfTI-1 intent codes; BIDS, diffusion data."""
    if "vec" in (file.intent or "").lower() or len(file.shape or ()) > 4:
        return "vector component"
    return "direction" if has_gradients else "time"


def _slice_axis(file: FileRecord) -> geometry.Floats | None:
    """The (3,) direction in which the third array axis runs; None without an affine."""
    affine = np.array(file.affine_ras or (), dtype=np.float64)
    if affine.size != 16 or not np.isfinite(affine).all():
        return None
    step = affine.reshape(4, 4)[:3, 2]
    length = float(np.linalg.norm(step))
    return np.asarray(step / length, dtype=np.float64) if length else None


def _why_alone(file: FileRecord) -> str:
    if file.image_position_mm is None or file.image_orientation is None:
        return "the file does not say where its slice lies"
    return "it names no series" if file.series_uid is None else "its position or orientation makes no sense"


def _of_size(file: FileRecord) -> str:
    columns, rows, *_ = file.shape or (0, 0)
    return f", {columns:,} × {rows:,} pixels"
