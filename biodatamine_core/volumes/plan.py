"""Which plane of which file goes where, before a pixel is read: from the tables alone. Millimetres, LPS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from biodatamine_core.records import Dimensions, FileRecord, SeriesRecord
from biodatamine_core.series import geometry
from biodatamine_core.series.stacks import VARYING
from biodatamine_core.wording import counted

Floats = NDArray[np.float64]
MOST_HOLES_SHARE = 1.0
"""More missing slices than there are slices: the gaps say nothing, and the slices are stacked as they come."""


class Kind(StrEnum):
    """How it is looked at: one picture, frames one after another, or three planes of a volume."""

    PICTURE = "picture"
    FRAMES = "frames"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What to read of a series.

    planes: file_id -> {number of the plane in the file: its place in the stack}.
    size: columns, rows, places, all of them. spacing_mm: along the same axes; None where it is not known.
    directions: (3, 3), a column each for the direction of columns, rows and places, LPS; None where it is not known.
    """

    kind: Kind
    files: dict[str, FileRecord]
    planes: dict[str, dict[int, int]]
    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float] | None = None
    directions: Floats | None = None
    notes: tuple[str, ...] = field(default=())


def thinned(plan: Plan, stride: int) -> Plan:
    """Only every so manieth place is read."""
    if stride == 1:
        return plan
    kept = {f: {n: place for n, place in numbers.items() if place % stride == 0} for f, numbers in plan.planes.items()}
    planes = {file_id: numbers for file_id, numbers in kept.items() if numbers}
    return replace(plan, files={file_id: plan.files[file_id] for file_id in planes}, planes=planes)


