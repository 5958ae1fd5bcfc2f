"""A version of any size, straight to Parquet: rows by DuckDB's range(), written and judged by our own code.

Of every 20 files 18 are slices of CT and MR volumes, one is a picture, one a sidecar or unreadable. The numbers decide
every value, so that two runs make the same rows; the files stand in no order of their paths, as in an archive.
"""

import resource
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from biodatamine_core import checks, database, tables
from biodatamine_core.catalog import file_index, series_index
from biodatamine_core.series import BATCH as FILES_AT_ONCE
from biodatamine_core.settings import Settings

SLICES = 18
"""Of one volume; a picture and a file that is none stand beside each."""
_THUMBNAILS_AT_ONCE, _CLUES_AT_ONCE = 256, 6_000
_SCANNED_AT_ONCE = 20_000
"""A row group, as a scan writes them."""

_KEY = "md5(({}) || 'series')"
_MODALITY = "['CT', 'MR', 'CT', 'MR', 'CR', 'US'][volume % 6 + 1]"
_SPLIT = "['train', 'train', 'train', 'test'][volume % 4 + 1]"
_CASE = f"'collection.zip!/' || {_SPLIT} || '/patient-' || lpad((volume % 40009)::VARCHAR, 6, '0')"
_FOLDER = f"{_CASE} || '/series-' || lpad(volume::VARCHAR, 7, '0') || '/'"

