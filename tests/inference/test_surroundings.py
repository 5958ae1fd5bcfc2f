"""What most studies of a dataset name, and what the other series of a study do: evidence beside a series' own words."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from biodatamine_core.inference import Words, label, surroundings_of
from biodatamine_core.inference.surroundings import Consensus, clues_from
from biodatamine_core.records import SeriesRecord
from tests.inference.arrange import series_of
from tests.inference.test_labelling import label_table


def consensus_of(texts: list[tuple[str | None, Words]]) -> Consensus | None:
    return surroundings_of(texts).consensus


def studies_of(*described: str | None) -> list[tuple[str | None, Words]]:
    """One series a study, each with a study description."""
    return [(f"study {number:03}", Words(None, None, None, text, None)) for number, text in enumerate(described)]


@pytest.mark.parametrize(
    ("described", "anatomy"),
    [
        pytest.param(["CT CHEST"] * 5, "chest", id="all of five"),
        pytest.param(["CT CHEST"] * 4, None, id="too few studies"),
        pytest.param(["CT CHEST"] * 8 + ["MR HEAD"] * 2, "chest", id="four of five"),
        pytest.param(["CT CHEST"] * 7 + ["MR HEAD"] * 3, None, id="seven of ten"),
        pytest.param(["CT CHEST"] * 5 + [None] * 95, "chest", id="those that name nothing do not count"),
        pytest.param(["CT CAP"] * 6 + ["CT ABDOMEN"] * 4, "abdomen", id="what is common to wide and narrow studies"),
        pytest.param(["CT ABD/PELVIS"] * 5, "abdomen+pelvis", id="two zones"),
        pytest.param(["FDG PET"] * 9, None, id="what a tracer covers is not named"),
        pytest.param([], None, id="no study"),
        pytest.param(["CT CHEST"] * 5 + ["PET WHOLE BODY"] * 5, "chest", id="a whole body covers what others name"),
        pytest.param(["CT CHEST"] + ["PET WHOLE BODY"] * 4, "whole_body", id="whole bodies, mostly"),
        pytest.param(["CT CHEST"] * 5 + ["PET WHOLE BODY", "MR KNEE"] * 2, None, id="too few cover the chest"),
    ],
)
def test_what_most_studies_name(described: Sequence[str | None], anatomy: str | None) -> None:
    found = consensus_of(studies_of(*described))
    assert (str(found.anatomy) if found else None) == anatomy


def test_a_study_of_many_series_counts_once() -> None:
    large = [("a", Words(f"CHEST {number}", None, None, None, "CT")) for number in range(50)]
    found = consensus_of([*large, *studies_of(*["MR KNEE"] * 5)])
    assert found is not None
    assert str(found.anatomy) == "lower_extremity"


def test_the_clue_says_how_many_studies_agree() -> None:
    around = surroundings_of(studies_of(*["CT CHEST"] * 9, "MR HEAD"))
    (clue,) = clues_from(around, series_of(study_key="x"), [])
    assert (clue.value, clue.source) == ("chest", "dataset")
    assert clue.because == "Of 10 studies here that name a part of the body 9 name chest"


def test_a_picture_in_no_study_is_not_one_of_theirs() -> None:
    around = surroundings_of(studies_of(*["CT CHEST"] * 9))
    assert label(series_of("logo.png", format="PNG"), around=around)[0].anatomy is None


@pytest.mark.parametrize(
    ("text", "page", "anatomy", "evidence"),
    [
        pytest.param("AX 5MM", "", "chest", "dataset", id="where nothing else is said"),
        pytest.param("CT LUNG", "", "lung", "study + dataset", id="beside a text"),
        pytest.param("MR KNEE", "", None, None, id="against its study's text alone nothing is known"),
        pytest.param("MR KNEE", "Knees", "knee", "study + page against dataset", id="against two"),
        pytest.param("AX 5MM", "Chest-CT", "chest", "dataset + page", id="before the page"),
        pytest.param("FDG", "", "chest", "dataset + coverage", id="before what a tracer covers"),
    ],
)
def test_where_the_dataset_stands_among_the_evidence(text: str, page: str, anatomy: str, evidence: str) -> None:
    around = surroundings_of(studies_of(*["CT CHEST"] * 9))
    decided, _ = label(series_of(study_key="x", study_description=text), page, around)
    assert (decided.anatomy, decided.anatomy_evidence) == (anatomy, evidence)


def test_a_series_own_words_stand_against_its_dataset() -> None:
    around = surroundings_of(studies_of(*["CT CHEST"] * 9))
    decided, _ = label(series_of(study_key="x", series_description="MR KNEE"), around=around)
    assert (decided.anatomy, decided.anatomy_evidence) == ("knee", "description against dataset")


@pytest.mark.parametrize(
    ("text", "anatomy", "evidence"),
    [
        pytest.param("AX 5MM", "chest", "majority", id="where nothing else is said"),
        pytest.param("CT LUNG", "lung", "study + majority", id="beside a text"),
        pytest.param("MR KNEE", "knee", "study", id="no contradiction: one of eight names another part anyway"),
    ],
)
def test_a_majority_that_is_not_nearly_all_contradicts_nothing(text: str, anatomy: str, evidence: str) -> None:
    around = surroundings_of(studies_of(*["CT CHEST"] * 7, "MR HEAD"))
    decided, _ = label(series_of(study_key="x", study_description=text), around=around)
    assert (decided.anatomy, decided.anatomy_evidence) == (anatomy, evidence)


def test_the_other_series_of_a_study_are_no_second_voice_against_the_dataset() -> None:
    study = [("a", Words(text, None, None, "MR KNEE", "MR")) for text in ("KNEE AND CHEST", "SAG")]
    around = surroundings_of([*study, *studies_of(*["CT CHEST"] * 9)])
    series = series_of(study_key="a", series_description="SAG", study_description="MR KNEE")
    decided, clues = label(series, around=around)
    assert [clue.source for clue in clues if clue.about == "anatomy"] == ["study", "dataset", "companions"]
    assert decided.anatomy is None


def test_a_tag_that_says_what_the_dataset_does_outvotes_the_study() -> None:
    around = surroundings_of(studies_of(*["CT CHEST"] * 9))
    series = series_of(study_key="x", study_description="MR KNEE", body_part_examined="CHEST")
    decided, _ = label(series, around=around)
    assert (decided.anatomy, decided.anatomy_evidence) == ("chest", "body-part + dataset against study")


@pytest.mark.parametrize(
    ("own", "study", "anatomy", "evidence"),
    [
        pytest.param("AX 5MM", None, "abdomen", "companions", id="where nothing is said of it"),
        pytest.param("AX 5MM", "CT ABDOMEN", "abdomen", "study + companions", id="beside its study"),
        pytest.param("CT KNEE", None, "knee", "description", id="never against it"),
        pytest.param("LIVER", None, "liver", "description", id="what it says itself is no other's word"),
    ],
)
def test_other_series_of_a_study_speak_for_it(own: str, study: str | None, anatomy: str, evidence: str) -> None:
    around = surroundings_of(("s", Words(text, None, None, study, "CT")) for text in ("LIVER", own))
    decided, _ = label(series_of(study_key="s", series_description=own, study_description=study), around=around)
    assert (decided.anatomy, decided.anatomy_evidence) == (anatomy, evidence)


def test_a_series_speaks_of_no_other_study() -> None:
    around = surroundings_of(
        [("s", Words("LIVER", None, None, None, "CT")), ("s", Words("AX", None, None, None, "CT"))]
    )
    assert label(series_of(study_key="another", series_description="AX"), around=around)[0].anatomy is None


def test_a_table_is_labelled_with_what_its_own_studies_have_in_common(tmp_path: Path) -> None:
    def series(number: int, text: str | None) -> SeriesRecord:
        key = f"{number:02}"
        return series_of(f"{key}/", series_id=key, study_key=f"study {key}", study_description=text)

    rows, clues = label_table([*(series(number, "CT CHEST") for number in range(6)), series(6, None)], tmp_path)
    assert [row.anatomy_zones for row in rows] == [("chest",)] * 7
    assert [clue.source for clue in clues if clue.series_id == "06"] == ["dataset"]


def tagged(*modalities: str) -> list[tuple[str | None, Words]]:
    """One series a study, each with a Modality tag."""
    return [(f"study {number:03}", Words(None, None, None, None, tag)) for number, tag in enumerate(modalities)]


@pytest.mark.parametrize(
    ("others", "modality"),
    [
        pytest.param(tagged(*["CT"] * 5), "CT", id="others are of it too"),
        pytest.param([], "CT", id="nothing is known of others"),
        pytest.param(tagged(*["CT"] * 9, "MR"), "CT", id="nearly all are of it"),
        pytest.param(tagged(*["CT"] * 3, "MR"), "unknown", id="a quarter is of another"),
        pytest.param(tagged("MR"), "unknown", id="all are of another"),
        pytest.param(studies_of(*["MRI BRAIN"] * 3), "unknown", id="texts name another"),
        pytest.param(tagged("CT", "SEG", "SR", "RTSTRUCT"), "CT", id="what is made from images does not count"),
    ],
)
def test_the_page_names_the_modality_of_no_series_among_others_of_another(
    others: list[tuple[str | None, Words]], modality: str
) -> None:
    picture = series_of(format="PNG", path="1.png")
    found, clues = label(picture, "Computed tomography of the head", surroundings_of(others))
    assert found.modality == modality
    assert "page" in [clue.source for clue in clues if clue.about == "modality"]


def test_a_series_of_its_own_modality_is_not_asked_for_what_others_are() -> None:
    found, clues = label(series_of(modality_tag="PT"), "Computed tomography of the head", surroundings_of(tagged("MR")))
    assert found.modality == "PT"
    assert "dataset" not in [clue.source for clue in clues]
