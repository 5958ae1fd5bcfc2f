"""Join what lies beside images to them: sidecars by the BIDS inheritance principle, participants.tsv by the subject."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

FACTS = (
    "modality_tag", "body_part_examined", "series_description", "protocol_name", "manufacturer", "image_type",
    "patient_sex", "scanning_sequence", "sequence_variant", "sequence_name", "repetition_time_ms", "echo_time_ms",
    "inversion_time_ms", "flip_angle_deg", "contrast_agent",
)  # fmt: skip
"""Columns that a JSON sidecar fills for the images that it describes, where they do not say it themselves."""

_IMAGE_ENDING = r"\.(nii|hdr|nrrd|nhdr|mha|mhd|mgh|mgz|mnc|head|par|mif)(\.gz)?$"
_SIDECAR_ENDING = r"\.(json|bval|bvec)(\.gz)?$"
_STEM = "regexp_replace(regexp_extract(path, '[^/]*$'), '{ending}', '', 'i')"
_FOLDER = "regexp_extract(path, '^(.*/)?[^/]*$', 1)"

# BIDS 1.10, "The Inheritance Principle": a sidecar describes the images of its suffix, in its folder and below, whose
# names have all of its entities; the nearest one wins. Outside BIDS: only the image of its own name in its own folder.
_DESCRIBES = f"""
CREATE OR REPLACE TEMP TABLE series_describes AS
WITH files AS (
    SELECT file_row_number, path, format, role FROM read_parquet('{{files}}', file_row_number = true)
), sidecars AS (
    SELECT file_row_number AS sidecar, format, {_FOLDER} AS folder,
        string_split({_STEM.format(ending=_SIDECAR_ENDING)}, '_') AS words
    FROM files WHERE format IN ('bval', 'bvec') OR (format = 'JSON' AND role = 'sidecar')
), images AS (
    SELECT file_row_number AS image, {_FOLDER} AS own_folder,
        string_split({_STEM.format(ending=_IMAGE_ENDING)}, '_') AS words, words[1] LIKE 'sub-%' AS is_bids
    FROM files WHERE role IN ('image', 'segmentation') AND (SELECT count(*) FROM sidecars) > 0
), places AS (
    SELECT *, unnest(CASE WHEN is_bids THEN list_transform(
        range(0, len(string_split(own_folder, '/'))),
        lambda n: array_to_string(string_split(own_folder, '/')[1:n], '/') || CASE WHEN n > 0 THEN '/' ELSE '' END
    ) ELSE [own_folder] END) AS folder
    FROM images
)
SELECT sidecar, image, sidecars.format, length(folder) * 1000 + len(sidecars.words) AS nearness
FROM places JOIN sidecars USING (folder)
WHERE sidecars.words[-1] = places.words[-1] AND list_has_all(places.words, sidecars.words)
    AND (is_bids OR sidecars.words = places.words)
"""

_DESCRIBED = f"""
CREATE OR REPLACE TEMP TABLE series_described AS
SELECT image AS file_row_number, bool_or(describes.format IN ('bval', 'bvec')) AS has_gradients,
    {", ".join(f"arg_max({name}, nearness) FILTER ({name} IS NOT NULL) AS {name}" for name in FACTS)}
FROM series_describes AS describes
JOIN read_parquet('{{files}}', file_row_number = true) AS files ON files.file_row_number = describes.sidecar
GROUP BY image
"""

_PARTICIPANTS = """
CREATE OR REPLACE TEMP TABLE series_participants AS
SELECT patient_key, any_value(sex) AS sex, any_value(age_years) AS age_years
FROM (
    SELECT unnest(participant_keys) AS patient_key, unnest(participant_sexes) AS sex,
        unnest(participant_ages_years) AS age_years
    FROM read_parquet('{files}') WHERE participant_keys IS NOT NULL
)
GROUP BY patient_key
"""


def join(connection: "duckdb.DuckDBPyConnection", files: Path) -> None:
    """Make the tables series_describes (sidecar, image), series_described (facts by image) and series_participants."""
    quoted = str(files).replace("'", "''")
    for statement in (_DESCRIBES, _DESCRIBED, _PARTICIPANTS):
        connection.execute(statement.replace("{files}", quoted))