# volume: 0, 1, ... in the order of the archive; place: 0 to 17 a slice, 18 a picture, 19 what is no image.
_FILES = f"""
SELECT number, volume, place, place < {SLICES} AS is_slice, place = {SLICES} AS is_picture,
       place = {SLICES} + 1 AND volume % 5 = 0 AS is_broken, {_MODALITY} AS code, {_FOLDER} AS folder
FROM (SELECT number, number % {SLICES + 2} AS place,
             -- a prime stride: neighbours in the archive are no neighbours by path
             (number // {SLICES + 2}) * 7368787 % $volumes AS volume FROM range($files) AS numbers(number))
"""
_FILE_COLUMNS = {
    "file_id": "md5(number::VARCHAR)",
    "path": """folder || CASE WHEN is_slice THEN 'IM-' || lpad(place::VARCHAR, 4, '0') || '.dcm'
               WHEN is_picture THEN 'overview.png' WHEN is_broken THEN 'rest.bin' ELSE 'scan.json' END""",
    "occurrence": "0",
    "size_bytes": "CASE WHEN is_slice THEN 526000 + number % 997 ELSE 1000 + number % 90001 END",
    "packed_bytes": "CASE WHEN is_slice THEN 210000 + number % 8087 ELSE 800 + number % 50021 END",
    "crc32": "hash(number) % 4294967296",
    "content_hash": "md5(CASE WHEN number % 1000 = 18 THEN 'copied' || number % 77 ELSE number::VARCHAR END)",
    "format": """CASE WHEN is_slice THEN 'DICOM' WHEN is_picture THEN 'PNG'
                 WHEN is_broken THEN 'unknown' ELSE 'JSON' END""",
    "role": "CASE WHEN is_slice OR is_picture THEN 'image' WHEN is_broken THEN 'other' ELSE 'sidecar' END",
    "readable": "NOT is_broken",
    "problem_kind": "CASE WHEN is_broken THEN ['unknown-format', 'empty', 'corrupt'][volume % 3 + 1] END",
    "problem": "CASE WHEN is_broken THEN 'No reader knows what begins with these bytes.' END",
    "series_id": f"""CASE WHEN is_slice THEN {_KEY.format("volume")}
                     WHEN is_picture THEN {_KEY.format("-1 - volume")} END""",
    "shape": "CASE WHEN is_slice THEN [512, 512] WHEN is_picture THEN [1024, 768] END",
    "dtype": "CASE WHEN is_slice THEN 'int16' WHEN is_picture THEN 'uint8' END",
    "channels": "CASE WHEN is_slice OR is_picture THEN 1 END",
    "spacing_mm": "CASE WHEN is_slice THEN [0.7, 0.7] END",
    "patient_key": "CASE WHEN is_slice THEN md5('p' || volume % 40009) END",
    "study_key": "CASE WHEN is_slice THEN md5('s' || volume % 60013) END",
    "patient_sex": "CASE WHEN is_slice AND volume % 3 < 2 THEN ['F', 'M'][volume % 2 + 1] END",
    "patient_age_years": "CASE WHEN is_slice AND volume % 4 > 0 THEN 20 + volume % 40009 % 70 END",
    "acquisition_year": "CASE WHEN is_slice THEN 2004 + volume % 20 END",
    "sop_class_uid": "CASE WHEN is_slice THEN '1.2.840.10008.5.1.4.1.1.2' END",
    "sop_instance_uid": "CASE WHEN is_slice THEN '1.2.826.0.1.3680043.8.498.' || hash(number) END",
    "series_uid": "CASE WHEN is_slice THEN '1.2.826.0.1.3680043.8.498.' || hash(volume) END",
    "transfer_syntax_uid": "CASE WHEN is_slice THEN '1.2.840.10008.1.2.1' END",
    "modality_tag": "CASE WHEN is_slice THEN code END",
    "manufacturer": "CASE WHEN is_slice THEN ['SIEMENS', 'GE MEDICAL SYSTEMS', 'Philips'][volume % 3 + 1] END",
    "study_description": "CASE WHEN is_slice THEN 'Protocol ' || volume % 500 END",
    "series_description": "CASE WHEN is_slice THEN 'Axial ' || volume % 900 END",
    "photometric_interpretation": "CASE WHEN is_slice THEN 'MONOCHROME2' END",
    "bits_allocated": "CASE WHEN is_slice THEN 16 END",
    "bits_stored": "CASE WHEN is_slice THEN 12 END",
    "rescale_slope": "CASE WHEN is_slice THEN 1 END",
    "rescale_intercept": "CASE WHEN is_slice AND code = 'CT' THEN -1024 END",
    "value_min": "CASE WHEN is_slice OR is_picture THEN -(number % 1024)::DOUBLE END",
    "value_max": "CASE WHEN is_slice OR is_picture THEN 200 + number % 3000 END",
    "background_share": "CASE WHEN is_slice OR is_picture THEN (number % 800) / 1000 END",
    "pixel_hash": "CASE WHEN is_slice OR is_picture THEN md5('pixels' || number) END",
    "image_position_mm": "CASE WHEN is_slice THEN [-180, -180, place * 2.5] END",
    "image_orientation": "CASE WHEN is_slice THEN [1, 0, 0, 0, 1, 0] END",
    "slice_thickness_mm": "CASE WHEN is_slice THEN 2.5 END",
    "instance_number": "CASE WHEN is_slice THEN place + 1 END",
}

_PICTURES = f"""
SELECT number, number // 2 AS volume, {SLICES} AS place, false AS is_slice, true AS is_picture, false AS is_broken,
       NULL AS code, ['images', 'masks'][number % 2 + 1] AS folder
FROM range($files) AS numbers(number)
"""
_PICTURE_PATH = (
    "'collection.zip!/' || folder || '/case-' || lpad((volume * 7368787 % 10000019)::VARCHAR, 8, '0') || '.png'"
)

