"""Judge the parts of a DICOM series: a stack of slices, a localizer, a run of mosaics."""

import math
from collections import Counter
from collections.abc import Sequence

from biodatamine_core.records import Dimensions, FileRecord
from biodatamine_core.series import geometry, verdict
from biodatamine_core.series.layout import layout_of, reasons
from biodatamine_core.series.parts import Kind, Part, orientations_of, positions_of
from biodatamine_core.series.shapes import MIN_VOLUME_SLICES, Shape, dimensions_of, rounded_mm, sizes

VARYING = (
    ("time", "temporal_position"),
    ("b-value", "b_value"),
    ("echo", "echo_time_ms"),
    ("trigger time", "trigger_time_ms"),
    ("acquisition", "acquisition_number"),
    ("acquisition time", "acquisition_time"),
    ("instance number", "instance_number"),
)
"""What may tell slices of one place apart, the clearest first: its name and its column."""


def shape_of(part: Part) -> Shape:
    """What a part is."""
    if part.kind is Kind.MOSAIC:
        return _mosaics(part)
    if part.kind is Kind.STACK:
        return _stack(part)
    return _views(part)


def told_apart_by(files: Sequence[FileRecord], places: Sequence[int]) -> tuple[str, ...]:
    """The names of what differs between slices of one place, as many as it takes; () where nothing does.

    places: (files,) the number of each file's place.
    """
    keys: list[tuple[object, ...]] = [(place,) for place in places]
    names: list[str] = []
    for name, column in VARYING:
        if len(set(keys)) == len(files):
            break
        finer = [(*key, getattr(file, column)) for key, file in zip(keys, files, strict=True)]
        if len(set(finer)) > len(set(keys)):
            keys = finer
            names.append(name)
    return tuple(names)


def _stack(part: Part) -> Shape:
    files = _without_copies(part.files)
    copies = len(part.files) - len(files)
    layout = layout_of(positions_of(files), orientations_of(files)[0])
    apart = told_apart_by(files, layout.places.tolist()) if layout.times > 1 else ()
    dimensions = dimensions_of(layout.slices, layout.times)
    in_plane = Counter(file.spacing_mm[:2] for file in files if file.spacing_mm)
    has_one_spacing = len(in_plane) == 1 and all(file.spacing_mm for file in files)
    gap_mm = (layout.spacing.gap_mm,) if layout.spacing else ()
    spacing_mm = rounded_mm((*in_plane.most_common(1)[0][0], *gap_mm)) if in_plane else None
    told = [
        *part.told,
        *reasons(layout),
        *verdict.repetition(layout.times, apart, layout.lacking, layout.slices),
        *(["pixel spacing differs between slices: resample before training"] if len(in_plane) > 1 else []),
        *verdict.doubles(copies, layout.extra),
        *verdict.unreadable(sum(file.problem_kind is not None for file in files)),
    ]
    is_volume = layout.slices >= MIN_VOLUME_SLICES
    return Shape(
        files=_in_order(part.files, files, layout.places),
        key=part.key,
        dimensions=dimensions,
        shape=sizes(files[0], layout.slices, layout.times),
        verdict=verdict.sentence(verdict.stack(dimensions, layout.slices, layout.times, spacing_mm), told),
        spacing_mm=spacing_mm,
        orientation=geometry.plane_name(layout.normal),
        single_orientation=True,
        unique_slice_positions=layout.slices == len(files) if len(files) > 1 else None,
        consistent_pixel_spacing=has_one_spacing if in_plane else None,
        uniform_slice_spacing=layout.is_even if layout.spacing else None,
        regularly_spaced_3d_volume=layout.is_regular and has_one_spacing if is_volume else None,
        slice_spacing_mm=round(layout.spacing.gap_mm, 4) if layout.spacing else None,
        missing_slices=layout.missing_slices,
        duplicate_positions=copies + layout.extra,
        gantry_tilt_deg=round(layout.tilt_deg, 2) if layout.tilt_deg is not None else None,
        varies_by=" and ".join(apart) or None,
    )


def _views(part: Part) -> Shape:
    """Images that share a series but no volume: localizers, single slices in several planes."""
    first = part.files[0]
    orientations = orientations_of(part.files)
    planes = int(geometry.parallel_groups(orientations).max()) + 1
    return Shape(
        files=part.files,
        key=part.key,
        dimensions=Dimensions.IMAGE_2D,
        shape=sizes(first, 1, 1),
        verdict=verdict.views(len(part.files), planes, is_localizer=part.kind is Kind.LOCALIZER),
        spacing_mm=first.spacing_mm,
        orientation=geometry.plane_name(geometry.slice_normal(orientations[0])) if planes == 1 else None,
        single_orientation=planes == 1,
        duplicate_positions=len(part.files) - len(_without_copies(part.files)),
    )


def _mosaics(part: Part) -> Shape:
    """Siemens mosaics: every file is a whole volume, its slices tiled into a square of ceil(sqrt(slices)) a side."""
    files = _without_copies(part.files)
    copies, times, first = len(part.files) - len(files), len(files), part.files[0]
    slices = max(file.mosaic_images or 0 for file in files)
    apart = told_apart_by(files, [0] * times)
    tiles = math.ceil(math.sqrt(slices)) if slices else 1
    columns, rows, *_ = first.shape or (0, 0)
    dimensions = Dimensions.VOLUMES_4D if times > 1 else Dimensions.VOLUME
    counted = f"{slices} slices" if slices else "how many slices the header does not say"
    what = f"{dimensions}, Siemens mosaic, {counted}" + (f" × {times:,}" if times > 1 else "")
    orientations = orientations_of(files)
    return Shape(
        files=tuple(sorted(part.files, key=_moment)),
        key=part.key,
        dimensions=dimensions,
        shape=(columns // tiles, rows // tiles, slices, times)[: 2 + bool(slices) * (1 + (times > 1))],
        verdict=verdict.sentence(what, [*verdict.repetition(times, apart), *verdict.doubles(copies, 0)]),
        spacing_mm=first.spacing_mm,
        orientation=geometry.plane_name(geometry.slice_normal(orientations[0])),
        single_orientation=int(geometry.parallel_groups(orientations).max()) == 0,
        duplicate_positions=copies,
        varies_by=" and ".join(apart) or None,
    )


def _image(file: FileRecord) -> tuple[object, ...]:
    """The same for copies of one image: the same SOPInstanceUID (without one, the same bytes) and nothing that differs.

    A copy may be packed otherwise. Different images under one UID, a flaw of some anonymisers, lie elsewhere.
    """
    name = file.sop_instance_uid or file.content_hash or file.file_id
    return (name, file.image_position_mm, *(getattr(file, column) for _, column in VARYING))


def _without_copies(files: Sequence[FileRecord]) -> list[FileRecord]:
    images: dict[tuple[object, ...], FileRecord] = {}
    for file in files:
        images.setdefault(_image(file), file)
    return list(images.values())


def _in_order(
    files: Sequence[FileRecord], images: Sequence[FileRecord], places: geometry.Indices
) -> tuple[FileRecord, ...]:
    """All files, copies too, by place along the normal, then by what tells equal places apart."""
    place_of = {_image(image): int(place) for image, place in zip(images, places, strict=True)}
    return tuple(sorted(files, key=lambda file: (place_of[_image(file)], _moment(file))))


def _moment(file: FileRecord) -> tuple[object, ...]:
    """Sorts files of one place: every varying column in turn, what is not stated last."""
    values = [getattr(file, column) for _, column in VARYING]
    return (*((value is None, 0 if value is None else value) for value in values), file.path)
