"""Which series are masks, and of which image: the one rule that tables, checks and viewer share."""

from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import tables
from biodatamine_core.records import Watcher
from biodatamine_core.series import mask_grids
from biodatamine_core.series.mask_grids import PLACE_MM

if TYPE_CHECKING:
    import duckdb

MOST_IMAGES_AROUND = 16
"""A folder with more images holds several cases: a mask without a name of its own does not say whose it is."""
MOST_MASKS_AROUND = 256
"""A mask a structure is usual, up to about a hundred of them."""
_BATCH_SERIES = 4_096

_SPLIT = "(?:(?:train|training|val|valid|validation|test|testing)[_-])?"
_MASK_WORDS = "masks?|labels?|segmentations?|segs?|gts?|ground_?truths?|annotations?"
_IMAGE_WORDS = "images?|imgs?|scans?|volumes?"
_MASK_SUFFIX = "[_-](?:masks?|segs?|segmentations?|dseg|labels?|gt|ground_?truth)"
_MASK_PATHS = (
    f"(?:^|/){_SPLIT}(?:{_MASK_WORDS})(?:tr|ts|val)?/[^/]*$",  # labelsTr/case.nii.gz, masks/case.png
    f"{_MASK_SUFFIX}([.][a-z0-9]+)+$",  # case_mask.png
    f"(?:^|/)(?:{_MASK_WORDS})([.][a-z0-9]+)+$",  # case/mask.nii.gz
    "(?:^|/)sub-[^/]*_roi([.][a-z0-9]+)+$",  # BIDS derivatives
)
_IS_NAMED_MASK = " OR ".join(f"regexp_matches(lower(path), '{words}')" for words in _MASK_PATHS)
IS_MASK = f"(role = 'segmentation' OR {_IS_NAMED_MASK})"
"""SQL, of files and of series: a mask by its header, its folder or its name."""
MOST_LEVELS = 32
"""Of the whole numbers from 0 to 64 that level_count is about; images of so dark a range use more of them."""
LEAST_FLAT = 0.8
"""Areas of ten pixels across have it. Noise has not, nor has an image drawn eight times as large."""
# Of whole series alone: the first and last slices of a stack are nearly black, and may look like labels.
_IS_LABEL_MAP = f"""coalesce(
    format <> 'DICOM' AND coalesce(channels, 1) = 1
    AND level_count BETWEEN 2 AND {MOST_LEVELS} AND flat_share >= {LEAST_FLAT}, false)"""

# images/case.png and masks/case.png get one folder, "*/"; imagesTr and labelsTr "*tr/".
FOLDER = f"""regexp_replace(
    regexp_extract(lower(path), '^(.*/)?', 0),
    '(^|/)({_SPLIT})(?:{_MASK_WORDS}|{_IMAGE_WORDS})(tr|ts|val)?/$', '\\1\\2*\\3/'
)"""
"""SQL: the folder of `path`, its word for images or masks replaced by a star."""
STEM = f"""regexp_replace(regexp_replace(regexp_replace(
    regexp_extract(lower(path), '[^/]*$', 0), '([.][a-z0-9]+)+$', ''), '{_MASK_SUFFIX}$', ''), '^mask[_-]', ''
)"""
"""SQL: the name of `path` without its ending and without what says that it is a mask."""
# Beside a mask that names no case, or beside its folder: ct.nii.gz and segmentations/liver.nii.gz.
_HOME = f"regexp_replace(regexp_extract(lower(path), '^(.*/)?', 0), '(^|/)(?:{_MASK_WORDS})/$', '\\1')"
# The same subject and session of one dataset, its derivatives among it.
_SUBJECT = r"""nullif(concat_ws('|',
    nullif(regexp_extract(lower(path), '(?:^|/)(sub-[a-z0-9]+)_[^/]*$', 1), ''),
    nullif(regexp_extract(lower(path), '_(ses-[a-z0-9]+)_[^/]*$', 1), '')
), '') || '|' || regexp_extract(lower(path), '^(.*?)(?:derivatives/|sub-)', 1)"""

_ARE_THERE = f"""
SELECT 1 FROM read_parquet($series) WHERE role IN ('image', 'segmentation') AND ({IS_MASK} OR {_IS_LABEL_MAP}) LIMIT 1
"""
_PAIRABLE = f"""
CREATE OR REPLACE TEMP TABLE series_pairable AS
SELECT *, ({IS_MASK} OR {_IS_LABEL_MAP}) AS is_mask,
       {FOLDER} AS folder, {STEM} AS stem, {_HOME} AS home, {_SUBJECT} AS subject
FROM (
    SELECT series.series_id, series.path, series.role, series.series_uid, series.shape[1:3] AS size,
           series.format, series.channels, series.level_count, series.flat_share,
           files.frame_of_reference_uid, files.referenced_series_uids, files.affine_ras,
           NOT ends_with(series.path, '/') AS is_one_file
    FROM read_parquet($series) AS series
    LEFT JOIN read_parquet($files) AS files ON files.file_id = series.middle_file_id
    WHERE series.role IN ('image', 'segmentation')
)
"""
_SAME_GRID = f"""image.size = mask.size AND coalesce(
    list_bool_and(list_transform(list_zip(image.affine_ras, mask.affine_ras),
        lambda pair: abs(pair[1] - pair[2]) <= {PLACE_MM})),
    image.affine_ras IS NULL AND mask.affine_ras IS NULL)"""

