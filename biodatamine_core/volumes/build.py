"""From the files of a series to a Volume: read, made smaller, turned the way a radiologist looks, in few bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biodatamine_core import archives, readers
from biodatamine_core.readers import Picture
from biodatamine_core.readers import planes as reading
from biodatamine_core.records import Dimensions, FileRecord, Member, ProblemKind, Role, SeriesRecord, UnreadableMember
from biodatamine_core.volumes.plan import Kind, Plan
from biodatamine_core.volumes.size import Strides, shrunk, strides_of
from biodatamine_core.volumes.turn import main_plane, turn_of
from biodatamine_core.volumes.volume import Facts, Volume
from biodatamine_core.volumes.windows import windows_of

_INT16 = np.iinfo(np.int16)


def build(series: SeriesRecord, plan: Plan, strides: Strides, members: Iterable[tuple[FileRecord, Member]]) -> Volume:
    """Read what the plan wants from its members, in whatever order they come.

    strides: of size.strides_of; of places only those that they keep are in the plan.
    Raises UnreadableMember where nothing of it can be decoded; a slice that cannot is left empty and told.
    """
    stack: _Stack | None = None
    broken: UnreadableMember | None = None
    unread = len(plan.files)
    for file, member in members:
        try:
            for found in _pictures(member, plan.planes[file.file_id], plan):
                if stack is None:
                    plan = plan if found.of_all else _only_the_middle(plan)
                    stack = _Stack(plan, strides, found.picture, is_mask=series.role is Role.SEGMENTATION)
                stack.put(plan.planes[file.file_id][found.number], found.picture)
            unread -= 1
        except UnreadableMember as error:
            broken = broken or error
    if stack is None:
        raise broken or UnreadableMember(ProblemKind.CORRUPT, "None of its files is where it was when it was scanned.")
    notes = (f"{unread:,} of its {len(plan.files):,} files could not be read whole; gaps are left empty.",) * bool(
        unread
    )
    return _finished(series, replace(plan, notes=(*plan.notes, *notes)), stack)


@dataclass(frozen=True, slots=True)
class _Found:
    """One decoded plane. of_all: it is one of those that were asked for, not just the middle of the file."""

    number: int
    picture: Picture
    of_all: bool


def _pictures(member: Member, wanted: dict[int, int], plan: Plan) -> Iterator[_Found]:
    """The wanted planes of one file, decoded. Raises UnreadableMember, whatever the decoder raises."""
    unpacked = archives.unpacked(member)
    numbers = sorted(wanted)
    try:
        pictures = None if plan.kind is Kind.PICTURE or len(wanted) == 1 else reading.planes(unpacked, numbers)
        if pictures is None:
            yield _Found(numbers[0], readers.middle_picture(unpacked), of_all=len(numbers) == 1)
            return
        for number, picture in zip(numbers, pictures, strict=False):
            yield _Found(number, picture, of_all=True)
    except UnreadableMember:
        raise
    except Exception as error:  # one file: decoders of broken pixels raise anything
        raise UnreadableMember(ProblemKind.CORRUPT, "Its pixels cannot be decoded.") from error


def _only_the_middle(plan: Plan) -> Plan:
    """What is left of a volume whose format is only drawn in its middle."""
    (file,) = plan.files.values()
    numbers = plan.planes[file.file_id]
    note = f"Only the middle of {len(numbers):,} slices is shown: {file.format} files are not stepped through yet."
    planes = {file.file_id: {min(numbers): 0}}
    return Plan(Kind.PICTURE, plan.files, planes, (0, 0, 1), None, None, (note,))


class _Stack:
    """The array that planes are put into, and what was learned on the way."""

    def __init__(self, plan: Plan, strides: Strides, first: Picture, is_mask: bool) -> None:
        rows, columns, *colours = first.pixels.shape
        if plan.kind is Kind.PICTURE:  # turned upright, it may have other sides than the file says
            strides = strides_of(replace(plan, size=(columns, rows, 1)), 1)
        plane = shrunk(first.pixels, strides[0], strides[1], is_mask)
        shape = (-(-plan.size[2] // strides[2]), *plane.shape)
        self.first = first
        self.strides = strides
        self.are_whole_numbers = True
        self.values: NDArray[Any] = np.zeros(shape, np.uint8) if colours else np.full(shape, np.nan, np.float32)
        self._is_mask = is_mask

    def put(self, place: int, picture: Picture) -> None:
        """A plane into its place."""
        plane = shrunk(picture.pixels, self.strides[0], self.strides[1], self._is_mask)
        if plane.shape != self.values.shape[1:]:
            raise UnreadableMember(ProblemKind.CORRUPT, "Its pixels have another size than the rest of its series.")
        self.are_whole_numbers = self.are_whole_numbers and _is_whole(picture.pixels)
        self.values[place // self.strides[2]] = plane


def _is_whole(pixels: NDArray[Any]) -> bool:
    return pixels.dtype.kind in "iub" or bool((pixels == np.rint(pixels)).all())


def _finished(series: SeriesRecord, plan: Plan, stack: _Stack) -> Volume:
    """Turned, named and in few bytes."""
    rows, columns = stack.first.pixels.shape[:2]
    is_colour = stack.values.ndim == 4
    turn = turn_of(plan.directions) if plan.kind is Kind.VOLUME else None
    axes = turn.axes if turn else (0, 1, 2)
    full = (columns, rows, plan.size[2])
    spacing_mm = plan.spacing_mm if plan.kind is not Kind.PICTURE or full == plan.size else None
    steps_mm = (
        tuple(step * stride for step, stride in zip(spacing_mm, stack.strides, strict=True)) if spacing_mm else ()
    )
    values = turn.applied(stack.values) if turn else stack.values
    windows, start = (
        ((), "")
        if is_colour
        else windows_of(values, stack.first.is_hounsfield, series.role is Role.SEGMENTATION, series.anatomy_zones)
    )
    voxels, slope, intercept = (values, 1.0, 0.0) if is_colour else _in_few_bytes(values, stack.are_whole_numbers)
    turned_mm = tuple(steps_mm[axis] for axis in axes) if steps_mm else None
    facts = Facts(
        kind=plan.kind,
        size=(voxels.shape[2], voxels.shape[1], voxels.shape[0]),
        full_size=(full[axes[0]], full[axes[1]], full[axes[2]]),
        strides=(stack.strides[axes[0]], stack.strides[axes[1]], stack.strides[axes[2]]),
        spacing_mm=(turned_mm[0], turned_mm[1], turned_mm[2]) if turned_mm else None,
        pixel_aspect=stack.first.pixel_aspect,
        is_oriented=turn is not None,
        main=main_plane(turned_mm),
        dtype=voxels.dtype.name,
        channels=voxels.shape[3] if is_colour else 1,
        slope=slope,
        intercept=intercept,
        unit="HU" if stack.first.is_hounsfield else "",
        is_inverted=stack.first.is_inverted,
        windows=windows,
        start=start,
        is_recording=series.dimensions is Dimensions.RECORDING,
        frame_ms=next(iter(plan.files.values())).frame_time_ms,
        notes=(*plan.notes, *_size_note(full, stack.strides, plan.kind), *(turn.notes if turn else ())),
    )
    return Volume(facts, voxels)


def _in_few_bytes(values: NDArray[Any], are_whole: bool) -> tuple[NDArray[Any], float, float]:
    """(voxels, slope, intercept) at 8 or 16 bits: exact where the values are whole numbers that fit.

    What is missing or not finite takes the least value.
    """
    finite = np.isfinite(values)
    least, most = (float(values[finite].min()), float(values[finite].max())) if finite.any() else (0.0, 0.0)
    filled = np.where(finite, values, least)
    if are_whole and least >= 0 and most <= 255:
        return np.rint(filled).astype(np.uint8), 1.0, 0.0
    if are_whole and least >= _INT16.min and most <= _INT16.max:
        return np.rint(filled).astype(np.int16), 1.0, 0.0
    slope = (most - least) / 65535 or 1.0
    return np.rint((filled - least) / slope).astype(np.uint16), slope, least


def _size_note(full: tuple[int, int, int], strides: Strides, kind: Kind) -> tuple[str, ...]:
    """What was left out, in words; nothing where nothing was."""
    if max(strides) == 1:
        return ()
    shown = [-(-size // stride) for size, stride in zip(full, strides, strict=True)]
    if kind is Kind.FRAMES:
        every = f" and every {_ordinal(strides[2])} of {full[2]:,} frames" if strides[2] > 1 else ""
        return (f"Shown at {shown[0]:,} × {shown[1]:,} of {full[0]:,} × {full[1]:,} pixels{every}.",)
    axes = 2 if kind is Kind.PICTURE else 3
    noun = "pixels" if kind is Kind.PICTURE else "voxels"
    return (f"Shown at {_times(shown[:axes])} of {_times(full[:axes])} {noun}.",)


def _times(sizes: "list[int] | tuple[int, ...]") -> str:
    return " × ".join(f"{size:,}" for size in sizes)


def _ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")
