"""Images whose compression threw detail away."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "lossy-compression"
EXPLANATION = Explanation(
    title="Lossy compression",
    why="Lossy compression smooths fine texture and leaves blocks. Where one class or one site is compressed and "
    "another is not, a network tells them apart by that.",
    what_to_do="Ask for the originals where texture matters. Check that compression does not go with the label or the "
    "split.",
)

LOSSY_SYNTAXES = (
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
    "1.2.840.10008.1.2.4.100",  # MPEG-2, MPEG-4 and HEVC
    "1.2.840.10008.1.2.4.101",
    "1.2.840.10008.1.2.4.102",
    "1.2.840.10008.1.2.4.103",
    "1.2.840.10008.1.2.4.104",
    "1.2.840.10008.1.2.4.105",
    "1.2.840.10008.1.2.4.106",
    "1.2.840.10008.1.2.4.107",
    "1.2.840.10008.1.2.4.108",
)
"""Transfer syntaxes that always lose something. JPEG 2000 may: only the tag tells. Source: DICOM PS3.5 A.4."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """DICOM says it, by tag or by transfer syntax; a JPEG file is lossy by nature, a PNG does not tell what it was."""
    syntaxes = ", ".join(f"'{uid}'" for uid in LOSSY_SYNTAXES)
    dicom = tally(
        connection,
        READ_FILES,
        f"{IMAGES} AND format = 'DICOM'",
        f"lossy_image_compression = '01' OR transfer_syntax_uid IN ({syntaxes})",
        judged="lossy_image_compression IS NOT NULL OR transfer_syntax_uid IS NOT NULL",
    )
    if dicom.count:
        verb = "is" if dicom.count == 1 else "are"
        message = f"{dicom.count:,} of {counted(dicom.looked_at, 'DICOM image')} {verb} compressed with losses"
        yield dicom.finding(CODE, Severity.WARNING, Scope.FILE, "DICOM", message)
    pictures = tally(connection, READ_FILES, f"{IMAGES} AND format IN ('PNG', 'JPEG', 'BMP', 'GIF')", "format = 'JPEG'")
    if pictures.count:
        verb = "is a JPEG file" if pictures.count == 1 else "are JPEG files"
        message = f"{pictures.count:,} of {counted(pictures.looked_at, 'picture')} {verb}, compressed with losses"
        yield pictures.finding(CODE, Severity.NOTE, Scope.FILE, "JPEG", message)