# Two series a volume: its slices, and the picture beside them.
_SERIES = f"""
SELECT volume, is_slice, {_MODALITY} AS code, {_FOLDER} AS folder, {_SPLIT} AS split,
       {_KEY.format("CASE WHEN is_slice THEN volume ELSE -1 - volume END")} AS key
FROM range($volumes) AS volumes(volume), (VALUES (true), (false)) AS kinds(is_slice)
"""
_ZONE = "['chest', 'head', 'abdomen', 'spine', 'pelvis'][volume % 5 + 1]"
_SERIES_COLUMNS = {
    "series_id": "key",
    "path": "CASE WHEN is_slice THEN folder ELSE folder || 'overview.png' END",
    "format": "CASE WHEN is_slice THEN 'DICOM' ELSE 'PNG' END",
    "role": "'image'",
    "file_count": f"CASE WHEN is_slice THEN {SLICES} ELSE 1 END",
    "size_bytes": f"CASE WHEN is_slice THEN {SLICES} * 526000 + volume % 997 ELSE 1000 + volume % 90001 END",
    "middle_file_id": "md5('middle' || key)",
    "dimensions": "CASE WHEN is_slice THEN '3D' ELSE '2D' END",
    "shape": f"CASE WHEN is_slice THEN [512, 512, {SLICES}] ELSE [1024, 768] END",
    "dtype": "CASE WHEN is_slice THEN 'int16' ELSE 'uint8' END",
    "channels": "1",
    "spacing_mm": "CASE WHEN is_slice THEN [0.7, 0.7, 2.5] END",
    "orientation": "CASE WHEN is_slice THEN 'axial' END",
    "verdict": "CASE WHEN is_slice THEN 'One even volume.' ELSE 'One picture.' END",
    "single_orientation": "CASE WHEN is_slice THEN true END",
    "consistent_pixel_spacing": "CASE WHEN is_slice THEN true END",
    "uniform_slice_spacing": "CASE WHEN is_slice THEN volume % 30 > 0 END",
    "regularly_spaced_3d_volume": "CASE WHEN is_slice THEN volume % 30 > 0 END",
    "slice_spacing_mm": "CASE WHEN is_slice THEN [0.5, 1, 2.5, 5][volume % 4 + 1] END",
    "missing_slices": "CASE WHEN is_slice THEN (volume % 50 = 0)::BIGINT END",
    "duplicate_positions": "CASE WHEN is_slice THEN 0 END",
    "is_mask": "false",
    "patient_key": "CASE WHEN is_slice THEN md5('p' || volume % 40009) END",
    "study_key": "CASE WHEN is_slice THEN md5('s' || volume % 60013) END",
    "patient_sex": "CASE WHEN is_slice AND volume % 3 < 2 THEN ['F', 'M'][volume % 2 + 1] END",
    "patient_age_years": "CASE WHEN is_slice AND volume % 4 > 0 THEN 20 + volume % 40009 % 70 END",
    "acquisition_year": "CASE WHEN is_slice THEN 2004 + volume % 20 END",
    "manufacturer": "CASE WHEN is_slice THEN ['SIEMENS', 'GE MEDICAL SYSTEMS', 'Philips'][volume % 3 + 1] END",
    "split": "split",
    "label": "['benign', 'malignant', 'normal'][volume % 3 + 1]",
    "modality_tag": "CASE WHEN is_slice THEN code END",
    "modality": "CASE WHEN is_slice THEN code ELSE 'unknown' END",
    "modality_group": """CASE WHEN NOT is_slice THEN 'Unknown'
                         ELSE ['CT', 'MRI', 'CT', 'MRI', 'X-ray', 'Ultrasound'][volume % 6 + 1] END""",
    "modality_confidence": "CASE WHEN is_slice THEN 0.99 END",
    "anatomy_zones": f"CASE WHEN is_slice THEN [{_ZONE}] ELSE [] END",
    "anatomy_confidence": "CASE WHEN is_slice THEN 0.8 END",
}
_CLUE_COLUMNS = {
    "series_id": "key",
    "about": "clue.about",
    "value": "CASE WHEN clue.about = 'modality' THEN code ELSE 'chest' END",
    "strength": "'strong'",
    "because": "'Its header says so, series ' || volume % 900",
    "source": "'tag'",
}
_CLUES = f"FROM ({_SERIES}), (VALUES ('modality'), ('anatomy')) AS clue(about) WHERE is_slice"
_THUMBNAIL_COLUMNS = {
    "series_id": "key",
    # 3.2 kB, and as incompressible as JPEG
    "image": "from_hex(list_aggregate(list_transform(range(200), lambda piece: md5(key || piece)), 'string_agg', ''))",
    "width": "160",
    "height": "160",
}
_THUMBNAILS = f"FROM ({_SERIES})"


