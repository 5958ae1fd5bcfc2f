"""Corrections as documents: nothing is changed, nothing is lost, and only what can be right is taken."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from biodatamine_core import corrections, storage
from biodatamine_core.errors import InvalidCorrection, NotFound, UnreadableContent
from biodatamine_core.records import Applies, Correction, Role
from biodatamine_core.storage import Storage
from tests.inference.arrange import series_of
from tests.seaweed import Seaweed

PREFIX = "workspaces/w/datasets/d/"


@pytest.fixture(params=[pytest.param("local", id="local folder"), pytest.param("s3", id="S3")])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        seaweed: Seaweed = request.getfixturevalue("seaweed")
        return storage.connect(seaweed.address(), tmp_path / "state")
    return storage.connect(str(tmp_path / "store"), tmp_path / "state")


def set_folder(store: Storage, value: str, folder: str = "a/", by: str = "ana") -> Correction:
    return corrections.add(store, PREFIX, by, "modality", value, Applies.FOLDER, folder, "seen by eye")


def test_what_was_set_is_read_again_with_who_and_when(store: Storage) -> None:
    made = set_folder(store, "CT")
    assert corrections.read(store, PREFIX) == [made]
    assert (made.by, made.value, made.note, made.at_utc[-1]) == ("ana", "CT", "seen by eye", "Z")


def test_many_writers_at_once_lose_nothing(store: Storage) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: set_folder(store, "CT", f"{n}/", f"writer {n}"), range(16)))
    assert corrections.read(store, PREFIX) == sorted(made, key=lambda one: one.id)


def test_a_withdrawn_correction_stays_on_record_and_names_who_was_first(store: Storage) -> None:
    made, other = set_folder(store, "CT"), set_folder(store, "MR", "b/")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda by: corrections.withdraw(store, PREFIX, by, made.id), ["ben", "cleo"]))
    withdrawn, stands = corrections.read(store, PREFIX)
    assert withdrawn.withdrawn_by in ("ben", "cleo") and withdrawn.withdrawn_at_utc is not None
    corrections.withdraw(store, PREFIX, "dan", made.id)
    assert corrections.read(store, PREFIX) == [withdrawn, stands]
    assert corrections.standing([withdrawn, stands]) == [other]


def test_what_is_not_there_cannot_be_withdrawn(store: Storage) -> None:
    with pytest.raises(NotFound, match="nothing was withdrawn"):
        corrections.withdraw(store, PREFIX, "ana", "20260101T000000000000Z-00000000")


def test_of_two_for_the_same_series_the_newer_stands(store: Storage) -> None:
    older, newer, other = set_folder(store, "CT"), set_folder(store, "MR"), set_folder(store, "US", "b/")
    assert corrections.standing([older, newer, other]) == [newer, other]


@pytest.mark.parametrize(
    ("about", "value", "key", "note", "said"),
    [
        pytest.param("modality", "XR9", "a/", "", "is no modality", id="no DICOM code"),
        pytest.param("anatomy", "chst", "a/", "", "no part of the body", id="no zone"),
        pytest.param("anatomy", "chest:liver", "a/", "", "no part of the body", id="no region of that zone"),
        pytest.param("colour", "red", "a/", "", "cannot be corrected", id="about something else"),
        pytest.param("modality", "CT", "", "", "nothing was set", id="for nothing"),
        pytest.param("modality", "CT", "a/", "x" * 501, "500 are kept", id="a long note"),
    ],
)
def test_what_cannot_be_right_is_refused(
    tmp_path: Path, about: str, value: str, key: str, note: str, said: str
) -> None:
    store = storage.LocalStorage(tmp_path)
    with pytest.raises(InvalidCorrection, match=said):
        corrections.add(store, PREFIX, "ana", about, value, Applies.FOLDER, key, note)
    assert corrections.read(store, PREFIX) == []


def test_a_damaged_document_is_told_and_not_passed_over(tmp_path: Path) -> None:
    store = storage.LocalStorage(tmp_path)
    store.put(f"{PREFIX}corrections/x.json", b"{")
    with pytest.raises(UnreadableContent, match=r"corrections/x\.json"):
        corrections.read(store, PREFIX)


def test_a_document_says_only_what_was_true_when_it_was_written(tmp_path: Path) -> None:
    store = storage.LocalStorage(tmp_path)
    made = set_folder(store, "CT")
    document = json.loads(store.read(f"{PREFIX}corrections/{made.id}.json").data)
    assert document == {name: said for name, said in asdict(made).items() if not name.startswith("withdrawn")}


def test_without_corrections_a_version_is_known_as_its_scan(tmp_path: Path) -> None:
    store = storage.LocalStorage(tmp_path)
    one, other = set_folder(store, "CT"), set_folder(store, "MR", "b/")
    assert corrections.identity("scan", []) == "scan"
    assert corrections.identity("scan", [one, other]) == corrections.identity("scan", [other, one])
    assert len({corrections.identity("scan", said) for said in ([], [one], [other], [one, other])}) == 4


def test_a_series_is_meant_by_itself_its_descriptions_and_the_folders_around_it() -> None:
    series = series_of("a.zip!/p1/ct/", series_uid="1.2", series_description="Thorax", study_description="Staging")
    assert [*corrections.keys_of(series)] == [
        (Applies.SERIES_UID, "1.2"),
        (Applies.SERIES_DESCRIPTION, "Thorax"),
        (Applies.STUDY_DESCRIPTION, "Staging"),
        (Applies.FOLDER, "a.zip!/p1/ct/"),
        (Applies.FOLDER, "a.zip!/p1/"),
        (Applies.FOLDER, "a.zip!/"),
    ]


@pytest.mark.parametrize(
    "facts", [pytest.param({"role": Role.SEGMENTATION}, id="segmentation"), pytest.param({"is_mask": True}, id="mask")]
)
def test_what_is_said_of_a_folder_does_not_mean_the_masks_in_it(facts: dict[str, object]) -> None:
    assert [*corrections.keys_of(series_of("a/mask.nii", **facts))] == [(Applies.PATH, "a/mask.nii")]
