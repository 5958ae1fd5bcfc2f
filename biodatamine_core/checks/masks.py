"""Which images are masks, and which image each belongs to: by role, and by the names that datasets give them."""

from typing import TYPE_CHECKING

from biodatamine_core.checks.tally import READ_SERIES

if TYPE_CHECKING:
    import duckdb

_SPLIT = "(?:(?:train|training|val|valid|validation|test|testing)[_-])?"
_MASK_WORDS = "masks?|labels?|segmentations?|segs?|gts?|ground_?truths?|annotations?"
_IMAGE_WORDS = "images?|imgs?|scans?|volumes?"
_MASK_SUFFIX = "[_-](?:masks?|segs?|segmentations?|dseg|labels?|gt|ground_?truth)"
_MASK_FOLDER = f"(?:^|/){_SPLIT}(?:{_MASK_WORDS})(?:tr|ts|val)?/[^/]*$"

IS_MASK = f"""(role = 'segmentation' OR regexp_matches(lower(path), '{_MASK_FOLDER}')
    OR regexp_matches(lower(path), '{_MASK_SUFFIX}([.][a-z0-9]+)+$'))"""
"""SQL: a mask by its header, by its folder (labelsTr/, masks/), or by the end of its name (case_mask.png)."""

# images*/case_0000.nii.gz (nnU-Net's channel) and labels*/case.nii.gz get one key: "*tr/case".
_FOLDER = f"""regexp_replace(
    regexp_extract(lower(path), '^(.*/)?', 0),
    '(^|/)({_SPLIT})(?:{_MASK_WORDS}|{_IMAGE_WORDS})(tr|ts|val)?/$', '\\1\\2*\\3/'
)"""
_STEM = f"""regexp_replace(regexp_replace(regexp_replace(
    regexp_extract(lower(path), '[^/]*$', 0), '([.][a-z0-9]+)+$', ''), '{_MASK_SUFFIX}$', ''), '^mask[_-]', ''
)"""

_PAIRABLE = f"""
CREATE OR REPLACE TEMP TABLE pairable AS
SELECT *, folder || if(is_mask OR NOT contains(folder, '*'), stem, regexp_replace(stem, '_[0-9]{{4}}$', '')) AS name
FROM (
    SELECT series_id, path, shape, spacing_mm, middle_file_id, is_read, {IS_MASK} AS is_mask,
           {_FOLDER} AS folder, {_STEM} AS stem
    FROM {READ_SERIES} WHERE NOT ends_with(path, '/') AND role IN ('image', 'segmentation')
)
"""
# case_flair.nii.gz belongs to case_seg.nii.gz: where no mask has the whole name, the last word may be a sequence.
_PAIRED = """
CREATE OR REPLACE TEMP TABLE paired AS
SELECT image.series_id AS image_id, coalesce(exact.series_id, shorter.series_id) AS mask_id
FROM (SELECT * FROM pairable WHERE NOT is_mask) AS image
LEFT JOIN (SELECT name, min(series_id) AS series_id FROM pairable WHERE is_mask GROUP BY name) AS exact USING (name)
LEFT JOIN (SELECT name, min(series_id) AS series_id FROM pairable WHERE is_mask GROUP BY name) AS shorter
    ON shorter.name = regexp_replace(image.name, '[_-][^_/-]*$', '')
"""


def pair(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make the temporary tables `pairable` (series of one file: is_mask, folder) and `paired` (image_id, mask_id).

    mask_id is null where an image has none. Only the names decide: a mask beside its image, or in a folder beside.
    """
    connection.execute(_PAIRABLE)
    connection.execute(_PAIRED)


def forget(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute("DROP TABLE paired")
    connection.execute("DROP TABLE pairable")
