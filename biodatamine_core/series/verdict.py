"""The words of a verdict: what a series is, why, and what to do about it."""

from collections.abc import Iterable, Iterator, Sequence

from biodatamine_core.records import Dimensions
from biodatamine_core.wording import counted

TAGS = {
    "time": "TemporalPositionIdentifier", "b-value": "DiffusionBValue", "echo": "EchoTime",
    "trigger time": "TriggerTime", "acquisition": "AcquisitionNumber", "acquisition time": "AcquisitionTime",
    "instance number": "InstanceNumber",
}  # fmt: skip
"""The DICOM keyword of what may tell slices of one place apart: what a person looks for in the header."""
_ACQUISITIONS = frozenset({"echo", "acquisition"})
"""What tells images of one moment apart, rather than times or directions."""


def sentence(what: str, reasons: Iterable[str]) -> str:
    """ "3D, 120 slices, 0.7 × 0.7 × 5 mm: gantry tilt 13.5 degrees: resample before training; ..." """
    told = "; ".join(reasons)
    return f"{what}: {told}" if told else what


def stack(dimensions: Dimensions, slices: int, times: int, spacing_mm: Sequence[float] | None) -> str:
    """What parallel slices are: "3D, 120 slices, 0.7 × 0.7 × 1.25 mm"."""
    size = f", {spacing(spacing_mm)}"
    if dimensions is Dimensions.VOLUMES_4D:
        return f"4D, {slices:,} slices × {times:,}{size}"
    if dimensions is Dimensions.VOLUME:
        return f"3D, {slices:,} slices{size}"
    if dimensions is Dimensions.RECORDING and slices == 1:
        return f"2D+t, one slice × {times:,}{size}"
    if dimensions is Dimensions.RECORDING:
        return f"2D+t, multi-slice: {slices} slices × {times:,}{size}; fewer than 5 are no volume"
    if slices == 1:
        return f"2D, one slice{size}"
    return f"2D multi-slice: {slices} parallel slices{size}; fewer than 5 are no volume"


def spacing(spacing_mm: Sequence[float] | None) -> str:
    """ "0.7 × 0.7 × 1.25 mm" """
    if not spacing_mm:
        return "pixel spacing not stated"
    return " × ".join(f"{step:.3g}" for step in spacing_mm) + " mm"


def holes(found: Sequence[tuple[int, int]]) -> str:
    """ "volume with 2 missing slices after slice 41"; found: (slice counted from 1, slices missing after it), some."""
    missing = counted(sum(count for _, count in found), "missing slice")
    first = f"after slice {found[0][0]}"
    where = first if len(found) == 1 else f"in {len(found)} places, first {first}"
    return f"volume with {missing} {where}: fetch them, or resample by position"


def uneven(smallest_mm: float, largest_mm: float) -> str:
    return f"slices unevenly spaced, {smallest_mm:.3g} to {largest_mm:.3g} mm: resample before training"


def views(images: int, planes: int, is_localizer: bool) -> str:
    """ "not a volume: 3 localizer images in 3 orientations" """
    noun = "localizer image" if is_localizer else "image"
    return f"not a volume: {counted(images, noun)} in {counted(planes, 'orientation')}"


def repetition(times: int, apart: Sequence[str], lacking: int = 0, slices: int | None = None) -> Iterator[str]:
    """Why places are taken several times: "told apart by DiffusionBValue", "incomplete: 3 slices too few ...".

    slices: how many places there are; None where every file holds all of them.
    """
    if times > 1 and not apart:
        yield "nothing in the headers tells the repeated slices apart"
    elif apart == ("instance number",):
        perhaps = ": perhaps two reconstructions, split it by InstanceNumber" if times == 2 else ""
        yield f"only InstanceNumber tells the repeated slices apart{perhaps}"
    elif apart and slices is not None and _ACQUISITIONS.issuperset(apart):
        yield interleaved(times, slices, apart)
    elif apart:
        yield f"told apart by {_tags(apart)}"
    if lacking:
        few = f"{counted(lacking, 'slice')} too few for every place to be taken {times:,} times"
        yield f"incomplete: {few}: fetch them, or leave the short volumes out"


def interleaved(acquisitions: int, slices: int, apart: Sequence[str]) -> str:
    """ "two acquisitions interleaved: 2 × 60 positions, told apart by EchoTime" """
    how_many = "two" if acquisitions == 2 else f"{acquisitions:,}"
    positions = f"{acquisitions:,} × {counted(slices, 'position')}"
    return f"{how_many} acquisitions interleaved: {positions}, told apart by {_tags(apart)}"


def doubles(copies: int, extra: int) -> Iterator[str]:
    if copies:
        yield f"{copies:,} {'file is a copy' if copies == 1 else 'files are copies'} of another one: keep one of each"
    if extra:
        yield f"{counted(extra, 'slice')} where another one already lies: keep one of each place"


def unreadable(files: int) -> Iterator[str]:
    """Slices whose header was read and whose pixels are damaged or cut."""
    if files:
        yield f"{counted(files, 'slice')} cannot be read: fetch {'it' if files == 1 else 'them'} again"


def frames_apart(keywords: Sequence[str]) -> Iterator[str]:
    """Of the frames of one file: "told apart by EffectiveEchoTime"."""
    if keywords:
        yield f"told apart by {' and '.join(keywords)}"


def forms(gap_mm: float) -> str:
    return f"qform and sform place it {gap_mm:.3g} mm apart: find out which is right and write it into both"


def _tags(apart: Sequence[str]) -> str:
    return " and ".join(TAGS[name] for name in apart)
