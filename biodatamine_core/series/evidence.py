"""From a shape to a row of `series`: what its files agree on, where they lie, which split they belong to."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xxhash import xxh3_128_hexdigest

from biodatamine_core.records import FileRecord, SeriesRecord
from biodatamine_core.series.shapes import Shape

COMMONEST = (
    "dtype", "channels", "patient_key", "study_key", "patient_sex", "patient_age_years", "acquisition_year",
    "manufacturer", "modality_tag", "sop_class_uid", "image_type", "body_part_examined", "anatomic_region",
    "view_position", "study_description", "series_description", "protocol_name", "requested_procedure_description",
    "header_description",
)  # fmt: skip
"""Columns of which a series takes its files' commonest value."""

SPLITS = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test", "holdout": "test",
}  # fmt: skip
"""Folder names that say which split their files belong to; whole names only."""


def series_of(shape: Shape) -> SeriesRecord:
    """The row of a shape. Its id is the same in every scan: a hash of what groups its files."""
    files = shape.files
    first = files[0]
    grouped_by = (first.study_key or "", first.series_uid or "", *shape.key) if shape.key else (first.file_id,)
    return SeriesRecord(
        series_id=xxh3_128_hexdigest("\x1f".join(grouped_by).encode()),
        path=common_path([file.path for file in files]),
        format=first.format,
        role=first.role,
        file_count=len(files),
        size_bytes=sum(file.size_bytes for file in files),
        middle_file_id=files[len(files) // 2].file_id,
        series_uid=first.series_uid,
        dimensions=shape.dimensions,
        shape=shape.shape,
        spacing_mm=shape.spacing_mm,
        orientation=shape.orientation,
        verdict=shape.verdict,
        single_orientation=shape.single_orientation,
        consistent_pixel_spacing=shape.consistent_pixel_spacing,
        uniform_slice_spacing=shape.uniform_slice_spacing,
        regularly_spaced_3d_volume=shape.regularly_spaced_3d_volume,
        slice_spacing_mm=shape.slice_spacing_mm,
        missing_slices=shape.missing_slices,
        duplicate_positions=shape.duplicate_positions,
        gantry_tilt_deg=shape.gantry_tilt_deg,
        varies_by=shape.varies_by,
        split=split_of([file.path for file in files]),
        **{name: _commonest(files, name) for name in COMMONEST},
    )


def common_path(paths: Sequence[str]) -> str:
    """The path of one file; of several the longest folder that they share, ending in "/"."""
    if len(paths) == 1:
        return paths[0]
    low, high = min(paths).split("/")[:-1], max(paths).split("/")[:-1]
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared]:
        shared += 1
    return "/".join(low[:shared]) + "/" if shared else "./"


def split_of(paths: Sequence[str]) -> str | None:
    """train, validation or test, from the innermost folder that says so; None where the files disagree."""
    splits = {_split_of_folders(folder) for folder in {path.rpartition("/")[0] for path in paths}}
    return splits.pop() if len(splits) == 1 else None


def _split_of_folders(folder: str) -> str | None:
    for part in reversed(folder.lower().split("/")):
        if part in SPLITS:
            return SPLITS[part]
    return None


def _commonest(files: Sequence[FileRecord], name: str) -> Any:
    """What most files state; the first of them in order of position where it is a draw; None where none states it."""
    counts = Counter(value for file in files if (value := getattr(file, name)) is not None)
    return counts.most_common(1)[0][0] if counts else None
