"""Pair a mask of one file (NIfTI, NRRD) with the folder of DICOM slices on whose grid it lies."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

PLACE_MM = 0.1
"""Places within 0.1 mm are equal: headers are rounded."""
MOST_SERIES_ALIKE = 16
"""A mask that lies on the grid of more series of one patient says nothing about any of them."""

# A grid by its size, its centre and the three ways from its centre to its faces, in millimetres, RAS: the same however
# a converter turned the axes round. DICOM lies in LPS, its slices where their positions say.
_STACKS = """
CREATE OR REPLACE TEMP TABLE series_stacks AS
WITH slices AS (
    SELECT series_id, image_position_mm AS place, image_orientation AS turn, list_dot_product(
        image_position_mm[1:3],
        array_cross_product(image_orientation[1:3]::DOUBLE[3], image_orientation[4:6]::DOUBLE[3])::DOUBLE[]
    ) AS along
    FROM read_parquet($files)
    WHERE format = 'DICOM' AND len(image_position_mm) = 3 AND len(image_orientation) = 6
), ends AS (
    SELECT series_id, arg_min(place, along) AS first, arg_max(place, along) AS last, any_value(turn) AS turn
    FROM slices GROUP BY series_id HAVING count(*) > 1
), halves AS (
    SELECT series.series_id, series.path, patient_key, shape[1:3] AS size, first, last, [
        list_transform([1, 2, 3], lambda i: turn[i] * spacing_mm[1] * (shape[1] - 1) / 2),
        list_transform([1, 2, 3], lambda i: turn[3 + i] * spacing_mm[2] * (shape[2] - 1) / 2),
        list_transform([1, 2, 3], lambda i: (last[i] - first[i]) / 2)
    ] AS halves
    FROM read_parquet($series) AS series JOIN ends USING (series_id)
    WHERE role = 'image' AND len(shape) >= 3 AND len(spacing_mm) >= 2
)
SELECT series_id, path, patient_key, size,
    list_transform(halves, lambda half: list_transform([1, 2, 3], lambda i: half[i] * [-1, -1, 1][i])) AS halves,
    list_transform([1, 2, 3], lambda i:
        ((first[i] + last[i]) / 2 + halves[1][i] + halves[2][i]) * [-1, -1, 1][i]) AS centre
FROM halves
"""
_MASKS = """
CREATE OR REPLACE TEMP TABLE series_mask_grids AS
WITH halves AS (
    SELECT series_id, path, size, affine_ras, list_transform([1, 2, 3], lambda axis:
        list_transform([1, 2, 3], lambda i: affine_ras[4 * i - 4 + axis] * (size[axis] - 1) / 2)) AS halves
    FROM series_pairable
    WHERE is_mask AND is_one_file AND len(affine_ras) = 16 AND len(size) = 3
        AND series_id NOT IN (SELECT mask_id FROM series_masks)
)
SELECT series_id, path, size, halves,
    list_transform([1, 2, 3], lambda i: affine_ras[4 * i] + halves[1][i] + halves[2][i] + halves[3][i]) AS centre
FROM halves
"""


def _near(one: str, other: str) -> str:
    return f"list_bool_and(list_transform([1, 2, 3], lambda i: abs({one}[i] - {other}[i]) <= {PLACE_MM}))"


_IS_SAME_AXIS = f"""(
    {_near("pair[1]", "pair[2]")}
    OR {_near("pair[1]", "list_transform(pair[2], lambda step: -step)")}
)"""
_FOLDERS = "string_split({path}, '/')[:-2]"
# Of several on one grid the nearest by folder, and only where they are of one patient.
_PAIRED = f"""
INSERT INTO series_masks
SELECT image_id, mask_id, path FROM (
    SELECT image.series_id AS image_id, mask.series_id AS mask_id, mask.path, image.patient_key, len(list_filter(
        range(1, 1 + len({_FOLDERS.format(path="mask.path")})),
        lambda n: {_FOLDERS.format(path="mask.path")}[:n] = {_FOLDERS.format(path="image.path")}[:n]
    )) AS shared
    FROM (SELECT *, unnest([-1, 0, 1]) + floor(centre[3])::BIGINT AS height FROM series_mask_grids) AS mask
    JOIN (SELECT *, floor(centre[3])::BIGINT AS height FROM series_stacks) AS image USING (size, height)
    WHERE {_near("mask.centre", "image.centre")}
        AND list_bool_and(list_transform(list_zip(mask.halves, image.halves), lambda pair: {_IS_SAME_AXIS}))
    QUALIFY shared = max(shared) OVER (PARTITION BY mask_id)
)
QUALIFY count(DISTINCT coalesce(patient_key, '')) OVER (PARTITION BY mask_id) = 1
    AND count(*) OVER (PARTITION BY mask_id) <= {MOST_SERIES_ALIKE}
"""


def join(connection: "duckdb.DuckDBPyConnection", files: Path, series: Path) -> None:
    """Give masks without an image one: rows more in the table series_masks. series_pairable: as masks.py makes it."""
    connection.execute(_MASKS)
    if connection.execute("SELECT series_id FROM series_mask_grids LIMIT 1").fetchone():
        connection.execute(_STACKS, {"files": str(files), "series": str(series)})
        connection.execute(_PAIRED)