# By reference: what a DICOM segmentation was drawn on; else what its positions can be compared with.
_REFERRED = """
CREATE OR REPLACE TEMP TABLE series_masks AS
SELECT image.series_id AS image_id, mask.series_id AS mask_id, mask.path
FROM (SELECT *, unnest(referenced_series_uids) AS uid FROM series_pairable WHERE is_mask) AS mask
JOIN series_pairable AS image ON image.series_uid = mask.uid AND NOT image.is_mask
"""
_SAME_FRAME = """
INSERT INTO series_masks
SELECT image.series_id, mask.series_id, mask.path
FROM series_pairable AS mask JOIN series_pairable AS image USING (frame_of_reference_uid)
WHERE mask.role = 'segmentation' AND NOT image.is_mask AND mask.series_id NOT IN (SELECT mask_id FROM series_masks)
"""
# By name: the image's own; without nnU-Net's channel (case_0000.nii.gz); without its last word (case_flair.nii.gz).
_NAMED = """
INSERT INTO series_masks
SELECT image_id, mask_id, path FROM (
    SELECT image.series_id AS image_id, mask.series_id AS mask_id, mask.path, image.level
    FROM (
        SELECT series_id, unnest([0, 1, 2]) AS level, unnest([
            folder || stem,
            CASE WHEN contains(folder, '*') THEN folder || regexp_replace(stem, '_[0-9]{4}$', '') END,
            folder || regexp_replace(stem, '[_-][^_-]*$', '')
        ]) AS name
        FROM series_pairable WHERE is_one_file AND NOT is_mask
    ) AS image
    JOIN (
        SELECT *, folder || stem AS name FROM series_pairable WHERE is_one_file AND is_mask
            AND series_id NOT IN (SELECT mask_id FROM series_masks)
    ) AS mask USING (name)
    QUALIFY image.level = min(image.level) OVER (PARTITION BY image.series_id)
)
"""
# By the grid: of the same BIDS subject, or of the only case around.
_ALIKE = f"""
INSERT INTO series_masks
SELECT image.series_id, mask.series_id, mask.path
FROM (
    SELECT * FROM series_pairable WHERE is_one_file AND is_mask AND {{place}} IS NOT NULL
        AND series_id NOT IN (SELECT mask_id FROM series_masks)
    QUALIFY count(*) OVER (PARTITION BY {{place}}) <= {MOST_MASKS_AROUND}
) AS mask
JOIN (
    SELECT * FROM series_pairable WHERE is_one_file AND NOT is_mask AND {{place}} IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY {{place}}) <= {MOST_IMAGES_AROUND}
) AS image USING ({{place}})
WHERE {_SAME_GRID}
"""
_RULES = (_REFERRED, _SAME_FRAME, _NAMED, _ALIKE.format(place="subject"), _ALIKE.format(place="home"))

_JOINED = """
SELECT coalesce(series_pairable.is_mask, false), belonging.ids
FROM read_parquet($series, file_row_number = true) AS series
LEFT JOIN series_pairable USING (series_id)
LEFT JOIN (
    SELECT image_id AS series_id, list(mask_id ORDER BY path, mask_id) AS ids
    FROM (SELECT DISTINCT * FROM series_masks) GROUP BY image_id
) AS belonging USING (series_id)
ORDER BY file_row_number
"""


def write(
    connection: "duckdb.DuckDBPyConnection", files: Path, series_in: Path, series_out: Path, watcher: Watcher | None
) -> None:
    """Copy `series`, row by row in its order, with is_mask and mask_series_ids filled.

    The rules are tried in turn; a mask that one of them gave an image is not asked by the next.
    """
    import pyarrow.parquet as pq

    named = {"series": str(series_in)}
    has_masks = connection.execute(_ARE_THERE, named).fetchone() is not None
    if has_masks:
        connection.execute(_PAIRABLE, named | {"files": str(files)})
        for rule in _RULES:
            connection.execute(rule)
        mask_grids.join(connection, files, series_in)
        connection.execute(_JOINED, named)
    with tables.Writer("series", series_out) as writer, pq.ParquetFile(series_in, pre_buffer=False) as grouped:
        for batch in grouped.iter_batches(batch_size=_BATCH_SERIES):
            if watcher is not None:
                watcher.check()
            rows = connection.fetchmany(batch.num_rows) if has_masks else [(False, None)] * batch.num_rows
            columns = dict(zip(("is_mask", "mask_series_ids"), zip(*rows, strict=True), strict=True))
            writer.append_batch(tables.with_columns("series", batch, columns))
    for table in ("series_pairable", "series_masks", "series_mask_grids", "series_stacks"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")  # of millions of series they would fill the cap
