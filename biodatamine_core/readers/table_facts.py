"""Tables beside images: what the rows of a metadata.csv say of the files, and of the patients, that they name."""

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from biodatamine_core.readers.bids_facts import SEXES, age_years
from biodatamine_core.records import Member, Pseudonym
from biodatamine_core.vocabulary import split_words

MOST_BYTES = 32 << 20
MOST_ROWS = 200_000
"""A larger table is not joined: the finding table-not-joined."""
_HEADER_BYTES = 1 << 16
"""Of a table that is too large only the names of its columns are read."""
NAME_PARTS = 3
"""A file is known by its name and up to two folders above it: train/patient1/view1.jpg."""
IMAGE_ENDING = (
    r"\.(png|jpe?g|tiff?|bmp|gif|webp|svs|dcm|dicom|nii|nrrd|nhdr|mha|mhd|mgz|mgh|mnc|hdr|img|npy|npz|mp4|avi)(\.gz)?$"
)
_IMAGE_NAME = re.compile(IMAGE_ENDING, re.IGNORECASE)
_LOOKED_AT_ROWS = 100
_LONGEST_TEXT = 64

# Names of columns, in small letters, their words apart: "PatientID" and "patient_id" are "patient id".
_FILE = (
    "filename", "file name", "image filename", "image file", "image name", "image path", "file path", "filepath",
    "path", "image", "file", "image index", "image id", "img id", "img", "id",
)  # fmt: skip
_PATIENT = ("patient id", "patientid", "patient", "subject id", "subjectid", "subject", "pid")
_SEX = ("sex", "gender", "patient sex", "patient gender")
_AGE = ("age", "patient age", "age years", "age in years", "age approx")
_SAYING = (
    "modality", "imaging modality", "image modality", "body part", "bodypart", "body part examined", "anatomy",
    "anatomical region", "body region", "organ", "view", "view position", "projection",
)  # fmt: skip
_AGE_TEXT = re.compile(r"0*(\d+(?:\.\d+)?\+?)\s*(?:y|yrs?|years?)?", re.IGNORECASE)


def of_table(member: Member, pseudonym: Pseudonym) -> dict[str, Any]:
    """The columns row_* of FileRecord, one entry a row, and participant_* where rows are of patients; {} for others.

    A table that is too large to be joined states only which limit it is over.

    Names and ids are not kept: files are known by a key of their name, patients by their patient_key.
    """
    data = member.read(0, MOST_BYTES + 1)
    is_too_large = len(data) > MOST_BYTES
    text = data[: _HEADER_BYTES if is_too_large else None].decode("utf-8-sig", "replace")
    first_line = text[: max(text.find("\n"), 0)]
    lines = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first_line.count))
    try:
        names = [" ".join(split_words(name)) for name in next(lines, [])]
        if len(names) < 2 or not _is_worth_joining(names):
            return {}
        if is_too_large:
            return {"table_limit": "bytes"}
        rows = list(islice(lines, MOST_ROWS + 1))
    except (csv.Error, ValueError):
        return {}
    if len(rows) > MOST_ROWS:
        return {"table_limit": "rows"}
    rows = [[value.strip() for value in row] for row in rows if len(row) == len(names)]
    return _of_rows(names, rows, pseudonym) if rows else {}


def name_key(name: str) -> str:
    """The key of a file by its path's last parts, without the image's ending; series/ computes the same in SQL."""
    parts = _IMAGE_NAME.sub("", name.replace("\\", "/")).lower().strip("/").split("/")
    return hashlib.sha256("/".join(parts[-NAME_PARTS:]).encode()).hexdigest()[:16]


def _is_worth_joining(names: Sequence[str]) -> bool:
    """Whether a column speaks of patients or of what images show."""
    return any(name in wanted for wanted in (_PATIENT, _SEX, _AGE, _SAYING) for name in names)


def _of_rows(names: Sequence[str], rows: Sequence[Sequence[str]], pseudonym: Pseudonym) -> dict[str, Any]:
    at = {wanted: _column(names, wanted) for wanted in (_PATIENT, _SEX, _AGE)}
    saying = {name: names.index(name) for name in _SAYING if name in names}
    patients = [_patient(_value(row, at[_PATIENT]), pseudonym) for row in rows]
    sexes = [SEXES.get(_value(row, at[_SEX]).lower()) for row in rows]
    ages = [_age(_value(row, at[_AGE])) for row in rows]
    facts: dict[str, Any] = {}
    file_at = _file_column(names, rows)
    if file_at is not None:
        facts = {
            "row_files": tuple(name_key(row[file_at]) for row in rows),
            "row_patients": tuple(patients),
            "row_sexes": tuple(sexes),
            "row_ages_years": tuple(ages),
            "row_says": tuple(_says(row, saying) for row in rows),
        }
    known = [number for number, key in enumerate(patients) if key is not None and (sexes[number] or ages[number])]
    if known:
        facts["participant_keys"] = tuple(patients[number] for number in known)
        facts["participant_sexes"] = tuple(sexes[number] for number in known)
        facts["participant_ages_years"] = tuple(ages[number] for number in known)
    return facts


def _file_column(names: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The column that names files: by its values' endings, else by its name, else the first where no value repeats."""
    seen = rows[:_LOOKED_AT_ROWS]
    ended = [sum(_IMAGE_NAME.search(row[place]) is not None for row in seen) for place in range(len(names))]
    if max(ended) * 2 > len(seen):
        return ended.index(max(ended))
    named = _column(names, _FILE)
    if named is not None:
        return named
    first = [row[0] for row in rows]
    return 0 if all(first) and len(set(first)) == len(first) else None


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _value(row: Sequence[str], place: int | None) -> str:
    return "" if place is None else row[place]


def _patient(identifier: str, pseudonym: Pseudonym) -> str | None:
    return pseudonym(identifier) if identifier else None


def _age(text: str) -> float | None:
    """ "34", "058Y", "50+", "34 years" """
    match = _AGE_TEXT.fullmatch(text)
    return age_years(match[1]) if match else None


def _says(row: Sequence[str], saying: Mapping[str, int]) -> str | None:
    """ "modality: CT; body part: chest" """
    told = {name: "".join(c for c in row[place] if c.isprintable() and c != ";") for name, place in saying.items()}
    return "; ".join(f"{name}: {value}" for name, value in told.items() if 0 < len(value) <= _LONGEST_TEXT) or None
