"""Find numbered pictures that are the slices of one stack: neighbours look alike, pictures far apart less so.

Pictures with masks of their own stay single ones: they are trained on one by one. So do pictures in colour, and those
of a scan that read headers only.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from biodatamine_core.records import Dimensions, FileRecord
from biodatamine_core.series import verdict
from biodatamine_core.series.masks import FOLDER, IS_MASK, STEM
from biodatamine_core.series.shapes import Shape, sizes
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

    from biodatamine_core.series.geometry import Floats

SCRATCH_COLUMNS = ("fingerprint",)
"""Columns of a file that serve this alone: the published table does not have them filled."""
FEWEST_PICTURES, MOST_PICTURES = 8, 2_000
"""Fewer prove nothing; more are no one stack."""
MOST_NUMBERS_A_PICTURE = 1.25
"""Of the numbers from the first to the last most must be there."""
ALIKE_BY = 0.1
"""How much better neighbours must correlate than shuffled pairs, as for the pages of a TIFF."""
UNBROKEN_SHARE = 0.97
"""So many neighbours must be nearer to what neighbours usually are than to what shuffled pairs are: with several
patients in a row the last slice of one and the first of the next are not."""
_BATCH = 4_096
_NUMBER = re.compile(r"(\d+)\D*$")
_FRAME_WORDS = re.compile(r"(?<![a-z])(frames?|cine|videos?|clips?)[\W_\d]*$", re.IGNORECASE)

_NUMBERED = "CREATE OR REPLACE TEMP TABLE series_numbered (file_row_number BIGINT, stack VARCHAR)"
_ARE_THERE = "SELECT 1 FROM read_parquet($files) WHERE fingerprint IS NOT NULL LIMIT 1"
_PICTURES = f"""
CREATE OR REPLACE TEMP TABLE series_pictures AS
SELECT file_row_number, hash(parts.head, parts.tail, shape, dtype, occurrence) AS run,
    TRY_CAST(parts.number AS BIGINT) AS number
FROM (
    SELECT *, regexp_extract(path, '^(.*?)([0-9]+)([^0-9]*)$', ['head', 'number', 'tail']) AS parts
    FROM read_parquet($files, file_row_number = true)
    WHERE fingerprint IS NOT NULL AND frames IS NULL AND len(shape) = 2
)
WHERE number IS NOT NULL AND NOT {IS_MASK}
"""
_RUNS = f"""
CREATE OR REPLACE TEMP TABLE series_runs AS
SELECT run FROM series_pictures GROUP BY run
HAVING count(*) BETWEEN {FEWEST_PICTURES} AND {MOST_PICTURES}
    AND max(number) - min(number) + 1 BETWEEN count(*) AND {MOST_NUMBERS_A_PICTURE} * count(*)
"""
_MASKED = f"""
DELETE FROM series_runs WHERE run IN (
    SELECT run FROM (
        SELECT run, {FOLDER} || {STEM} AS name
        FROM series_pictures SEMI JOIN series_runs USING (run)
        JOIN read_parquet($files, file_row_number = true) USING (file_row_number)
    ) SEMI JOIN (
        SELECT {FOLDER} || {STEM} AS name FROM read_parquet($files) WHERE len(shape) = 2 AND {IS_MASK}
    ) USING (name)
)
"""
_IN_ORDER = """
SELECT run, fingerprint
FROM series_pictures SEMI JOIN series_runs USING (run)
JOIN read_parquet($files, file_row_number = true) USING (file_row_number)
ORDER BY run, number
"""
_INSERTED = """
INSERT INTO series_numbered
SELECT file_row_number, 'numbered/' || run FROM series_pictures WHERE run IN (SELECT unnest($runs::UBIGINT[]))
"""


def join(connection: "duckdb.DuckDBPyConnection", files: Path) -> None:
    """Make the table series_numbered: the pictures that are slices, and what those of one stack share."""
    named = {"files": str(files)}
    connection.execute(_NUMBERED)
    if connection.execute(_ARE_THERE, named).fetchone() is None:
        return
    connection.execute(_PICTURES, named)
    connection.execute(_RUNS)
    connection.execute(_MASKED, named)
    rows = connection.execute(_IN_ORDER, named)
    runs = [run for run, alike in groupby(_fetched(rows), key=lambda row: row[0]) if are_slices([p for _, p in alike])]
    connection.execute(_INSERTED, {"runs": runs})
    connection.execute("DROP TABLE series_pictures")


def are_slices(fingerprints: Sequence[bytes]) -> bool:
    """Whether pictures in the order of their numbers are slices: scan.fingerprint's bytes, those all alike left out."""
    looks = np.array([np.frombuffer(one, np.uint8) for one in fingerprints], dtype=np.float64)
    looks -= looks.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(looks, axis=1)
    looks = looks[lengths > 0] / lengths[lengths > 0, None]
    if len(looks) < FEWEST_PICTURES:
        return False
    near = _neighbours(looks)
    far = float(np.median(_neighbours(np.random.default_rng(0).permutation(looks))))
    usual = float(np.median(near))
    return usual > far + ALIKE_BY and float(np.mean(near > (usual + far) / 2)) >= UNBROKEN_SHARE


def shape_of_pictures(files: Sequence[FileRecord]) -> Shape:
    """What the pictures of one stack are: slices, unless their name or folder says frames."""
    in_order = tuple(sorted(files, key=lambda file: (number_of(file.path), file.path)))
    first, count = in_order[0], len(in_order)
    folder, _, name = first.path.rpartition("/")
    told = f"{counted(count, 'numbered picture')}; neighbours look alike"
    if _FRAME_WORDS.search(folder) or _FRAME_WORDS.search(name.rpartition(".")[0]):
        return Shape(
            files=in_order,
            dimensions=Dimensions.RECORDING,
            shape=sizes(first, 1, count),
            verdict=f"2D+t, a recording of {counted(count, 'frame')}: {told}, and they are called frames",
            spacing_mm=first.spacing_mm,
            varies_by="time",
        )
    what = verdict.stack(Dimensions.VOLUME, count, 1, first.spacing_mm)
    return Shape(
        files=in_order,
        dimensions=Dimensions.VOLUME,
        shape=sizes(first, count, 1),
        verdict=verdict.sentence(what, [f"{told}, as slices do; how far apart they lie is not stated"]),
        spacing_mm=first.spacing_mm,
    )


def number_of(path: str) -> int:
    """The last number in a path, by which numbered pictures are in order; 0 where there is none."""
    found = _NUMBER.search(path)
    return int(found[1]) if found else 0


def _neighbours(looks: "Floats") -> "Floats":
    """(n - 1,) correlations of each picture with the next; looks: (n, fields), centred and of length 1."""
    return np.asarray(np.einsum("ij,ij->i", looks[:-1], looks[1:]), dtype=np.float64)


def _fetched(rows: "duckdb.DuckDBPyConnection") -> Iterator[tuple[int, bytes]]:
    while batch := rows.fetchmany(_BATCH):
        yield from batch
