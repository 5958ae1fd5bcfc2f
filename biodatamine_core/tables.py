"""Record class <-> Arrow schema <-> Parquet; every column documented here and rendered into docs/tables.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from biodatamine_core.records import Clue, FileRecord, Finding, SeriesRecord, Thumbnail

if TYPE_CHECKING:
    import pyarrow as pa

RECORDS: dict[str, type] = {
    "files": FileRecord,
    "series": SeriesRecord,
    "clues": Clue,
    "findings": Finding,
    "thumbnails": Thumbnail,
}

_FILE_COLUMNS = {
    "file_id": "Stable id: a hash of the content's identity, the path and the occurrence.",
    "path": "Where it is, through its archive: `a.zip!/ct/1.dcm`. Free text: it may carry a name.",
    "occurrence": "0, 1, ... where an archive holds the same path several times.",
    "size_bytes": "Bytes once unpacked from the archive.",
    "packed_bytes": "Bytes inside the archive; null in a folder.",
    "crc32": "CRC-32 that a zip states for the unpacked bytes.",
    "content_hash": "xxh3_128 of the bytes, decompressed also where the file itself is a .gz; null in a headers-only scan.",
    "compression": "`gzip`, `bzip2`, `xz` or `zstd` where the file itself is compressed (.nii.gz).",
    "format": "DICOM, NIfTI, PNG, JPEG, JSON, CSV, TSV, text, zip, ...; `unknown` where no reader knows it. By content, not by name.",
    "role": "image, segmentation, object (SR, RTSTRUCT, ...), index (DICOMDIR), sidecar (JSON, CSV, text) or other.",
    "readable": "Its format is known, its header was read whole, and its pixels do not end early.",
    "problem_kind": "Why it could not be read, or not wholly: empty, placeholder, unknown-format, truncated, corrupt, encrypted, unsafe-path, link, too-large, wrong-size, wrong-checksum, unsupported, missing-part.",
    "problem": "The same as a sentence.",
    "series_id": "The series it belongs to: an image, a file that holds the voxels of a header (role other), or a sidecar that describes this one series. Null elsewhere.",
    "shape": "Columns, rows, then slices and times where the file holds several.",
    "dtype": "How one stored value is kept: uint8, int16, float32, ...",
    "frames": "Frames of a multi-frame DICOM file, a GIF or a video; pages of one size in a TIFF that does not say what they are.",
    "channels": "Values per pixel: 1 grey, 3 RGB, 4 RGBA.",
    "spacing_mm": "Distance between pixel centres along columns, rows (and slices), in millimetres; null where the file does not say.",
    "patient_key": "HMAC of the patient's id (DICOM PatientID, BIDS `sub-`) under the workspace's secret: tells patients apart, names nobody.",
    "study_key": "HMAC of StudyInstanceUID under the workspace's secret.",
    "patient_sex": "DICOM PatientSex: M, F or O.",
    "patient_age_years": "DICOM PatientAge in years, 90 and over as 90. Never computed from a birth date.",
    "acquisition_year": "The year of AcquisitionDate, SeriesDate or StudyDate; the day is not kept.",
    "identifying_tags": "Names of the identifying DICOM tags that are filled in. Their values are never read into a table.",
    "sop_class_uid": "DICOM SOPClassUID.",
    "sop_instance_uid": "DICOM SOPInstanceUID.",
    "series_uid": "DICOM SeriesInstanceUID.",
    "transfer_syntax_uid": "DICOM TransferSyntaxUID: how the pixels are compressed.",
    "modality_tag": "DICOM Modality as the file states it. What we conclude is `modality`.",
    "image_type": "DICOM ImageType, its values in order.",
    "body_part_examined": "DICOM BodyPartExamined as stated: one vote, not truth.",
    "anatomic_region": "AnatomicRegionSequence as `scheme:code meaning`.",
    "laterality": "DICOM ImageLaterality or Laterality.",
    "view_position": "DICOM ViewPosition: PA, AP, CC, MLO, ...",
    "study_description": "DICOM StudyDescription. Free text: it may carry a name.",
    "series_description": "DICOM SeriesDescription. Free text.",
    "protocol_name": "DICOM ProtocolName. Free text.",
    "requested_procedure_description": "DICOM RequestedProcedureDescription. Free text.",
    "manufacturer": "DICOM Manufacturer.",
    "manufacturer_model": "DICOM ManufacturerModelName.",
    "magnetic_field_strength_t": "DICOM MagneticFieldStrength, tesla.",
    "kvp": "DICOM KVP, peak kilovolts.",
    "photometric_interpretation": "DICOM PhotometricInterpretation: MONOCHROME1, MONOCHROME2, RGB, YBR_FULL, ...",
    "bits_allocated": "DICOM BitsAllocated.",
    "bits_stored": "DICOM BitsStored.",
    "rescale_slope": "DICOM RescaleSlope.",
    "rescale_intercept": "DICOM RescaleIntercept.",
    "burned_in_annotation": "DICOM BurnedInAnnotation: YES or NO as stated.",
    "lossy_image_compression": "DICOM LossyImageCompression: 00 or 01 as stated.",
    "value_min": "Smallest pixel value, slope and intercept applied. Of every pixel in files up to 16 MB, of a sample in larger ones, of the middle slice in volume formats beside DICOM and NIfTI; null in a headers-only scan, for compressed DICOM, and for pictures over 524,288 pixels.",
    "value_max": "Largest pixel value; as value_min.",
    "background_share": "Share of those pixels that have their median value: 1 where all are equal, near 1 where an image is blank.",
    "pixel_hash": "xxh3_128 of the decoded pixel values, the same in any format; null where not every pixel was looked at.",
    "colour_share": "Pictures (PNG, JPEG, TIFF, BMP, GIF, WebP): share of pixels with a clear colour, of 16,384 on an even grid; 0 where grey. Null in a headers-only scan, for other formats, and for pictures over 524,288 pixels (JPEG over 33,554,432).",
    "colour_hues": "Of those coloured pixels the share of each sector of the colour circle: twelve of 30 degrees, the first around red, then orange, yellow, ...",
    "colour_count": "Different colours among the pixels looked at: few in drawings, maps and masks, many in photographs.",
    "pure_share": "Share of pixels in a colour as pure as it can be shown: drawn, not photographed.",
    "dark_share": "Share of pixels that are nearly black.",
    "bright_share": "Share of pixels that are nearly white.",
    "image_position_mm": "DICOM ImagePositionPatient, millimetres, LPS.",
    "image_orientation": "DICOM ImageOrientationPatient: direction of a row, then of a column, LPS.",
    "frame_positions_mm": "ImagePositionPatient of every frame of a multi-frame file, three numbers a frame, LPS.",
    "slice_thickness_mm": "DICOM SliceThickness. Never used as spacing.",
    "instance_number": "DICOM InstanceNumber.",
    "acquisition_number": "DICOM AcquisitionNumber.",
    "temporal_position": "DICOM TemporalPositionIdentifier.",
    "echo_time_ms": "DICOM EchoTime, milliseconds.",
    "b_value": "DICOM DiffusionBValue, s/mm².",
    "trigger_time_ms": "DICOM TriggerTime, milliseconds.",
    "acquisition_time": "DICOM AcquisitionTime: tells repeated positions apart.",
    "frame_time_ms": "DICOM FrameTime: a recording over time where it is set. Of a GIF or a video from one frame to the next.",
    "mosaic_images": "Slices tiled into one Siemens mosaic image.",
    "data_files": "Files that hold the voxels of this header, by their names from its folder (brain.img, 0001.raw); `**` stands for all files below the folder (Zarr). Null where it holds them itself.",
    "affine_ras": "The 4 × 4 matrix from voxel to millimetres, RAS, row by row.",
    "affine_forms_gap_mm": "NIfTI: how far apart qform and sform put the same corner of the volume, at most; null where they are not both set for the same space.",
    "header_description": "NIfTI `descrip`, free text; of a TIFF whose metadata it carries (`Aperio`, `OME`, `ImageJ`) and how many levels its pyramid has.",
    "intent": "NIfTI intent name where one is set: label, vector, ...",
    "participant_keys": "participants.tsv and other tables of patients: `patient_key` of each row.",
    "participant_sexes": "M, F or O of each of these rows, null where it is not stated.",
    "participant_ages_years": "Age of each of these rows in years, 90 and over as 90.",
    "row_files": "A table that names files (metadata.csv, up to 32 MB and 200,000 rows): a key of each row's file. Like the other row_ columns filled by the scan, joined by grouping, and null in a published version.",
    "row_patients": "`patient_key` of each row.",
    "row_sexes": "M, F or O of each row.",
    "row_ages_years": "Age of each row, 90 and over as 90.",
    "row_says": "`column: value` of the columns on modality, body part and view of each row. Free text.",
}

_SERIES_COLUMNS = {
    "series_id": "Stable id: a hash of what groups the files.",
    "path": "The file, or the folder that its files share. Free text.",
    "format": "Format of its files.",
    "role": "image or segmentation.",
    "file_count": "Files in it.",
    "size_bytes": "Sum of its files' unpacked bytes.",
    "middle_file_id": "The file in the middle, in order of position: its picture.",
    "series_uid": "DICOM SeriesInstanceUID. One UID may hold several series here: a localizer, two reconstructions.",
    "dimensions": "2D one image (or fewer than five slices), 2D+t a recording, 3D a volume, 4D volumes over time or another tag.",
    "shape": "Columns, rows, slices, times.",
    "dtype": "How one stored value is kept.",
    "channels": "Values per pixel.",
    "spacing_mm": "Along columns, rows, slices, in millimetres; slices by position, never by SliceThickness.",
    "orientation": "axial, coronal, sagittal or oblique; null where the files do not say.",
    "verdict": "What it is, as a sentence with its reason.",
    "single_orientation": "All slices lie parallel (dot product of normals at least 0.999).",
    "consistent_pixel_spacing": "All slices have the same pixel spacing.",
    "uniform_slice_spacing": "All gaps between slices are equal within 1 %, or 0.01 mm.",
    "regularly_spaced_3d_volume": "One orientation, one pixel spacing, uniform gaps, every position as often as the others, no tilt and no shift.",
    "slice_spacing_mm": "Usual gap between neighbouring slices along their normal: the median, or the best even grid where positions are rounded to 0.1 mm.",
    "missing_slices": "Slices missing from gaps that are whole multiples of the usual gap; null where it cannot be judged.",
    "duplicate_positions": "Slices that lie where another one already does.",
    "gantry_tilt_deg": "Angle between the slices' normal and the way their positions move.",
    "varies_by": "What tells volumes of a 4D series apart: time, b-value, echo, ...",
    "patient_key": "As in files, or from a table that names the file (metadata.csv).",
    "study_key": "As in files.",
    "patient_sex": "As in files, or from a JSON sidecar, a table (metadata.csv) or participants.tsv where the files do not say.",
    "patient_age_years": "As in files, or from a table (metadata.csv) or participants.tsv.",
    "acquisition_year": "As in files.",
    "manufacturer": "As in files.",
    "split": "train, validation or test, from the name of a folder.",
    "label": "A class, from the name of a folder: siblings in a split or in the root, with many images each. Null where that is not clear.",
    "value_min": "Smallest pixel value of its files, as there.",
    "value_max": "Largest pixel value of its files.",
    "colour_share": "As in files.",
    "colour_hues": "As in files.",
    "colour_count": "As in files.",
    "pure_share": "As in files.",
    "dark_share": "As in files.",
    "bright_share": "As in files.",
    "modality_tag": "DICOM Modality as its files or their JSON sidecar state it.",
    "sop_class_uid": "DICOM SOPClassUID.",
    "image_type": "DICOM ImageType.",
    "body_part_examined": "DICOM BodyPartExamined as stated.",
    "anatomic_region": "AnatomicRegionSequence as `scheme:code meaning`.",
    "view_position": "DICOM ViewPosition.",
    "study_description": "Free text.",
    "series_description": "Free text.",
    "protocol_name": "Free text.",
    "requested_procedure_description": "Free text.",
    "header_description": "NIfTI `descrip`. Free text.",
    "table_path": "The table whose row names its file. Free text.",
    "table_says": "What that row says in columns on modality, body part and view: `modality: CT; organ: liver`. Free text.",
    "modality": "What we conclude: the DICOM code (CT, MR, DX, ...), or `unknown`.",
    "modality_group": "CT, MRI, X-ray, Mammography, Ultrasound, PET/NM, Optical, Microscopy, Other or Unknown.",
    "modality_confidence": "How often evidence of this kind was right where the answer is known. No probability for this one.",
    "anatomy": "The finer region where one is known (brain, liver, knee, ...), else its zones in one word: chest_abdomen.",
    "anatomy_zones": "Body zones that it shows; empty where nothing is known.",
    "anatomy_confidence": "As modality_confidence.",
}

COLUMNS: dict[str, dict[str, str]] = {
    "files": _FILE_COLUMNS,
    "series": _SERIES_COLUMNS,
    "clues": {
        "series_id": "The series it speaks of.",
        "about": "modality or anatomy.",
        "value": "A modality code; or zones joined by `+`, with a finer region after a colon: `abdomen:liver`.",
        "strength": "strong, medium or weak.",
        "because": "The reason, as a sentence.",
        "source": "Kind of evidence: tag, sop-class, code, description, body-part, path, bids, header, values, colour, table.",
    },
    "findings": {
        "code": "Which check, kebab-case: `missing-slices`.",
        "severity": "error will hurt a training, warning can, note is worth knowing.",
        "scope": "What is counted: file, series or dataset.",
        "subject": "What it is about: a path, a tag, a modality; empty for the dataset.",
        "message": "A sentence with its numbers.",
        "count": "How many are affected.",
        "looked_at": "Of how many.",
        "not_judged": "How many could not be looked at.",
        "examples": "Up to ten paths.",
    },
    "thumbnails": {
        "series_id": "The series it shows.",
        "image": "WebP bytes; null where the middle file of the series could not be drawn.",
        "width": "Pixels.",
        "height": "Pixels.",
        "problem_kind": "Why it could not be drawn: unsupported, corrupt, too-large, truncated, ...",
        "problem": "The same as a sentence.",
    },
}

TABLES_TEXT = {
    "files": "One row per file, in an archive or a folder, read or not.",
    "series": "One row per image, volume or recording over time.",
    "clues": "Why we think so: one row per reason.",
    "findings": "What the checks found.",
    "thumbnails": "One small picture per series, or why there is none.",
}


@cache
def schema(table: str) -> "pa.Schema":
    """The Arrow schema of a table, from its record class."""
    import pyarrow as pa  # 315 ms: imported by who writes tables, not by who starts

    hints = get_type_hints(RECORDS[table])
    return pa.schema([pa.field(f.name, _arrow_type(hints[f.name])) for f in fields(RECORDS[table])])


@cache
def sql_types(table: str) -> dict[str, str]:
    """column -> DuckDB type, in the schema's order; {} for what is none of our tables."""
    if table not in RECORDS:
        return {}
    hints = get_type_hints(RECORDS[table])
    return {f.name: _sql_type(hints[f.name]) for f in fields(RECORDS[table])}


