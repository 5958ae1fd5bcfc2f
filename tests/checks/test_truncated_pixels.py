from pathlib import Path

from biodatamine_core.checks import truncated_pixels, unreadable_file
from biodatamine_core.records import Finding, ProblemKind, Role, Scope, Severity
from tests.checks.arrange import file, found

CUT = {"readable": False, "problem_kind": ProblemKind.TRUNCATED, "shape": (64, 64)}


def test_images_whose_pixels_end_early_are_an_error_of_their_own(tmp_path: Path) -> None:
    files = [file("b.dcm", **CUT), file("a.dcm", **CUT), file("good.png"), file("notes.txt", role=Role.SIDECAR)]
    message = "The pixels of 2 of 3 image files end early"
    assert found(truncated_pixels, tmp_path, files) == [
        Finding("truncated-pixels", Severity.ERROR, Scope.FILE, "", message, 2, 3, 0, ("a.dcm", "b.dcm"))
    ]
    assert found(unreadable_file, tmp_path, files) == []


def test_a_header_that_ends_early_is_an_unreadable_file(tmp_path: Path) -> None:
    files = [file("a.dcm", **{**CUT, "shape": None})]
    assert found(truncated_pixels, tmp_path, files) == []
    assert [finding.subject for finding in found(unreadable_file, tmp_path, files)] == ["truncated"]


def test_images_that_are_damaged_otherwise_could_not_be_judged(tmp_path: Path) -> None:
    files = [file("a.dcm", **CUT), file("b.dcm", readable=False, problem_kind=ProblemKind.CORRUPT)]
    (finding,) = found(truncated_pixels, tmp_path, files)
    assert (finding.looked_at, finding.not_judged) == (1, 1)
