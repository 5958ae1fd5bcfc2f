"""What BIDS sidecars say of images: the allow-listed fields of a JSON file, the sex and age in participants.tsv."""

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from biodatamine_core.readers.interface import HEAD_BYTES
from biodatamine_core.records import Member, Pseudonym

_MOST_JSON_BYTES = 1 << 20
_MOST_TABLE_BYTES = 32 << 20
_MOST_PARTICIPANTS = 500_000
_LONGEST_TEXT = 1024
_TEXTS = {
    "Modality": "modality_tag", "BodyPartExamined": "body_part_examined", "SeriesDescription": "series_description",
    "ProtocolName": "protocol_name", "Manufacturer": "manufacturer", "ManufacturersModelName": "manufacturer_model",
    "SequenceName": "sequence_name", "ContrastBolusIngredient": "contrast_agent",
}  # fmt: skip
_LISTS = {"ImageType": "image_type", "ScanningSequence": "scanning_sequence", "SequenceVariant": "sequence_variant"}
_NUMBERS = {
    "MagneticFieldStrength": ("magnetic_field_strength_t", 1.0), "EchoTime": ("echo_time_ms", 1000.0),
    "RepetitionTime": ("repetition_time_ms", 1000.0), "InversionTime": ("inversion_time_ms", 1000.0),
    "FlipAngle": ("flip_angle_deg", 1.0),
}  # fmt: skip
"""Field, its column and what its unit (tesla; seconds) is multiplied by."""
SEXES = {"m": "M", "male": "M", "f": "F", "female": "F", "o": "O", "other": "O"}
_SUBJECT = re.compile(r"(?:sub-)?([A-Za-z0-9]+)")
_OLDEST, _OLDEST_POSSIBLE = 90.0, 130.0


def of_json(member: Member, head: bytes) -> dict[str, Any]:
    """The columns of FileRecord that the file fills; {} where it is no sidecar of an image, or too long for one."""
    text = head if len(head) < HEAD_BYTES else member.read(0, _MOST_JSON_BYTES + 1)
    if len(text) > _MOST_JSON_BYTES or not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return {}
    try:
        stated = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(stated, Mapping):
        return {}
    facts: dict[str, Any] = {column: _text(stated.get(field)) for field, column in _TEXTS.items()}
    facts |= {column: _number(stated.get(field), factor) for field, (column, factor) in _NUMBERS.items()}
    facts["patient_sex"] = SEXES.get(str(stated.get("PatientSex", "")).strip().lower())
    facts |= {column: _words(stated.get(field)) for field, column in _LISTS.items()}
    return {column: value for column, value in facts.items() if value is not None}


def of_participants(member: Member, pseudonym: Pseudonym) -> dict[str, Any]:
    """Sex and age of every row, under the patient_key of the subject's images; the ids are not kept."""
    text = member.read(0, _MOST_TABLE_BYTES).decode("utf-8-sig", "replace")
    folder = member.path[: member.path.rfind("/") + 1]
    keys, sexes, ages = [], [], []
    rows = csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row, _ in zip(rows, range(_MOST_PARTICIPANTS), strict=False):
        stated = {str(name).strip().lower(): str(value or "").strip() for name, value in row.items()}
        subject = _SUBJECT.fullmatch(stated.get("participant_id", ""))
        if subject is not None:
            keys.append(pseudonym(f"{folder}sub-{subject[1]}"))
            sexes.append(SEXES.get((stated.get("sex") or stated.get("gender") or "").lower()))
            ages.append(age_years(stated.get("age", "")))
    if not keys:
        return {}
    return {
        "participant_keys": tuple(keys),
        "participant_sexes": tuple(sexes),
        "participant_ages_years": tuple(ages),
    }


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return "".join(c for c in value[:_LONGEST_TEXT] if c.isprintable()).strip() or None


def _words(value: object) -> tuple[str, ...] | None:
    """A list of texts; dcm2niix joins the values of one element with an underscore: "GR_IR"."""
    if isinstance(value, str):
        value = value.replace("\\", "_").split("_")
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        return None
    return tuple(word[:_LONGEST_TEXT] for word in value[:20] if word) or None


def _number(value: object, factor: float) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return round(float(value) * factor, 6) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


def age_years(text: str) -> float | None:
    """Years, 90 and over as 90, as in DICOM; "89+" is 89."""
    try:
        age = float(text.rstrip("+"))
    except ValueError:
        return None
    return min(age, _OLDEST) if 0 <= age <= _OLDEST_POSSIBLE else None