def plan_of(series: SeriesRecord, files: Sequence[FileRecord]) -> Plan:
    """What there is to see in a series. files: all of them, any order."""
    alike = [file for file in files if file.shape and file.shape[:2] == (series.shape or ())[:2]] or list(files)
    first = min(alike, key=_moment)
    is_volume = series.dimensions in (Dimensions.VOLUME, Dimensions.VOLUMES_4D)
    if first.mosaic_images and is_volume:
        return _mosaic(series, alike)
    if len(alike) > 1:
        return _stack(series, alike) if is_volume else _album(series, alike)
    planes = math.prod(first.shape[2:]) if first.shape else 1
    if planes <= 1 or first.modality_tag == "SM":
        middle = {first.file_id: {planes // 2: 0}}
        return Plan(Kind.PICTURE, {first.file_id: first}, middle, _size(first, 1), _in_plane(series, 0.0))
    return _one_file(series, first, planes) if is_volume else _recording(series, first, planes)


def _stack(series: SeriesRecord, files: Sequence[FileRecord]) -> Plan:
    """A file a slice, ordered by position; a slice that is missing leaves its place empty."""
    positions = np.array([_position(file) for file in files], dtype=np.float64)
    orientation = np.array(files[0].image_orientation, dtype=np.float64)
    places, gap_mm, notes = _places(series, positions, geometry.slice_normal(orientation))
    at_place: dict[int, list[FileRecord]] = {}
    for place, file in sorted(zip(places, files, strict=True), key=lambda pair: _moment(pair[1])):
        at_place.setdefault(place, []).append(file)
    chosen = {place: alike[len(alike) // 2] for place, alike in at_place.items()}
    if series.dimensions is Dimensions.VOLUMES_4D:
        notes.append(_one_of_several(series))
    return Plan(
        Kind.VOLUME,
        {file.file_id: file for file in chosen.values()},
        {file.file_id: {0: place} for place, file in chosen.items()},
        _size(files[0], max(chosen) + 1),
        _in_plane(series, gap_mm),
        _directions(orientation),
        tuple(notes),
    )


def _one_file(series: SeriesRecord, file: FileRecord, planes: int) -> Plan:
    """A file that holds a volume: by the positions of its frames, by its grid, or in the file's order."""
    positions = np.array(file.frame_positions_mm or (), dtype=np.float64)
    orientation = np.array(file.image_orientation or (), dtype=np.float64)
    known = {file.file_id: file}
    if positions.size == 3 * planes and geometry.is_plane(tuple(orientation)):
        places, gap_mm, notes = _places(series, positions.reshape(-1, 3), geometry.slice_normal(orientation))
        at_place: dict[int, list[int]] = {}
        for number, place in enumerate(places):
            at_place.setdefault(place, []).append(number)
        wanted = {file.file_id: {numbers[len(numbers) // 2]: place for place, numbers in at_place.items()}}
        size = _size(file, max(at_place) + 1)
        if len(at_place) < planes:
            notes.append("Where several frames share a place, the middle one is shown.")
        spacing_mm = _in_plane(series, gap_mm)
        return Plan(Kind.VOLUME, known, wanted, size, spacing_mm, _directions(orientation), tuple(notes))
    slices = (file.shape or (1, 1, 1))[2]
    notes = [_one_of_several(series)] if planes > slices else []
    begin = planes // slices // 2 * slices
    wanted = {file.file_id: {begin + number: number for number in range(slices)}}
    affine = np.array(file.affine_ras or (), dtype=np.float64)
    if affine.size != 16:
        notes.append("The file does not say which way is up; its planes are drawn as they are stored.")
        return Plan(Kind.VOLUME, known, wanted, _size(file, slices), _three(file.spacing_mm), None, tuple(notes))
    steps = affine.reshape(4, 4)[:3, :3] * np.array([[-1.0], [-1.0], [1.0]])  # RAS to LPS
    lengths = np.linalg.norm(steps, axis=0)
    directions = steps / lengths if lengths.all() else None
    spacing_mm = _three(tuple(lengths.tolist())) if lengths.all() else _three(file.spacing_mm)
    return Plan(Kind.VOLUME, known, wanted, _size(file, slices), spacing_mm, directions, tuple(notes))


def _mosaic(series: SeriesRecord, files: Sequence[FileRecord]) -> Plan:
    """The tiles of the middle mosaic."""
    file = sorted(files, key=_moment)[len(files) // 2]
    slices = file.mosaic_images or 1
    columns, rows = (*(series.shape or (1, 1)), 1, 1)[:2]
    notes = [_one_of_several(series)] if len(files) > 1 else []
    if file.slice_thickness_mm:
        notes.append("The gap between slices is drawn as SliceThickness: a mosaic states no other.")
    orientation = np.array(file.image_orientation or (), dtype=np.float64)
    return Plan(
        Kind.VOLUME,
        {file.file_id: file},
        {file.file_id: {number: number for number in range(slices)}},
        (columns, rows, slices),
        _in_plane(series, file.slice_thickness_mm or 0.0),
        _directions(orientation) if geometry.is_plane(tuple(orientation)) else None,
        tuple(notes),
    )


def _album(series: SeriesRecord, files: Sequence[FileRecord]) -> Plan:
    """Images that are no volume, one after another: by position where they are parallel, else by number."""
    in_order = sorted(files, key=_moment)
    if series.single_orientation and all(file.image_position_mm and file.image_orientation for file in files):
        normal = geometry.slice_normal(np.array(files[0].image_orientation, dtype=np.float64))
        in_order.sort(key=lambda file: round(float(np.dot(_position(file), normal)), 3))
    return Plan(
        Kind.FRAMES,
        {file.file_id: file for file in in_order},
        {file.file_id: {0: place} for place, file in enumerate(in_order)},
        _size(files[0], len(in_order)),
        _in_plane(series, 0.0),
    )


def _recording(series: SeriesRecord, file: FileRecord, frames: int) -> Plan:
    wanted = {file.file_id: {number: number for number in range(frames)}}
    return Plan(Kind.FRAMES, {file.file_id: file}, wanted, _size(file, frames), _in_plane(series, 0.0))


def _places(series: SeriesRecord, positions: Floats, normal: Floats) -> tuple[list[int], float, list[str]]:
    """The place in the stack of each position, the gap between places, and what to say about them."""
    ranks, places_mm = geometry.places_along(positions, normal)
    if len(places_mm) < 2:
        return ranks.tolist(), 0.0, []
    gap_mm = series.slice_spacing_mm or float(np.median(np.diff(places_mm)))
    if not series.missing_slices or series.missing_slices > MOST_HOLES_SHARE * len(places_mm):
        return ranks.tolist(), gap_mm, []
    grid = np.round((places_mm - places_mm[0]) / gap_mm).astype(int)
    note = f"{counted(series.missing_slices, 'missing slice')} left empty, so that distances stay true."
    return grid[ranks].tolist(), gap_mm, [note]


def _one_of_several(series: SeriesRecord) -> str:
    """Of 4D the volume in the middle is looked at: the first of a dynamic PET is empty."""
    times = (*(series.shape or ()), 1, 1, 1, 1)[3]
    by = f", told apart by {series.varies_by}" if series.varies_by else ""
    return f"Volume {times // 2 + 1:,} of {times:,} is shown{by}." if times > 1 else "One of several volumes is shown."


def _directions(orientation: Floats) -> Floats:
    return np.column_stack([orientation[:3], orientation[3:], geometry.slice_normal(orientation)])


def _position(file: FileRecord) -> tuple[float, ...]:
    """A single frame of a multi-frame file is a slice too."""
    return file.image_position_mm or (file.frame_positions_mm or ())[:3]


def _size(file: FileRecord, places: int) -> tuple[int, int, int]:
    columns, rows = (*(file.shape or ()), 1, 1)[:2]
    return columns, rows, places


def _in_plane(series: SeriesRecord, gap_mm: float) -> tuple[float, float, float] | None:
    spacing = series.spacing_mm or ()
    return _three((*spacing[:2], gap_mm if gap_mm > 0 else 1.0)) if len(spacing) >= 2 else None


def _three(spacing_mm: Sequence[float] | None) -> tuple[float, float, float] | None:
    """Spacing along three axes; None where one is missing or makes no sense."""
    if spacing_mm is None or len(spacing_mm) < 3 or not all(0 < step < math.inf for step in spacing_mm[:3]):
        return None
    return float(spacing_mm[0]), float(spacing_mm[1]), float(spacing_mm[2])


def _moment(file: FileRecord) -> tuple[object, ...]:
    """Sorts files of one place by what may tell them apart; what is not stated comes last."""
    values = [getattr(file, column) for _, column in VARYING]
    return (*((value is None, 0 if value is None else value) for value in values), file.path)
