"""Which plane of which file goes where, before a pixel is read: from the tables alone. Millimetres, LPS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from biodatamine_core.records import Dimensions, FileRecord, Role, SeriesRecord
from biodatamine_core.series import geometry
from biodatamine_core.series.stacks import VARYING

Floats = NDArray[np.float64]


class Kind(StrEnum):
    """How it is looked at: one picture, frames one after another, or three planes of a volume."""

    PICTURE = "picture"
    FRAMES = "frames"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What to read of a series.

    planes: file_id -> {number of the plane in the file: its place in the stack}; of several volumes the places of the
    first come first, then those of the second.
    size: columns, rows, places of one volume, all of them. times: how many volumes.
    spacing_mm: along columns, rows, places; None where it is not known.
    directions: (3, 3), a column each for the direction of columns, rows and places, LPS; origin_mm: (3,) the centre of
    the first voxel, LPS. None where they are not known.
    """

    kind: Kind
    files: dict[str, FileRecord]
    planes: dict[str, dict[int, int]]
    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float] | None = None
    directions: Floats | None = None
    notes: tuple[str, ...] = field(default=())
    origin_mm: Floats | None = None
    times: int = 1

    @property
    def affine_lps(self) -> Floats | None:
        """(4, 4), from (column, row, place) to millimetres."""
        if self.directions is None or self.origin_mm is None or self.spacing_mm is None:
            return None
        affine = np.eye(4)
        affine[:3, :3] = self.directions * self.spacing_mm
        affine[:3, 3] = self.origin_mm
        return affine if np.isfinite(affine).all() and abs(np.linalg.det(affine)) > 0 else None


def thinned(plan: Plan, stride: int, time_stride: int = 1) -> Plan:
    """Only every so manieth place of every so manieth volume is read."""
    if stride == time_stride == 1:
        return plan

    def is_kept(place: int) -> bool:
        time, within = divmod(place, plan.size[2])
        return within % stride == 0 and time % time_stride == 0

    kept = {f: {n: place for n, place in numbers.items() if is_kept(place)} for f, numbers in plan.planes.items()}
    planes = {file_id: numbers for file_id, numbers in kept.items() if numbers}
    return replace(plan, files={file_id: plan.files[file_id] for file_id in planes}, planes=planes)


def plan_of(series: SeriesRecord, files: Sequence[FileRecord], as_mask: bool = False) -> Plan:
    """What there is to see in a series. files: all of them, any order. as_mask: to be laid over another image."""
    from biodatamine_core.volumes import stacking

    alike = [file for file in files if file.shape and file.shape[:2] == (series.shape or ())[:2]] or list(files)
    first = min(alike, key=moment)
    is_volume = series.dimensions in (Dimensions.VOLUME, Dimensions.VOLUMES_4D)
    if first.mosaic_images and is_volume:
        return stacking.mosaics(series, alike)
    if len(alike) > 1 and first.format != "DICOM":
        plan = stacking.pictures(alike)
        return plan if is_volume else replace(plan, kind=Kind.FRAMES, notes=())
    if len(alike) > 1:
        return stacking.stack(series, alike) if is_volume else _album(series, alike)
    planes = math.prod(first.shape[2:]) if first.shape else 1
    if first.role is Role.SEGMENTATION and first.frame_positions_mm and (is_volume or as_mask):
        return stacking.segments(series, first)
    if planes == 1 and first.frames and first.format != "DICOM" and not is_volume:
        planes = first.frames  # pages of which the file does not say what they are
    if planes <= 1 or first.modality_tag == "SM":
        return _picture(series, first, planes)
    return stacking.one_file(series, first, planes) if is_volume else _recording(series, first, planes)


def _picture(series: SeriesRecord, file: FileRecord, planes: int) -> Plan:
    middle = {file.file_id: {planes // 2: 0}}
    spacing_mm = in_plane(series, file.slice_thickness_mm or 0.0)
    orientation = np.array(file.image_orientation or (), dtype=np.float64)
    is_placed = file.image_position_mm is not None and geometry.is_plane(tuple(orientation))
    return Plan(
        Kind.PICTURE,
        {file.file_id: file},
        middle,
        size_of(file, 1),
        spacing_mm,
        directions_of(orientation) if is_placed else None,
        origin_mm=np.array(file.image_position_mm) if is_placed else None,
    )


def _album(series: SeriesRecord, files: Sequence[FileRecord]) -> Plan:
    """Images that are no volume, one after another: by position where they are parallel, else by number."""
    in_order = sorted(files, key=moment)
    if series.single_orientation and all(file.image_position_mm and file.image_orientation for file in files):
        normal = geometry.slice_normal(np.array(files[0].image_orientation, dtype=np.float64))
        in_order.sort(key=lambda file: round(float(np.dot(position_of(file), normal)), 3))
    return Plan(
        Kind.FRAMES,
        {file.file_id: file for file in in_order},
        {file.file_id: {0: place} for place, file in enumerate(in_order)},
        size_of(files[0], len(in_order)),
        in_plane(series, 0.0),
    )


def _recording(series: SeriesRecord, file: FileRecord, frames: int) -> Plan:
    from biodatamine_core.volumes import stacking

    if file.affine_ras and len(file.shape or ()) == 3:  # a few slices: no volume, but it says where they lie
        return replace(stacking.one_file(series, file, frames), kind=Kind.FRAMES)
    wanted = {file.file_id: {number: number for number in range(frames)}}
    return Plan(Kind.FRAMES, {file.file_id: file}, wanted, size_of(file, frames), in_plane(series, 0.0))


def directions_of(orientation: Floats) -> Floats:
    """(3, 3), a column each for columns, rows and their normal. orientation: (6,) ImageOrientationPatient."""
    return np.column_stack([orientation[:3], orientation[3:], geometry.slice_normal(orientation)])


def position_of(file: FileRecord) -> tuple[float, ...]:
    """A single frame of a multi-frame file is a slice too."""
    return file.image_position_mm or (file.frame_positions_mm or ())[:3]


def size_of(file: FileRecord, places: int) -> tuple[int, int, int]:
    columns, rows = (*(file.shape or ()), 1, 1)[:2]
    return columns, rows, places


def in_plane(series: SeriesRecord, gap_mm: float) -> tuple[float, float, float] | None:
    """The spacing of the series with this gap; a gap of zero is taken for one."""
    spacing = series.spacing_mm or ()
    return three((*spacing[:2], gap_mm if gap_mm > 0 else 1.0)) if len(spacing) >= 2 else None


def three(spacing_mm: Sequence[float] | None) -> tuple[float, float, float] | None:
    """Spacing along three axes; None where one is missing or makes no sense."""
    if spacing_mm is None or len(spacing_mm) < 3 or not all(0 < step < math.inf for step in spacing_mm[:3]):
        return None
    return float(spacing_mm[0]), float(spacing_mm[1]), float(spacing_mm[2])


def moment(file: FileRecord) -> tuple[object, ...]:
    """Sorts files of one place by what may tell them apart; what is not stated comes last."""
    values = [getattr(file, column) for _, column in VARYING]
    return (*((value is None, 0 if value is None else value) for value in values), file.path)
