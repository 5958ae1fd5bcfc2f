from pathlib import Path

from biodatamine_core.checks import tag_contradicts_text
from biodatamine_core.records import Clue, Finding, Scope, SeriesRecord, Severity, Strength
from tests.checks.arrange import found, series, unread


def said(of: SeriesRecord, **values: str) -> list[Clue]:
    """Clues about anatomy: `body_part="chest", description="abdomen:liver"`."""
    return [
        Clue(of.series_id, "anatomy", value, Strength.MEDIUM, "because", source.replace("_", "-"))
        for source, value in values.items()
    ]


def test_tag_that_names_another_zone_than_the_text_is_found(tmp_path: Path) -> None:
    wrong, right = series("a/"), series("b/")
    clues = [
        *said(wrong, body_part="chest", description="lower_extremity:knee"),
        *said(right, body_part="chest", description="chest+abdomen"),
    ]
    message = (
        "1 of 2 series names another part of the body in BodyPartExamined than in the description: "
        "chest against lower extremity (1)"
    )
    assert found(tag_contradicts_text, tmp_path, series=[wrong, right], clues=clues) == [
        Finding("tag-contradicts-text", Severity.WARNING, Scope.SERIES, "BodyPartExamined", message, 1, 2, 0, ("a/",))
    ]


def test_neighbours_and_a_whole_body_are_no_contradiction(tmp_path: Path) -> None:
    listed = [series("a/"), series("b/")]
    clues = [
        *said(listed[0], body_part="spine", description="chest"),
        *said(listed[1], body_part="whole_body", description="head"),
    ]
    assert found(tag_contradicts_text, tmp_path, series=listed, clues=clues) == []


def test_series_that_lacks_one_of_the_two_is_not_judged(tmp_path: Path) -> None:
    wrong, silent, cut = series("a/"), series("b/"), series("cut/")
    clues = [
        *said(wrong, body_part="head", description="pelvis"),
        *said(silent, body_part="head"),
        *said(cut, body_part="head", description="pelvis"),
    ]
    (finding,) = found(tag_contradicts_text, tmp_path, [unread(cut)], [wrong, silent, cut], clues)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 2)