def make(folder: Path, files: int) -> dict[str, list[Path]]:
    """The tables of a version of about so many files, before the checks. Returns table name -> its Parquet files."""
    paths = {name: folder / f"{name}.parquet" for name in tables.RECORDS}
    values = {"files": files, "volumes": files // (SLICES + 2)}
    with database.connect(memory_limit_mb=2_000, scratch_dir=folder / "spill") as connection:
        connection.execute("SET preserve_insertion_order = true")
        for name, columns, rows, rows_at_once in (
            ("files", _FILE_COLUMNS, f"FROM ({_FILES})", FILES_AT_ONCE),
            ("series", _SERIES_COLUMNS, f"FROM ({_SERIES})", 2_000),
            ("clues", _CLUE_COLUMNS, _CLUES, _CLUES_AT_ONCE),
            ("thumbnails", _THUMBNAIL_COLUMNS, _THUMBNAILS, _THUMBNAILS_AT_ONCE),
        ):
            write(connection, name, columns, rows, values, paths[name], rows_at_once)
    return {name: [path] for name, path in paths.items()}


def make_scanned(path: Path, files: int, are_pictures: bool = False) -> None:
    """The rows of `files` as a scan leaves them: in no series yet.

    are_pictures: images and their masks, each a file and a series of its own; else volumes, as in make().
    """
    columns = {name: sql for name, sql in _FILE_COLUMNS.items() if name != "series_id"}
    if are_pictures:
        columns["path"] = _PICTURE_PATH
    rows = f"FROM ({_PICTURES if are_pictures else _FILES})"
    values = {"files": files, "volumes": files // (SLICES + 2)}
    with database.connect(memory_limit_mb=2_000, scratch_dir=path.parent / "spill") as connection:
        connection.execute("SET preserve_insertion_order = true")
        write(connection, "files", columns, rows, values, path, _SCANNED_AT_ONCE)


def write(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    rows: str,
    values: Mapping[str, int],
    path: Path,
    rows_at_once: int,
) -> None:
    """columns: name -> SQL over the rows; the others are null."""
    types = tables.sql_types(table)
    selected = ", ".join(f'({columns.get(name, "NULL")})::{types[name]} AS "{name}"' for name in types)
    asked = {name: value for name, value in values.items() if f"${name}" in rows}
    with tables.Writer(table, path) as writer:
        for batch in connection.sql(f"SELECT {selected} {rows}", params=asked).to_arrow_reader(rows_at_once):
            writer.append_batch(batch)


def judge(paths: Mapping[str, list[Path]], scratch: Path) -> None:
    """What the pipeline does after the thumbnails, under the usual cap; says how long each step took, and its peak."""
    with database.connect(Settings().scan_memory_mb, scratch_dir=scratch) as connection:
        for name in ("files", "series", "clues", "thumbnails"):
            database.create_view(connection, name, paths[name])
        ((files, groups),) = connection.execute(
            "SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM series)"
        ).fetchall()
        database.make_room(connection, Settings().scan_memory_mb, files, groups)
        with (
            told("checks"),
            tables.Writer("findings", paths["findings"][0]) as findings,
            tables.Writer("affected", paths["affected"][0]) as affected,
        ):
            findings.append(checks.run(connection, affected))
        for name in ("findings", "affected"):
            database.create_view(connection, name, paths[name])
        with told("findings of every series"):
            checks.mark_series(connection, paths["series"][0])
        with told("findings of every file"):
            checks.mark_files(connection, paths["files"][0])
        with told("index of every series"):
            series_index.write(connection, {name: path for name, (path,) in paths.items()})
        with told("index of all files"):
            file_index.write(connection, paths["files"][0], paths["file_kinds"][0], paths["file_paths"][0])


@contextmanager
def told(step: str) -> Iterator[None]:
    started, worked = time.perf_counter(), time.process_time()
    yield
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter() - started, time.process_time() - worked
    print(f"{wall:7.1f} s, {cpu:.1f} s of processor time, {peak_mib:.0f} MiB at most so far: {step}", flush=True)
