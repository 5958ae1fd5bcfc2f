"""Files whose Modality tag says one thing and whose SOP class another: a screenshot called CT."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core import vocabulary
from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import IMAGES, READ_SERIES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "sop-class-contradicts-modality"
EXPLANATION = Explanation(
    title="SOP class and modality disagree",
    why="A secondary capture called CT is a screenshot: its values are grey levels, not Hounsfield units, and it often "
    "has text in it. Where the SOP class names another modality, one of the two was set by hand.",
    what_to_do="Look at the examples. Leave screenshots out of a training on scans.",
)

_SCANNED_GROUPS = ("CT", "MRI", "PET/NM", "Mammography", "Ultrasound", "X-ray")
"""Modality groups whose images come from a scanner, with a SOP class of their own."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    pairs = connection.execute(
        f"""SELECT DISTINCT sop_class_uid, modality_tag FROM series
            WHERE {IMAGES} AND sop_class_uid IS NOT NULL AND modality_tag IS NOT NULL ORDER BY ALL"""
    ).fetchall()
    for uid, tag in pairs:
        kind = vocabulary.sop_class(uid)
        if kind is None or not _contradicts(kind, tag):
            continue
        found = tally(
            connection,
            READ_SERIES,
            f"{IMAGES} AND format = 'DICOM'",
            "sop_class_uid = $sop_class AND modality_tag = $modality",
            judged="sop_class_uid IS NOT NULL AND modality_tag IS NOT NULL",
            values={"sop_class": uid, "modality": tag},
        )
        if found.count:
            verb = "says" if found.count == 1 else "say"
            base = f"{found.count:,} of {counted(found.looked_at, 'DICOM series', 'DICOM series')}"
            message = f'{base} {verb} Modality {tag}, but the SOP class is "{kind.name}"'
            yield found.finding(CODE, Severity.WARNING, Scope.SERIES, f"{tag}, {kind.name}", message)


def _contradicts(kind: vocabulary.SopClass, tag: str) -> bool:
    """Whether the two cannot both be. A tag that is no code of DICOM says nothing, and is not quoted either."""
    group = vocabulary.modality_group(tag)
    if not vocabulary.is_modality(tag):
        return False
    if kind.modality:
        return vocabulary.modality_group(kind.modality) != group
    return "Secondary Capture" in kind.name and group in _SCANNED_GROUPS
