"""From the files of a series to a Volume: read, made smaller, turned the way a radiologist looks, in few bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from biodatamine_core import archives, readers
from biodatamine_core.readers import Picture
from biodatamine_core.readers import planes as reading
from biodatamine_core.records import Dimensions, FileRecord, Member, ProblemKind, Role, SeriesRecord, UnreadableMember
from biodatamine_core.volumes.plan import Floats, Kind, Plan
from biodatamine_core.volumes.size import Strides
from biodatamine_core.volumes.stack import Stack, in_few_bytes
from biodatamine_core.volumes.turn import Turn, main_plane, turn_of
from biodatamine_core.volumes.volume import Facts, Volume
from biodatamine_core.volumes.windows import windows_of


@dataclass(frozen=True, slots=True)
class Sampling:
    """Every how manieth column, row, place and volume is shown; is_mask: values are names, and none is averaged."""

    strides: Strides
    time_stride: int = 1
    is_mask: bool = False


def build(series: SeriesRecord, plan: Plan, sampling: Sampling, members: Iterable[tuple[FileRecord, Member]]) -> Volume:
    """Read what the plan wants from its members, in whatever order they come.

    Of places and volumes only those that the sampling keeps are in the plan.
    Raises UnreadableMember where nothing of it can be decoded; a slice that cannot is left empty and told.
    """
    stack: Stack | None = None
    broken: UnreadableMember | None = None
    unread = len(plan.files)
    for file, member in members:
        try:
            for found in _pictures(member, plan.planes[file.file_id], plan):
                if stack is None:
                    plan = plan if found.of_all else _only_the_middle(plan)
                    stack = Stack(plan, sampling.strides, sampling.time_stride, found.picture, sampling.is_mask)
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
    """The wanted planes of one file, decoded. Raises UnreadableMember."""
    unpacked = archives.unpacked(member)
    numbers = sorted(wanted)
    pictures = None if plan.kind is Kind.PICTURE or len(wanted) == 1 else reading.planes(unpacked, numbers)
    if pictures is None:
        yield _Found(numbers[0], readers.middle_picture(unpacked), of_all=len(numbers) == 1)
        return
    for number, picture in zip(numbers, pictures, strict=False):
        yield _Found(number, picture, of_all=True)


def _only_the_middle(plan: Plan) -> Plan:
    """What is left of a volume whose format is only drawn in its middle."""
    (file,) = plan.files.values()
    numbers = plan.planes[file.file_id]
    note = f"Only the middle of {len(numbers):,} slices is shown: {file.format} files are not stepped through yet."
    planes = {file.file_id: {min(numbers): 0}}
    return Plan(Kind.PICTURE, plan.files, planes, (0, 0, 1), None, None, (note,))


def _finished(series: SeriesRecord, plan: Plan, stack: Stack) -> Volume:
    """Turned, named and in few bytes."""
    rows, columns = stack.first.pixels.shape[:2]
    is_colour = stack.values.ndim == 5
    turn = turn_of(plan.directions) if plan.kind is Kind.VOLUME else None
    axes = turn.axes if turn else (0, 1, 2)
    full = (columns, rows, plan.size[2])
    spacing_mm = plan.spacing_mm if plan.kind is not Kind.PICTURE or full == plan.size else None
    steps_mm = (
        tuple(step * stride for step, stride in zip(spacing_mm, stack.strides, strict=True)) if spacing_mm else ()
    )
    values = turn.applied(stack.values) if turn else stack.values
    is_mask = series.role is Role.SEGMENTATION
    windows, start = (
        ((), "") if is_colour else windows_of(values, stack.first.is_hounsfield, is_mask, series.anatomy_zones)
    )
    voxels, slope, intercept = (values, 1.0, 0.0) if is_colour else in_few_bytes(values, stack.are_whole_numbers)
    turned_mm = tuple(steps_mm[axis] for axis in axes) if steps_mm else None
    size = (voxels.shape[3], voxels.shape[2], voxels.shape[1])
    affine = _affine_lps(plan, stack, turn, size) if full == plan.size else None
    facts = Facts(
        kind=plan.kind,
        size=size,
        full_size=(full[axes[0]], full[axes[1]], full[axes[2]]),
        strides=(stack.strides[axes[0]], stack.strides[axes[1]], stack.strides[axes[2]]),
        spacing_mm=(turned_mm[0], turned_mm[1], turned_mm[2]) if turned_mm else None,
        pixel_aspect=stack.first.pixel_aspect,
        is_oriented=turn is not None,
        main=main_plane(turned_mm),
        dtype=voxels.dtype.name,
        channels=voxels.shape[4] if is_colour else 1,
        slope=slope,
        intercept=intercept,
        unit="HU" if stack.first.is_hounsfield else "",
        is_inverted=stack.first.is_inverted,
        windows=windows,
        start=start,
        is_recording=series.dimensions is Dimensions.RECORDING,
        frame_ms=next(iter(plan.files.values())).frame_time_ms,
        notes=(*plan.notes, *_notes(full, stack, plan), *(turn.notes if turn else ())),
        times=len(voxels),
        full_times=plan.times,
        time_stride=stack.time_stride,
        varies_by=series.varies_by,
        affine_lps=tuple(affine.ravel().tolist()) if affine is not None else None,
    )
    return Volume(facts, voxels if len(voxels) > 1 else voxels[0])


def _affine_lps(plan: Plan, stack: Stack, turn: Turn | None, size: tuple[int, int, int]) -> Floats | None:
    """(4, 4), from (x, y, z) of the finished array to millimetres."""
    affine = plan.affine_lps
    if affine is None:
        return None
    shrinking = np.diag([*map(float, stack.strides), 1.0])
    shrinking[:2, 3] = [(stride - 1) / 2 for stride in stack.strides[:2]]  # neighbours in a slice became one
    affine = affine @ shrinking
    return affine @ turn.from_turned(size) if turn is not None else affine


def _notes(full: tuple[int, int, int], stack: Stack, plan: Plan) -> tuple[str, ...]:
    """What was left out, in words; nothing where nothing was."""
    kept = f"Every {_ordinal(stack.time_stride)} of {plan.times:,} volumes is shown."
    return (*_size_note(full, stack.strides, plan.kind), *((kept,) if stack.time_stride > 1 else ()))


def _size_note(full: tuple[int, int, int], strides: Strides, kind: Kind) -> tuple[str, ...]:
    """At what size it is shown, where that is not its own."""
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
