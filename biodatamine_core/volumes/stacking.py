"""The plans of volumes: a file a slice, a file a volume, one file for all, the segments of a mask."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from biodatamine_core.records import FileRecord, SeriesRecord
from biodatamine_core.series import geometry
from biodatamine_core.series.numbered import number_of
from biodatamine_core.volumes.plan import (
    Floats,
    Kind,
    Plan,
    directions_of,
    in_plane,
    moment,
    position_of,
    size_of,
    three,
)
from biodatamine_core.wording import counted

MOST_HOLES_SHARE = 1.0
"""More missing slices than there are slices: the gaps say nothing, and the slices are stacked as they come."""
MOST_SEGMENT_PLACES = 4_096
"""A mask leaves out the slices where it is empty; positions that ask for a longer stack say nothing."""
_MULTIPLE_BY = 0.05

T = TypeVar("T")


def stack(series: SeriesRecord, files: Sequence[FileRecord]) -> Plan:
    """A file a slice, ordered by position; a slice that is missing leaves its place empty."""
    positions = np.array([position_of(file) for file in files], dtype=np.float64)
    orientation = np.array(files[0].image_orientation, dtype=np.float64)
    places, gap_mm, notes = _places(series, positions, geometry.slice_normal(orientation))
    at_place: dict[int, list[FileRecord]] = {}
    for place, file in sorted(zip(places, files, strict=True), key=lambda pair: moment(pair[1])):
        at_place.setdefault(place, []).append(file)
    size, times = max(at_place) + 1, _times(at_place)
    chosen = _volumes(at_place, times, size)
    if times == 1 and len(at_place) < len(files):
        notes.append("Where several files share a place, the middle one is shown.")
    return Plan(
        Kind.VOLUME,
        {file.file_id: file for file in chosen.values()},
        {file.file_id: {0: place} for place, file in chosen.items()},
        size_of(files[0], size),
        in_plane(series, gap_mm),
        directions_of(orientation),
        tuple(notes),
        np.array(position_of(at_place[0][0])),
        times,
    )


def pictures(files: Sequence[FileRecord]) -> Plan:
    """A picture a slice, in the order of their numbers; none says where it lies."""
    in_order = sorted(files, key=lambda file: (number_of(file.path), file.path))
    return Plan(
        Kind.VOLUME,
        {file.file_id: file for file in in_order},
        {file.file_id: {0: place} for place, file in enumerate(in_order)},
        size_of(in_order[0], len(in_order)),
        notes=("The files do not say how far apart the slices lie, or which way is up.",),
    )


def one_file(series: SeriesRecord, file: FileRecord, planes: int) -> Plan:
    """A file that holds a volume: by the positions of its frames, by its grid, or in the file's order."""
    if _are_placed(file, planes):
        return _placed(series, file)
    slices = (file.shape or (1, 1, 1))[2]
    plan = Plan(
        Kind.VOLUME,
        {file.file_id: file},
        {file.file_id: {number: number for number in range(planes)}},
        size_of(file, slices),
        three(file.spacing_mm),
        times=planes // slices,
    )
    affine = np.array(file.affine_ras or (), dtype=np.float64)
    if affine.size != 16:
        note = "The file does not say which way is up; its planes are drawn as they are stored."
        return replace(plan, notes=(note,))
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine.reshape(4, 4)  # RAS to LPS
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    if not lengths.all():
        return plan
    directions, spacing_mm = affine[:3, :3] / lengths, three(tuple(lengths.tolist()))
    return replace(plan, directions=directions, spacing_mm=spacing_mm, origin_mm=affine[:3, 3])


