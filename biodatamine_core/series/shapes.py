"""What a part of a dataset is: dimensions, size, spacing and the verdict, before its evidence is gathered."""

from dataclasses import dataclass

from biodatamine_core.records import Dimensions, FileRecord

MIN_VOLUME_SLICES = 5
"""Fewer parallel slices are 2D multi-slice. Source: DESIGN, the tables."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of SeriesRecord that say what a part is; its fields are documented in tables.py.

    files: in order of position, then of what tells equal places apart. key: what tells this part from the others that
    share its series UID.
    """

    files: tuple[FileRecord, ...]
    dimensions: Dimensions
    shape: tuple[int, ...]
    verdict: str
    key: tuple[str, ...] = ()
    spacing_mm: tuple[float, ...] | None = None
    orientation: str | None = None
    single_orientation: bool | None = None
    unique_slice_positions: bool | None = None
    consistent_pixel_spacing: bool | None = None
    uniform_slice_spacing: bool | None = None
    regularly_spaced_3d_volume: bool | None = None
    slice_spacing_mm: float | None = None
    missing_slices: int | None = None
    duplicate_positions: int | None = None
    gantry_tilt_deg: float | None = None
    varies_by: str | None = None


def dimensions_of(slices: int, times: int) -> Dimensions:
    """Image, recording, volume or volumes, from how many parallel slices there are, and how often each."""
    if slices < MIN_VOLUME_SLICES:
        return Dimensions.RECORDING if times > 1 else Dimensions.IMAGE_2D
    return Dimensions.VOLUMES_4D if times > 1 else Dimensions.VOLUME


def sizes(file: FileRecord, slices: int, times: int) -> tuple[int, ...]:
    """(columns, rows) of one image, followed by slices and times where there are several."""
    columns, rows, *_ = file.shape or (0, 0)
    if times > 1:
        return columns, rows, slices, times
    return (columns, rows, slices) if slices > 1 else (columns, rows)


def rounded_mm(spacing_mm: tuple[float, ...]) -> tuple[float, ...]:
    """Without the noise of projecting decimal text: four decimals are 0.1 micrometre."""
    return tuple(round(step, 4) for step in spacing_mm)
