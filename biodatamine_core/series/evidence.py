"""From a shape to a row of `series`: what most of its files say of themselves."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xxhash import xxh3_128_hexdigest

from biodatamine_core.records import FileRecord, SeriesRecord
from biodatamine_core.series.paths import common_path, split_of_folders
from biodatamine_core.series.shapes import Shape

COMMONEST = (
    "dtype", "channels", "patient_key", "study_key", "patient_sex", "patient_age_years", "acquisition_year",
    "manufacturer", "modality_tag", "sop_class_uid", "image_type", "body_part_examined", "anatomic_region",
    "view_position", "study_description", "series_description", "protocol_name", "requested_procedure_description",
    "header_description", "scanning_sequence", "sequence_variant", "sequence_name", "acquisition_contrast",
    "repetition_time_ms", "inversion_time_ms", "flip_angle_deg", "contrast_agent",
    "colour_share", "colour_hues", "colour_count", "pure_share", "dark_share", "bright_share",
    "sector_angle_deg", "sector_marks_share", "phase_encoding_axis", "coordinate_space", "camera",
)  # fmt: skip
"""Columns of which a series takes its files' commonest value."""


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
        unique_slice_positions=shape.unique_slice_positions,
        consistent_pixel_spacing=shape.consistent_pixel_spacing,
        uniform_slice_spacing=shape.uniform_slice_spacing,
        regularly_spaced_3d_volume=shape.regularly_spaced_3d_volume,
        slice_spacing_mm=shape.slice_spacing_mm,
        missing_slices=shape.missing_slices,
        duplicate_positions=shape.duplicate_positions,
        gantry_tilt_deg=shape.gantry_tilt_deg,
        varies_by=shape.varies_by,
        split=split_of_folders(first.path),
        value_min=min((file.value_min for file in files if file.value_min is not None), default=None),
        value_max=max((file.value_max for file in files if file.value_max is not None), default=None),
        level_count=max((file.level_count for file in files if file.level_count is not None), default=None),
        flat_share=min((file.flat_share for file in files if file.flat_share is not None), default=None),
        echo_time_ms=_commonest(files, "echo_time_ms"),
        b_value=max((file.b_value for file in files if file.b_value is not None), default=None),
        **{name: _commonest(files, name) for name in COMMONEST},
    )


def _commonest(files: Sequence[FileRecord], name: str) -> Any:
    """What most files state; the first of them in order of position where it is a draw; None where none states it."""
    if len(files) == 1:
        return getattr(files[0], name)
    counts = Counter(value for file in files if (value := getattr(file, name)) is not None)
    return counts.most_common(1)[0][0] if counts else None
