"""What sidecars say: allow-listed fields of a JSON file, sex and age in participants.tsv, no identifier."""

import json
from typing import Any

import pytest

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Mode, Pseudonym
from tests.builders import member_of, nifti

PSEUDONYM = Pseudonym(b"test")


def inspect(data: bytes, path: str) -> FileRecord:
    return readers.inspect(member_of(data, path), PSEUDONYM, Mode.FULL)


def test_a_sidecar_gives_its_allow_listed_fields_and_no_identifier() -> None:
    stated = {
        "Modality": "MR", "Manufacturer": "Siemens", "MagneticFieldStrength": 3, "EchoTime": 0.0293,
        "ImageType": ["ORIGINAL", "PRIMARY"], "PatientSex": "f", "BodyPartExamined": "BRAIN", "ProtocolName": "rest",
        "PatientName": "Doe^Jane", "PatientBirthDate": "1980-01-01", "InstitutionName": "Somewhere",
    }  # fmt: skip
    record = inspect(json.dumps(stated).encode(), "ds/sub-01/func/sub-01_bold.json")
    assert (record.modality_tag, record.manufacturer, record.magnetic_field_strength_t) == ("MR", "Siemens", 3.0)
    assert (record.echo_time_ms, record.image_type, record.patient_sex) == (29.3, ("ORIGINAL", "PRIMARY"), "F")
    assert not any(secret in repr(record) for secret in ("Doe", "1980", "Somewhere"))


@pytest.mark.parametrize(
    "text",
    [
        b"[1, 2]", b"{", b'{"Modality": {"a": 1}, "EchoTime": "fast", "ImageType": [1]}', b"{" * 50_000,
        b'{"EchoTime": 1e999}', b'{"EchoTime": NaN}', b"[" * 100_000, b'{"a": ' + b"[" * 60_000,
    ],
    ids=range(8),
)  # fmt: skip
def test_other_json_says_nothing_and_harms_nothing(text: bytes) -> None:
    record = inspect(text, "a.json")
    assert (record.format, record.modality_tag, record.echo_time_ms) == ("JSON", None, None)


def test_participants_are_known_by_the_key_of_their_images() -> None:
    table = "participant_id\tage\tsex\tname\nsub-01\t34\tM\tJane\nsub-02\t95\tfemale\tJ\nsub-03\tn/a\tn/a\tJ\n"
    record = inspect(table.encode(), "d.zip!/ds/participants.tsv")
    keys = [inspect(nifti(), f"d.zip!/ds/sub-0{n}/anat/sub-0{n}_T1w.nii").patient_key for n in (1, 2, 3)]
    assert record.participant_keys == tuple(keys)
    assert record.participant_sexes == ("M", "F", None)
    assert record.participant_ages_years == (34.0, 90.0, None)
    assert "sub-" not in repr(record) and "Jane" not in repr(record)


@pytest.mark.parametrize("table", ["", "id\tage\n1\t2\n", "participant_id\n../x\n", "participant_id\tage\n\t3\n"])
def test_a_table_without_participants_says_nothing(table: str) -> None:
    found: Any = inspect(table.encode() or b"\n", "participants.tsv")
    assert (found.format, found.participant_keys) == ("TSV", None)
