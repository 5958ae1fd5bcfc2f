"""Where the pixels of a DICOM file lie: spacing, position, direction, and what tells repeated positions apart.

Millimetres in the patient frame (LPS). Sources: DICOM PS3.3 C.7.6.2, C.7.6.16.2, C.8.8.3.2.
"""

from typing import TYPE_CHECKING, Any

from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_values import NOTHING, Elements

if TYPE_CHECKING:
    import numpy as np

_SPACING_TAGS = (tags.PIXEL_SPACING, tags.IMAGER_PIXEL_SPACING, tags.NOMINAL_SCANNED_PIXEL_SPACING)
_SAME_DIRECTION = 1e-4
_DIRECTION_DECIMALS = 3
_VARYING_FRAMES = (
    ("TemporalPositionIndex", tags.FRAME_CONTENT_SEQUENCE, tags.TEMPORAL_POSITION_INDEX),
    ("DiffusionBValue", tags.MR_DIFFUSION_SEQUENCE, tags.DIFFUSION_B_VALUE),
    ("EffectiveEchoTime", tags.MR_ECHO_SEQUENCE, tags.EFFECTIVE_ECHO_TIME),
    ("NominalCardiacTriggerDelayTime", tags.CARDIAC_SYNCHRONIZATION_SEQUENCE, tags.NOMINAL_CARDIAC_TRIGGER_DELAY_TIME),
    ("FrameAcquisitionNumber", tags.FRAME_CONTENT_SEQUENCE, tags.FRAME_ACQUISITION_NUMBER),
)
"""What may tell frames of one place apart, the clearest first: the keyword, its functional group, its tag."""
_MOST_KNOWN = 256
_known: dict[Any, dict[str, Any]] = {}

_OF_FRAMES = (
    tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE, tags.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, tags.GRID_FRAME_OFFSET_VECTOR,
)  # fmt: skip
_ALIKE_IN_SERIES = (
    *_OF_FRAMES, *_SPACING_TAGS, tags.IMAGE_ORIENTATION_PATIENT, tags.SLICE_THICKNESS, tags.ACQUISITION_NUMBER,
    tags.TEMPORAL_POSITION_IDENTIFIER, tags.ECHO_TIME, tags.DIFFUSION_B_VALUE, tags.TRIGGER_TIME, tags.FRAME_TIME,
    tags.SIEMENS_CREATOR, tags.SIEMENS_B_VALUE, tags.SIEMENS_IMAGES_IN_MOSAIC,
)  # fmt: skip
"""What facts() asks for that the slices of a series mostly say alike."""


def facts(data: Elements) -> dict[str, Any]:
    """The geometry columns of a FileRecord."""
    return _facts_of_series(data) | _facts_of_slice(data)


def usual_facts(data: Elements, is_explicit: bool) -> dict[str, Any]:
    """The same of a header in which the same bytes always mean the same: worked out once for slices that say it alike.

    is_explicit: its VR.
    """
    alike = data.raw(_ALIKE_IN_SERIES)
    if any(alike[: len(_OF_FRAMES)]):
        return facts(data)
    try:
        known = _known.get((is_explicit, alike))
    except TypeError:  # a sequence where a number belongs
        return facts(data)
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[is_explicit, alike] = _facts_of_series(data)
    return known | _facts_of_slice(data)


def _facts_of_slice(data: Elements) -> dict[str, Any]:
    return {
        "image_position_mm": data.numbers(tags.IMAGE_POSITION_PATIENT, 3),
        "instance_number": data.integer(tags.INSTANCE_NUMBER),
        "acquisition_time": data.text(tags.ACQUISITION_TIME),
    }


def _facts_of_series(data: Elements) -> dict[str, Any]:
    """The other ones; those of frames depend on the position of the file too."""
    shared = data.first(tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE)
    frames = data.items(tags.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)
    orientation = _orientation(data, shared, frames)
    positions = _frame_positions(data, shared, frames, orientation)
    measures = _measures(shared, frames)
    return {
        "spacing_mm": _spacing_mm(data, measures, positions, orientation),
        "image_orientation": orientation,
        "frame_positions_mm": positions,
        "frame_orientations": _frame_orientations(frames) if frames else None,
        "frames_vary_by": _frames_vary_by(frames) if frames else None,
        "slice_thickness_mm": data.number(tags.SLICE_THICKNESS) or measures.number(tags.SLICE_THICKNESS),
        "acquisition_number": data.integer(tags.ACQUISITION_NUMBER),
        "temporal_position": data.integer(tags.TEMPORAL_POSITION_IDENTIFIER),
        "echo_time_ms": data.number(tags.ECHO_TIME),
        "b_value": _first_known(data.number(tags.DIFFUSION_B_VALUE), _siemens(data).number(tags.SIEMENS_B_VALUE)),
        "trigger_time_ms": data.number(tags.TRIGGER_TIME),
        "frame_time_ms": data.number(tags.FRAME_TIME),
        "mosaic_images": mosaic_images(data),
    }


def mosaic_images(data: Elements) -> int | None:
    """Slices tiled into one Siemens mosaic; None for any other image."""
    return _siemens(data).integer(tags.SIEMENS_IMAGES_IN_MOSAIC)