def to_batch(table: str, records: Sequence[Any]) -> "pa.RecordBatch":
    """Records of one table as an Arrow batch, columns in the schema's order."""
    import pyarrow as pa

    wanted = schema(table)
    arrays = [pa.array([getattr(record, f.name) for record in records], type=f.type) for f in wanted]
    return pa.RecordBatch.from_arrays(arrays, schema=wanted)


def from_rows(table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[Any]:
    """Records from query rows: `names` are the columns selected; lists become tuples, words become their enums."""
    cls = RECORDS[table]
    hints = get_type_hints(cls)
    enums = {n: e for n in names if (e := _enum_in(hints[n]))}
    for row in rows:
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in zip(names, row, strict=True)}
        for name, enum in enums.items():
            if values[name] is not None:
                values[name] = enum(values[name])
        yield cls(**values)


class Writer:
    """Appends records of one table to one Parquet file, a row group a batch; a context manager.

    The file is whole only once the writer is closed: write to a staging path, then move it.
    """

    def __init__(self, table: str, path: Path) -> None:
        import pyarrow.parquet as pq

        self.table = table
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(path, schema(table), compression="zstd")

    def append(self, records: Sequence[Any]) -> None:
        if records:
            self._writer.write_batch(to_batch(self.table, records))

    def append_batch(self, batch: "pa.RecordBatch") -> None:
        if batch.num_rows:
            self._writer.write_batch(batch)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def markdown() -> str:
    """docs/tables.md, made from COLUMNS and the schemas."""
    lines = [
        "# The tables",
        "",
        "Made by `make docs` from `biodatamine_core/tables.py`; a test keeps it true.",
        "Parquet, one set per version. `images` is a view: every file with its series' columns; a name that both have gets",
        "`series_` for the series' one. Where a file is in no series they are null, but `modality` is what the file states.",
    ]
    for table, columns in COLUMNS.items():
        lines += ["", f"## {table}", "", TABLES_TEXT[table], "", "| column | type | meaning |", "|---|---|---|"]
        types: Mapping[str, str] = {f.name: str(f.type).replace("item: ", "") for f in schema(table)}
        lines += [f"| {name} | {types[name]} | {text} |" for name, text in columns.items()]
    return "\n".join(lines) + "\n"


def _arrow_type(hint: Any) -> "pa.DataType":
    import pyarrow as pa

    hint = _without_none(hint)
    if get_origin(hint) is tuple:
        return pa.list_(_arrow_type(get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return pa.string()
    return {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), bytes: pa.binary()}[hint]


def _sql_type(hint: Any) -> str:
    hint = _without_none(hint)
    if get_origin(hint) is tuple:
        return f"{_sql_type(get_args(hint)[0])}[]"
    return {int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", bytes: "BLOB"}.get(hint, "VARCHAR")


def _enum_in(hint: Any) -> type[StrEnum] | None:
    hint = _without_none(hint)
    return hint if isinstance(hint, type) and issubclass(hint, StrEnum) else None


def _without_none(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        return next(arg for arg in get_args(hint) if arg is not type(None))
    return hint
