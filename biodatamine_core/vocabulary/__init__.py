"""Words and codes for modality and anatomy: CSV tables, each row with its source. Knows no file and no record."""

from biodatamine_core.vocabulary.anatomy import (
    ZONES,
    Anatomy,
    anatomies,
    anatomy,
    body_part,
    coded_region,
    is_anatomy,
    region_name,
    together,
    zone_name,
)
from biodatamine_core.vocabulary.bids import BidsSuffix, bids_suffix
from biodatamine_core.vocabulary.modalities import (
    MODALITY_GROUPS,
    OTHER_GROUP,
    SopClass,
    is_modality,
    modalities,
    modality_group,
    modality_name,
    modality_shows,
    sop_class,
)
from biodatamine_core.vocabulary.remembering import forget_texts, remembered
from biodatamine_core.vocabulary.weightings import (
    contrast_name,
    contrast_said,
    contrasts,
    sequence_name,
    sequence_said,
    sequences,
)
from biodatamine_core.vocabulary.words import Found, find_words, split_words

__all__ = [
    "MODALITY_GROUPS",
    "OTHER_GROUP",
    "ZONES",
    "Anatomy",
    "BidsSuffix",
    "Found",
    "SopClass",
    "anatomies",
    "anatomy",
    "bids_suffix",
    "body_part",
    "coded_region",
    "contrast_name",
    "contrast_said",
    "contrasts",
    "find_words",
    "forget_texts",
    "is_anatomy",
    "is_modality",
    "modalities",
    "modality_group",
    "modality_name",
    "modality_shows",
    "region_name",
    "remembered",
    "sequence_name",
    "sequence_said",
    "sequences",
    "sop_class",
    "split_words",
    "together",
    "zone_name",
]
