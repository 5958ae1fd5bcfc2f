"""Images with text in their pixels, or of a kind that often has it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "burned-in-annotation"
EXPLANATION = Explanation(
    title="Text burned into the pixels",
    why="Burned-in text can be the patient's name, which no cleaning of headers removes. It can also be a side marker "
    "or a measurement that gives the answer away.",
    what_to_do="Look at the examples before you share them. Mask the text, or leave these images out.",
)

_DICOM = f"{IMAGES} AND format = 'DICOM'"
_SAYS = "upper(burned_in_annotation)"
# Secondary captures (PS3.4 B.5) are screenshots and scanned films; an ultrasound writes on its own picture.
_OFTEN_WRITTEN_ON = """(
    sop_class_uid = '1.2.840.10008.5.1.4.1.1.7' OR starts_with(sop_class_uid, '1.2.840.10008.5.1.4.1.1.7.')
    OR modality_tag = 'US'
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """What the tag says, and where it is silent though text is likely."""
    stated = tally(connection, READ_FILES, _DICOM, f"{_SAYS} = 'YES'", judged=f"{_SAYS} IN ('YES', 'NO')")
    if stated.count:
        has = "says" if stated.count == 1 else "say"
        images = counted(stated.looked_at, "DICOM image")
        message = f"{stated.count:,} of {images} {has} that text is burned into the pixels (BurnedInAnnotation is YES)"
        yield stated.finding(CODE, Severity.WARNING, Scope.FILE, "stated", message)
    silent = tally(
        connection, READ_FILES, f"{_DICOM} AND {_OFTEN_WRITTEN_ON}", f"{_SAYS} IS NULL OR {_SAYS} NOT IN ('YES', 'NO')"
    )
    if silent.count:
        do_not_say = "does not say that its" if silent.count == 1 else "do not say that their"
        images = counted(
            silent.looked_at, "ultrasound image or secondary capture", "ultrasound images and secondary captures"
        )
        message = f"{silent.count:,} of {images} {do_not_say} pixels are free of text"
        yield silent.finding(CODE, Severity.NOTE, Scope.FILE, "not stated", message)
