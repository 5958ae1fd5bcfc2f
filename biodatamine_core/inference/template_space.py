"""What a header says of templates and of tools that look at nothing but brains: MNI 152, Talairach, SPM."""

import re
from collections.abc import Iterator

from biodatamine_core.records import Clue, SeriesRecord, Strength

_BRAIN = "head:brain"
_GRIDS_MM: dict[tuple[int, ...], float] = {
    (182, 218, 182): 1.0, (91, 109, 91): 2.0,  # MNI 152, as FSL ships it
    (197, 233, 189): 1.0, (193, 229, 193): 1.0, (97, 115, 97): 2.0,  # ICBM 2009, whole and as TemplateFlow crops it
    (181, 217, 181): 1.0,  # MNI 305, Colin 27, BrainWeb
    (157, 189, 156): 1.0, (79, 95, 79): 2.0, (79, 95, 68): 2.0, (53, 63, 46): 3.0, (61, 73, 61): 3.0,  # SPM
    (121, 145, 121): 1.5, (113, 137, 113): 1.5,  # CAT12 and VBM
}  # fmt: skip
"""Voxels and their side of the templates' own grids: sizes that no scanner gives by chance."""
_NEAR_MM = 0.01
_SPM = re.compile(r"^spm - |^SPM\{[TFXZ]")
"""What SPM, Statistical Parametric Mapping of brains, writes into descrip. Source: spm_write_vol.m, spm_spm.m."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """The brain, where the header names a template, the grid is that of one, or SPM wrote the file: one clue."""
    if series.coordinate_space is not None:
        because = f"The header says that its coordinates are those of a brain template ({series.coordinate_space})"
        yield Clue(series.series_id, "anatomy", _BRAIN, Strength.STRONG, because, "header")
    elif _is_grid_of_template(series):
        sizes = " × ".join(str(size) for size in (series.shape or ())[:3])
        because = f"Its grid of {sizes} voxels is that of a brain template"
        yield Clue(series.series_id, "anatomy", _BRAIN, Strength.MEDIUM, because, "header")
    elif series.format == "NIfTI" and _SPM.search(series.header_description or ""):
        because = "The NIfTI header says that SPM wrote it, which looks at brains"
        yield Clue(series.series_id, "anatomy", _BRAIN, Strength.MEDIUM, because, "header")


def _is_grid_of_template(series: SeriesRecord) -> bool:
    side_mm = _GRIDS_MM.get((series.shape or ())[:3])
    steps_mm = (series.spacing_mm or ())[:3]
    return side_mm is not None and len(steps_mm) == 3 and all(abs(step - side_mm) <= _NEAR_MM for step in steps_mm)
