"""DICOM modality codes, the groups people think in, and what a SOP class implies."""

from dataclasses import dataclass
from functools import cache

from biodatamine_core.vocabulary.rows import rows

UNKNOWN_GROUP = "Unknown"
OTHER_GROUP = "Other"
MODALITY_GROUPS = (
    "CT",
    "MRI",
    "X-ray",
    "Mammography",
    "Ultrasound",
    "PET/NM",
    "Optical",
    "Microscopy",
    OTHER_GROUP,
    UNKNOWN_GROUP,
)


@dataclass(frozen=True, slots=True)
class SopClass:
    """One kind of DICOM object. role: image, segmentation, object or index. modality: None where any may be."""

    uid: str
    name: str
    role: str
    modality: str | None


@cache
def modality_group(code: str | None) -> str:
    """The group of a DICOM modality code: Unknown without a code, Other outside the big groups."""
    if code is None or code.strip().lower() in ("", "unknown"):
        return UNKNOWN_GROUP
    return _modalities().get(code.strip().upper(), {}).get("group", OTHER_GROUP)


def modality_name(code: str) -> str:
    """What a person reads: "MR" -> "Magnetic resonance"; a code that the table does not hold stays as it is."""
    return _modalities().get(code, {}).get("name", code)


def modality_shows(code: str) -> str | None:
    """The anatomy that a modality always shows: "MG" -> "breast"; None where it may show anything."""
    return _modalities().get(code, {}).get("shows") or None


def modalities() -> tuple[str, ...]:
    """All codes, by group in the order of MODALITY_GROUPS."""
    return tuple(sorted(_modalities(), key=lambda code: (MODALITY_GROUPS.index(modality_group(code)), code)))


def is_modality(code: str) -> bool:
    """Is this a code of DICOM's list, current or retired?"""
    return code in _modalities()


def sop_class(uid: str | None) -> SopClass | None:
    """What DICOM says about a SOP class UID; None where the table does not hold it."""
    return _sop_classes().get(uid) if uid else None


@cache
def _modalities() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows("modalities")}


@cache
def _sop_classes() -> dict[str, SopClass]:
    return {
        row["uid"]: SopClass(row["uid"], row["name"], row["role"], row["modality"] or None)
        for row in rows("sop_classes")
    }
