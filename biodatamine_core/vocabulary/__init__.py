"""Words and codes for modality and anatomy: CSV tables, each row with its source. Knows no file and no record."""

from biodatamine_core.vocabulary.anatomy import (
    ZONES,
    Anatomy,
    anatomy,
    body_part,
    coded_region,
    together,
    zone_name,
)
from biodatamine_core.vocabulary.modalities import (
    MODALITY_GROUPS,
    OTHER_GROUP,
    SopClass,
    is_modality,
    modality_group,
    modality_name,
    sop_class,
)

__all__ = [
    "MODALITY_GROUPS",
    "OTHER_GROUP",
    "ZONES",
    "Anatomy",
    "SopClass",
    "anatomy",
    "body_part",
    "coded_region",
    "is_modality",
    "modality_group",
    "modality_name",
    "sop_class",
    "together",
    "zone_name",
]
