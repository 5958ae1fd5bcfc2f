from pathlib import Path

from biodatamine_core.checks import series_contradicts_study
from biodatamine_core.records import Clue, Finding, Scope, Severity, Strength
from tests.checks.arrange import found, series


def said(series_id: str, source: str, value: str) -> Clue:
    return Clue(series_id, "anatomy", value, Strength.MEDIUM, "because", source)


def test_series_that_names_another_part_than_its_study_is_found(tmp_path: Path) -> None:
    knee, brain, alone = series("a/"), series("b/"), series("c/")
    clues = [
        said(knee.series_id, "description", "lower_extremity:knee"),
        said(knee.series_id, "study", "head:brain"),
        said(brain.series_id, "description", "head"),
        said(brain.series_id, "study", "head:brain"),
        said(alone.series_id, "study", "head:brain"),
    ]
    message = "1 of 2 series names another part of the body than its study does: lower extremity against head (1)"
    assert found(series_contradicts_study, tmp_path, series=[knee, brain, alone], clues=clues) == [
        Finding(
            "series-contradicts-study", Severity.WARNING, Scope.SERIES, "StudyDescription", message, 1, 2, 1, ("a/",)
        )
    ]


def test_the_tag_is_no_text_of_the_study(tmp_path: Path) -> None:
    one = series("a/")
    clues = [said(one.series_id, "description", "head"), said(one.series_id, "body-part", "pelvis")]
    assert found(series_contradicts_study, tmp_path, series=[one], clues=clues) == []


def test_the_second_text_of_a_series_speaks_with_the_first(tmp_path: Path) -> None:
    one = series("a/")
    clues = [
        said(one.series_id, "description", "abdomen:liver"),
        said(one.series_id, "description", "chest"),
        said(one.series_id, "study", "chest"),
    ]
    assert found(series_contradicts_study, tmp_path, series=[one], clues=clues) == []
