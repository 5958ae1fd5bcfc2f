"""How parallel slices lie: how many places, how often each, evenly or not. For files and for frames alike."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from biodatamine_core.series import geometry, verdict
from biodatamine_core.series.shapes import MIN_VOLUME_SLICES

TILT_DEG = 0.5
"""Below this a tilt is rounding of positions."""
SIDEWAYS_MM = 1.0
"""A slice shifted by more against its neighbours does not belong on the same grid."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the positions of parallel slices say.

    places: (images,) the number of each image's place, ascending along the normal. slices: how many places there are.
    times: how often most of them are taken. lacking, extra: images too few, or too many, for every place to be taken
    as often. spacing: None for a single place. tilt_deg, sideways_mm: None where too few slices tell.
    """

    places: geometry.Indices
    normal: geometry.Floats
    slices: int
    times: int
    lacking: int
    extra: int
    spacing: geometry.Spacing | None
    tilt_deg: float | None
    sideways_mm: float | None

    @property
    def is_tilted(self) -> bool:
        return self.tilt_deg is not None and self.tilt_deg >= TILT_DEG

    @property
    def is_shifted(self) -> bool:
        return self.sideways_mm is not None and self.sideways_mm > SIDEWAYS_MM

    @property
    def is_even(self) -> bool:
        return self.spacing is not None and self.spacing.is_uniform

    @property
    def is_regular(self) -> bool:
        """Every place taken equally often, on one straight and even grid."""
        return self.is_even and not (self.is_tilted or self.is_shifted or self.lacking or self.extra)

    @property
    def missing_slices(self) -> int | None:
        """None for what is no volume, or where the gaps have no common measure."""
        if self.spacing is None or self.spacing.holes is None or self.slices < MIN_VOLUME_SLICES:
            return None
        return sum(missing for _, missing in self.spacing.holes)


def layout_of(positions: geometry.Floats, orientation: geometry.Floats) -> Layout:
    """Judge parallel slices by their positions.

    positions: (images, 3) ImagePositionPatient, any order. orientation: (6,) of all of them.
    """
    normal = geometry.slice_normal(orientation)
    places, places_mm = geometry.places_along(positions, normal)
    counts = np.bincount(places)
    times = Counter(counts.tolist()).most_common(1)[0][0]
    is_volume = len(places_mm) >= MIN_VOLUME_SLICES
    return Layout(
        places=places,
        normal=normal,
        slices=len(places_mm),
        times=times,
        lacking=int(np.maximum(times - counts, 0).sum()),
        extra=int(np.maximum(counts - times, 0).sum()),
        spacing=geometry.spacing_of(places_mm, geometry.have_one_decimal(positions)) if len(places_mm) > 1 else None,
        tilt_deg=geometry.tilt_deg(positions, normal) if is_volume else None,
        sideways_mm=geometry.sideways_mm(positions, normal) if is_volume else None,
    )


def reasons(layout: Layout) -> Iterator[str]:
    """What is wrong with a volume's grid, in words, with the remedy."""
    if layout.slices < MIN_VOLUME_SLICES or layout.spacing is None:
        return
    if layout.spacing.holes:
        yield verdict.holes(layout.spacing.holes)
    elif not layout.is_even:
        yield verdict.uneven(layout.spacing.smallest_mm, layout.spacing.largest_mm)
    if layout.is_tilted:
        yield f"gantry tilt {layout.tilt_deg:.1f} degrees: resample before training"
    if layout.is_shifted:
        by = f"by up to {layout.sideways_mm:.3g} mm"
        yield f"slices are shifted against each other {by}: resample by position before training"
