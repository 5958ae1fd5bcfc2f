from pathlib import Path

from biodatamine_core.checks import undecodable_pixels
from biodatamine_core.records import Finding, ProblemKind, Scope, Severity, Thumbnail
from tests.checks.arrange import file, found, series

DRAWN = {"image": b"WebP", "width": 1, "height": 1}
JXL = {"problem_kind": ProblemKind.UNSUPPORTED, "problem": "No decoder reads JPEG XL."}


def one(name: str, **facts: object) -> tuple[object, object, Thumbnail]:
    """A file, its series, and the picture of it."""
    picture = Thumbnail(f"series {name}", **facts)  # type: ignore[arg-type]
    return file(name), series(name, middle_file_id=f"id of {name}"), picture


def test_series_that_cannot_be_drawn_are_told_with_their_reasons(tmp_path: Path) -> None:
    files, listed, pictures = zip(one("a", **JXL), one("b", **JXL), one("c", **DRAWN), strict=True)
    message = "The middle picture of 2 of 3 series cannot be drawn: No decoder reads JPEG XL (2)"
    assert found(undecodable_pixels, tmp_path, files, listed, thumbnails=pictures) == [
        Finding("undecodable-pixels", Severity.WARNING, Scope.SERIES, "unsupported", message, 2, 3, 0, ("a", "b"))
    ]


def test_damage_is_an_error_and_size_a_note(tmp_path: Path) -> None:
    broken = one("a", problem_kind=ProblemKind.CORRUPT, problem="Broken.")
    large = one("b", problem_kind=ProblemKind.TOO_LARGE, problem="Large.")
    files, listed, pictures = zip(broken, large, strict=True)
    findings = found(undecodable_pixels, tmp_path, files, listed, thumbnails=pictures)
    assert [(finding.subject, finding.severity) for finding in findings] == [
        ("corrupt", Severity.ERROR),
        ("too-large", Severity.NOTE),
    ]


def test_rare_reasons_are_summed_up(tmp_path: Path) -> None:
    many = [one(f"s{n}", problem_kind=ProblemKind.CORRUPT, problem=f"Reason {n}.") for n in range(5)]
    files, listed, pictures = zip(*many, strict=True)
    (finding,) = found(undecodable_pixels, tmp_path, files, listed, thumbnails=pictures)
    assert finding.message.endswith("Reason 0 (1); Reason 1 (1); Reason 2 (1); others (2)")


def test_a_file_that_is_known_to_be_cut_has_its_finding_already(tmp_path: Path) -> None:
    _, listed, picture = one("a", **JXL)
    cut = file("a", readable=False, problem_kind=ProblemKind.TRUNCATED)
    assert found(undecodable_pixels, tmp_path, [cut], [listed], thumbnails=[picture]) == []


def test_series_that_nobody_tried_to_draw_could_not_be_judged(tmp_path: Path) -> None:
    (a_file, a_series, picture), (b_file, b_series, _) = one("a", **JXL), one("b")
    (finding,) = found(undecodable_pixels, tmp_path, [a_file, b_file], [a_series, b_series], thumbnails=[picture])
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 1)
