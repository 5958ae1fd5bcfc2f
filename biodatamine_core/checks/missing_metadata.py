"""What headers leave out that a training needs: one finding a tag, with its rate."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted, percent

if TYPE_CHECKING:
    import duckdb

CODE = "missing-metadata"
EXPLANATION = Explanation(
    title="Header fields that are missing",
    why="Without positions no volume can be stacked, without an intercept no CT has Hounsfield units. Without sex and "
    "age nobody can see a bias.",
    what_to_do="Look for the values beside the images, in a table or on the dataset's page. Leave out what needs them "
    "and has none, and check that missing does not go with the label.",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One header field. applies: SQL over `files`, where it is to be expected. missing: SQL, where it is not there."""

    tag: str
    severity: Severity
    applies: str
    missing: str


_DICOM = "format = 'DICOM'"
_SLICED = f"{_DICOM} AND modality_tag IN ('CT', 'MR', 'PT')"
_NIFTI = "format = 'NIfTI'"

WANTED = (
    Wanted("Modality", Severity.WARNING, _DICOM, "modality_tag IS NULL"),
    Wanted(
        "ImagePositionPatient",
        Severity.WARNING,
        _SLICED,
        "image_position_mm IS NULL AND frame_positions_mm IS NULL",
    ),
    Wanted("RescaleIntercept", Severity.WARNING, f"{_DICOM} AND modality_tag = 'CT'", "rescale_intercept IS NULL"),
    Wanted("PatientSex", Severity.NOTE, _DICOM, "patient_sex IS NULL"),
    Wanted("PatientAge", Severity.NOTE, _DICOM, "patient_age_years IS NULL"),
    Wanted("BodyPartExamined", Severity.NOTE, _DICOM, "body_part_examined IS NULL AND anatomic_region IS NULL"),
    Wanted("Manufacturer", Severity.NOTE, _DICOM, "manufacturer IS NULL"),
    Wanted("NIfTI affine", Severity.WARNING, _NIFTI, "affine_ras IS NULL"),
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """What could not be read is not judged: it is missing as a whole."""
    for wanted in WANTED:
        found = tally(connection, READ_FILES, f"{IMAGES} AND {wanted.applies}", wanted.missing)
        if found.count:
            images = counted(found.looked_at, "NIfTI file" if wanted.applies == _NIFTI else "DICOM image")
            share = percent(found.count, found.looked_at)
            message = f"{wanted.tag} is missing in {share} of {images} that should state it"
            yield found.finding(CODE, wanted.severity, Scope.FILE, wanted.tag, message)
