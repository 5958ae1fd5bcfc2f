"""Patients with images in training and in test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.series.paths import SPLITS
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "patient-in-several-splits"
EXPLANATION = Explanation(
    title="Patients in more than one split",
    why="Two images of one person are alike. With one in training and one in test the network is asked about somebody "
    "it knows, and every score is too good.",
    what_to_do="Split by patient: move all images of a patient into one split, before you compare any number.",
)

# A BIDS subject is known by its folder, so that train/sub-01 and test/sub-01 would be two: take the split's name out.
_FOLDER = "|".join(SPLITS)
_SUBJECT = f"""
CASE WHEN format = 'DICOM' THEN patient_key
     WHEN regexp_matches(path, '(^|/)sub-[A-Za-z0-9]+[/_]')
     THEN regexp_replace(
         regexp_extract(path, '^(.*?(?:^|/)sub-[A-Za-z0-9]+)[/_]', 1), '(?i)(^|/)({_FOLDER})/', '\\1*/', 'g')
     ELSE patient_key END"""
_SPLIT = f"""(
    SELECT *, count(DISTINCT split) OVER (PARTITION BY subject) AS splits
    FROM (SELECT *, {_SUBJECT} AS subject FROM {READ_SERIES})
)"""
_IN_SPLITS = f"{IMAGES} AND split IS NOT NULL"


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    row = connection.execute(
        f"""SELECT count(DISTINCT subject) FILTER (splits > 1), count(DISTINCT subject),
                   list_sort(list_distinct(list(split) FILTER (splits > 1)))
            FROM {_SPLIT} WHERE {_IN_SPLITS} AND is_read AND subject IS NOT NULL"""
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    patients, all_patients, splits = row
    if patients:
        found = tally(connection, _SPLIT, _IN_SPLITS, "splits > 1", judged="subject IS NOT NULL")
        verb = "has" if patients == 1 else "have"
        message = (
            f"{patients:,} of {counted(all_patients, 'patient')} {verb} images in more than one split: "
            f"{', '.join(splits)}; {counted(found.count, 'series', 'series')} in all"
        )
        yield found.finding(CODE, Severity.ERROR, Scope.SERIES, ", ".join(splits), message)