def pixel_aspect(data: Elements) -> float:
    """Height of a pixel over its width; 1.0 where the file does not say."""
    shared = data.first(tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE)
    spacing = _spacing_mm(data, _measures(shared, data.items(tags.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)), None, None)
    return spacing[1] / spacing[0] if spacing else 1.0


def _siemens(data: Elements) -> Elements:
    """The data where its private group is Siemens' own; nothing otherwise."""
    return data if data.text(tags.SIEMENS_CREATOR) == "SIEMENS MR HEADER" else NOTHING


def _measures(shared: Elements, frames: tuple[Elements, ...]) -> Elements:
    """Pixel measures of all frames, or of the first."""
    common = shared.first(tags.PIXEL_MEASURES_SEQUENCE)
    return common if common or not frames else frames[0].first(tags.PIXEL_MEASURES_SEQUENCE)


def _first_known(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _orientation(data: Elements, shared: Elements, frames: tuple[Elements, ...]) -> tuple[float, ...] | None:
    """ImageOrientationPatient, six numbers; None where the frames do not agree on one."""
    own = data.numbers(tags.IMAGE_ORIENTATION_PATIENT, 6)
    own = own or shared.first(tags.PLANE_ORIENTATION_SEQUENCE).numbers(tags.IMAGE_ORIENTATION_PATIENT, 6)
    if own is not None or not frames:
        return own
    each = [f.first(tags.PLANE_ORIENTATION_SEQUENCE).numbers(tags.IMAGE_ORIENTATION_PATIENT, 6) for f in frames]
    import numpy as np

    known = [direction for direction in each if direction is not None]
    if len(known) < len(each) or not np.allclose(known, known[0], atol=_SAME_DIRECTION):
        return None
    return known[0]


def _frame_orientations(frames: tuple[Elements, ...]) -> int | None:
    """In how many directions the frames lie; None where they do not say it one by one."""
    each = {f.first(tags.PLANE_ORIENTATION_SEQUENCE).numbers(tags.IMAGE_ORIENTATION_PATIENT, 6) for f in frames}
    known = {tuple(round(c, _DIRECTION_DECIMALS) + 0.0 for c in direction) for direction in each if direction}
    return len(known) or None


def _frames_vary_by(frames: tuple[Elements, ...]) -> tuple[str, ...] | None:
    """Keywords of what differs between frames; None where nothing does."""
    varying = (
        name
        for name, group, tag in _VARYING_FRAMES
        if len({number for frame in frames if (number := frame.first(group).number(tag)) is not None}) > 1
    )
    return tuple(varying) or None


def _frame_positions(
    data: Elements, shared: Elements, frames: tuple[Elements, ...], orientation: tuple[float, ...] | None
) -> tuple[float, ...] | None:
    """Three numbers a frame, in the order of the frames; None unless every frame has its place."""
    if frames:
        common = shared.first(tags.PLANE_POSITION_SEQUENCE).numbers(tags.IMAGE_POSITION_PATIENT, 3)
        each = [
            frame.first(tags.PLANE_POSITION_SEQUENCE).numbers(tags.IMAGE_POSITION_PATIENT, 3) or common
            for frame in frames
        ]
        return None if None in each else tuple(number for position in each for number in position or ())
    return _dose_positions(data, orientation)


def _dose_positions(data: Elements, orientation: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """Planes of an RT dose grid: its first position plus the offsets along the normal (PS3.3 C.8.8.3.2)."""
    offsets = data.numbers(tags.GRID_FRAME_OFFSET_VECTOR)
    origin = data.numbers(tags.IMAGE_POSITION_PATIENT, 3)
    if offsets is None or origin is None or orientation is None or len(offsets) < 2:
        return None
    import numpy as np

    steps = np.asarray(offsets) - (offsets[0] if offsets[0] == 0 else origin[2])
    places = np.asarray(origin) + np.outer(steps, normal(orientation))
    return tuple(places.ravel().tolist())


def normal(orientation: tuple[float, ...]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """(3,) the direction across the slices: row direction × column direction."""
    import numpy as np

    return np.cross(orientation[:3], orientation[3:])


def _spacing_mm(
    data: Elements,
    measures: Elements,
    positions: tuple[float, ...] | None,
    orientation: tuple[float, ...] | None,
) -> tuple[float, ...] | None:
    """Along columns, rows, and frames where these have positions. DICOM names the distance between rows first."""
    pairs = [measures.numbers(tags.PIXEL_SPACING, 2), *(data.numbers(tag, 2) for tag in _SPACING_TAGS)]
    pair = next((pair for pair in pairs if pair is not None and min(pair) > 0), None)
    if pair is None:
        return None
    between_rows, between_columns = pair
    gap = _frame_gap_mm(positions, orientation)
    return (between_columns, between_rows) if gap is None else (between_columns, between_rows, gap)


def _frame_gap_mm(positions: tuple[float, ...] | None, orientation: tuple[float, ...] | None) -> float | None:
    """The usual distance between neighbouring frames along their normal; None for frames at one place."""
    if positions is None or orientation is None:
        return None
    import numpy as np

    along = np.unique(np.round(np.reshape(positions, (-1, 3)) @ normal(orientation), 3))
    return float(np.round(np.median(np.diff(along)), 4)) if len(along) > 1 else None
