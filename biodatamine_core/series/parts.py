"""Which files of one DICOM series belong together: a UID may hold a localizer, two views, an ADC map beside its DWI."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from biodatamine_core.records import FileRecord
from biodatamine_core.series import geometry, verdict
from biodatamine_core.series.paths import split_of_folders
from biodatamine_core.series.shapes import MIN_VOLUME_SLICES

SIDE_BY_SIDE_MM = 20.0
"""Stacks of one orientation whose origins lie further apart in the plane are two: left and right breast, two legs."""
INTERLEAVED = (("echo", "echo_time_ms"), ("acquisition", "acquisition_number"))
"""What may tell stacks apart that lie between each other: its name and its column."""
MOST_INTERLEAVED = 4
MAX_LOCALIZER_PLANES = 3
"""A few images in up to three planes are a localizer, said or not; in more, rather a radial acquisition."""
_LOCALIZER_WORDS = re.compile(
    r"(?<![a-z])(locali[sz]ers?|scouts?|scanograms?|topograms?|topogramme?|surview)(?![a-z])", re.IGNORECASE
)


class Kind(StrEnum):
    """How the files of a part are to be judged."""

    STACK = "stack"
    LOCALIZER = "localizer"
    VIEWS = "views"
    MOSAIC = "mosaic"


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one series that are one thing.

    key: what tells it from the other parts of the same UID. told: what the whole says of a part, in words.
    """

    kind: Kind
    key: tuple[str, ...]
    files: tuple[FileRecord, ...]
    told: tuple[str, ...] = ()


def positions_of(files: Sequence[FileRecord]) -> geometry.Floats:
    """(slices, 3) ImagePositionPatient, millimetres, LPS. Every file must have one."""
    return np.array([file.image_position_mm for file in files], dtype=np.float64)


def orientations_of(files: Sequence[FileRecord]) -> geometry.Floats:
    """(slices, 6) ImageOrientationPatient. Every file must have one."""
    return np.array([file.image_orientation for file in files], dtype=np.float64)


def is_located(file: FileRecord) -> bool:
    """Whether the file says where its one slice lies, in numbers that make sense."""
    position = file.image_position_mm or ()
    return len(position) == 3 and all(map(math.isfinite, position)) and geometry.is_plane(file.image_orientation or ())


def parts_of(files: Sequence[FileRecord]) -> Iterator[Part]:
    """Split the located slices of one series: by what each is, then by plane, then where places repeat.

    A series whose files lie in train/ and in test/ is one in each: copies across splits are a leak, not a volume.
    """
    labels = [(_class(f), f.role, str((f.shape or ())[:2]), split_of_folders(f.path) or "") for f in files]
    for key, alike in _alike(files, labels):
        if key[0] in (Kind.LOCALIZER, Kind.MOSAIC):
            yield Part(Kind(key[0]), key, alike)
            continue
        bunches = list(_by_plane(alike))
        few = [bunch for bunch in bunches if len(bunch) < MIN_VOLUME_SLICES]
        if len(few) > 1:
            views = tuple(file for bunch in few for file in bunch)
            is_localizer = len(few) == len(bunches) <= MAX_LOCALIZER_PLANES
            yield Part(Kind.LOCALIZER if is_localizer else Kind.VIEWS, (*key, "views"), views)
            bunches = [bunch for bunch in bunches if len(bunch) >= MIN_VOLUME_SLICES]
        for bunch in bunches:
            plane = " ".join(f"{cosine:.2f}" for cosine in orientations_of(bunch)[0] + 0.0)
            for apart, stack in _apart(bunch):
                for value, told, files in _interleaved(stack):
                    yield Part(Kind.STACK, (*key, plane, *apart, *value), files, told)


def _class(file: FileRecord) -> str:
    """What kind of image a file is, by ImageType, and for localizers by its description too."""
    words = [word.upper() for word in file.image_type or ()]
    if "MOSAIC" in words or (file.mosaic_images or 0) > 1:
        return Kind.MOSAIC
    if "LOCALIZER" in words or _LOCALIZER_WORDS.search(file.series_description or ""):
        return Kind.LOCALIZER
    if any(word in ("MIP", "MINIP", "PROJECTION IMAGE") or word.endswith("_MIP") for word in words):
        return "projection"
    return words[0].lower() if words else ""