def mosaics(series: SeriesRecord, files: Sequence[FileRecord]) -> Plan:
    """A mosaic a volume, its tiles the slices."""
    in_order = sorted(files, key=moment)
    slices = in_order[0].mosaic_images or 1
    columns, rows = (*(series.shape or (1, 1)), 1, 1)[:2]
    thickness_mm = in_order[0].slice_thickness_mm or 0.0
    note = "The gap between slices is drawn as SliceThickness: a mosaic states no other."
    orientation = np.array(in_order[0].image_orientation or (), dtype=np.float64)
    return Plan(
        Kind.VOLUME,
        {file.file_id: file for file in in_order},
        {file.file_id: {tile: time * slices + tile for tile in range(slices)} for time, file in enumerate(in_order)},
        (columns, rows, slices),
        in_plane(series, thickness_mm),
        directions_of(orientation) if geometry.is_plane(tuple(orientation)) else None,
        (note,) if thickness_mm else (),
        times=len(in_order),
    )


def segments(series: SeriesRecord, file: FileRecord) -> Plan:
    """A DICOM segmentation: every frame at its place; where several segments share one, they are drawn together."""
    positions = np.array(file.frame_positions_mm or (), dtype=np.float64).reshape(-1, 3)
    orientation = np.array(file.image_orientation or (), dtype=np.float64)
    if not _are_placed(file, len(positions)):
        return one_file(series, file, len(positions))
    ranks, places_mm = geometry.places_along(positions, geometry.slice_normal(orientation))
    gap_mm = _segment_gap_mm(places_mm, file.slice_thickness_mm)
    on_grid = np.round((places_mm - places_mm[0]) / gap_mm).astype(int)
    places = on_grid[ranks] if on_grid[-1] < MOST_SEGMENT_PLACES else ranks
    return Plan(
        Kind.VOLUME,
        {file.file_id: file},
        {file.file_id: dict(enumerate(places.tolist()))},
        size_of(file, int(places.max()) + 1),
        in_plane(series, gap_mm),
        directions_of(orientation),
        origin_mm=positions[int(np.argmin(ranks))],
    )


def _segment_gap_mm(places_mm: Floats, thickness_mm: float | None) -> float:
    """The thickness of a slice where all gaps are multiples of it, since empty slices are left out; else the least."""
    gaps_mm = np.diff(places_mm)
    if thickness_mm and np.allclose(gaps_mm / thickness_mm, np.round(gaps_mm / thickness_mm), atol=_MULTIPLE_BY):
        return thickness_mm
    return float(gaps_mm.min()) if gaps_mm.size else 1.0


def _placed(series: SeriesRecord, file: FileRecord) -> Plan:
    """A file whose frames say where they lie; frames that share a place are volumes, in the file's order."""
    positions = np.array(file.frame_positions_mm, dtype=np.float64).reshape(-1, 3)
    orientation = np.array(file.image_orientation, dtype=np.float64)
    places, gap_mm, notes = _places(series, positions, geometry.slice_normal(orientation))
    at_place: dict[int, list[int]] = {}
    for number, place in enumerate(places):
        at_place.setdefault(place, []).append(number)
    size, times = max(at_place) + 1, _times(at_place)
    if times == 1 and len(at_place) < len(positions):
        notes.append("Where several frames share a place, the middle one is shown.")
    wanted = {number: place for place, number in _volumes(at_place, times, size).items()}
    return Plan(
        Kind.VOLUME,
        {file.file_id: file},
        {file.file_id: wanted},
        size_of(file, size),
        in_plane(series, gap_mm),
        directions_of(orientation),
        tuple(notes),
        positions[at_place[0][0]],
        times,
    )


def _times(at_place: Mapping[int, Sequence[object]]) -> int:
    """How many volumes: as many as share each place; one where that differs, since nothing says which is which."""
    counts = {len(alike) for alike in at_place.values()}
    return counts.pop() if len(counts) == 1 else 1


def _volumes(at_place: Mapping[int, Sequence[T]], times: int, size: int) -> dict[int, T]:
    """Place in the stack -> what lies there: all volumes, or the middle of what shares a place."""
    if times == 1:
        return {place: alike[len(alike) // 2] for place, alike in at_place.items()}
    return {time * size + place: one for place, alike in at_place.items() for time, one in enumerate(alike)}


def _are_placed(file: FileRecord, planes: int) -> bool:
    return len(file.frame_positions_mm or ()) == 3 * planes and geometry.is_plane(tuple(file.image_orientation or ()))


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