def _by_plane(files: tuple[FileRecord, ...]) -> Iterator[tuple[FileRecord, ...]]:
    groups = geometry.parallel_groups(orientations_of(files))
    for number in range(int(groups.max()) + 1):
        yield tuple(files[index] for index in np.flatnonzero(groups == number))


def _apart(files: tuple[FileRecord, ...]) -> Iterator[tuple[tuple[str, ...], tuple[FileRecord, ...]]]:
    """Split parallel slices, only where places repeat, by what makes them another image and not another time."""
    normal = geometry.slice_normal(orientations_of(files)[0])
    positions = positions_of(files)
    most = len(files) // MIN_VOLUME_SLICES
    beside = geometry.beside_groups(positions, normal, SIDE_BY_SIDE_MM, most)
    ways: tuple[tuple[str, Sequence[object]], ...] = (
        ("beside", beside.tolist()),
        ("image type", [file.image_type for file in files]),
        ("pixel spacing", [file.spacing_mm for file in files]),
        ("slice thickness", [file.slice_thickness_mm for file in files]),
        ("kernel", [file.convolution_kernel for file in files]),
    )
    labels: list[tuple[str, ...]] = [()] * len(files)
    places = geometry.places_along(positions, normal)[0].tolist()
    for name, values in ways:
        finer = [(*label, f"{name} {value}") for label, value in zip(labels, values, strict=True)]
        if _repeats(places, finer) < _repeats(places, labels):
            labels = finer
    yield from _alike(files, labels)


def _interleaved(
    files: tuple[FileRecord, ...],
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], tuple[FileRecord, ...]]]:
    """Split slices that lie unevenly by a tag whose every value is an even stack between the others'.

    Yields (what tells it apart, in words, its files).
    """
    for name, column in INTERLEAVED:
        by_value = list(_alike(files, [(f"{name} {getattr(file, column)}",) for file in files]))
        if not 1 < len(by_value) <= MOST_INTERLEAVED:
            continue
        whole = _spacing(files)
        if whole is not None and not whole.is_uniform and _lie_between(files, [stack for _, stack in by_value]):
            words = verdict.interleaved(len(by_value), len(by_value[0][1]), (name,))
            yield from ((value, (f"one of {words}",), stack) for value, stack in by_value)
            return
    yield (), (), files


def _lie_between(files: tuple[FileRecord, ...], stacks: Sequence[tuple[FileRecord, ...]]) -> bool:
    """Whether all stacks are even volumes of one size that span the same place, within two of their gaps."""
    normal = geometry.slice_normal(orientations_of(files)[0])
    spans = [positions_of(stack) @ normal for stack in stacks]
    gaps_mm = [spacing.gap_mm for stack in stacks if (spacing := _spacing(stack)) is not None]
    near_mm = 2 * max(gaps_mm, default=0.0)
    return (
        len({len(stack) for stack in stacks}) == 1
        and all(len(stack) >= MIN_VOLUME_SLICES and _is_even(stack) for stack in stacks)
        and max(span.min() for span in spans) - min(span.min() for span in spans) < near_mm
    )


def _is_even(files: tuple[FileRecord, ...]) -> bool:
    spacing = _spacing(files)
    return spacing is not None and spacing.is_uniform


def _spacing(files: tuple[FileRecord, ...]) -> geometry.Spacing | None:
    """None where slices share a place, or are too few to be judged."""
    positions = positions_of(files)
    _, places_mm = geometry.places_along(positions, geometry.slice_normal(orientations_of(files)[0]))
    if len(places_mm) < max(len(files), MIN_VOLUME_SLICES):
        return None
    return geometry.spacing_of(places_mm, geometry.have_one_decimal(positions))


def _repeats(places: Sequence[int], labels: Sequence[tuple[str, ...]]) -> int:
    """How many slices lie where another one with the same label already does."""
    return len(places) - len(set(zip(labels, places, strict=True)))


def _alike(
    files: Sequence[FileRecord], labels: Sequence[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], tuple[FileRecord, ...]]]:
    """The files of each label, in their order."""
    found: dict[tuple[str, ...], list[FileRecord]] = {}
    for file, label in zip(files, labels, strict=True):
        found.setdefault(label, []).append(file)
    for label, members in found.items():
        yield label, tuple(members)
