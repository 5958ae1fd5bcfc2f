from pathlib import Path

from biodatamine_core.checks import unreadable_file
from biodatamine_core.records import Finding, ProblemKind, Scope, Severity
from tests.checks.arrange import file, found


def test_cut_and_damaged_files_are_errors_each_of_its_kind(tmp_path: Path) -> None:
    files = [
        file("c.dcm", readable=False, problem_kind=ProblemKind.TRUNCATED),
        file("a.dcm", readable=False, problem_kind=ProblemKind.TRUNCATED),
        file("b.png", readable=False, problem_kind=ProblemKind.CORRUPT),
        file("good.png"),
    ]
    assert found(unreadable_file, tmp_path, files) == [
        Finding(
            "unreadable-file",
            Severity.ERROR,
            Scope.FILE,
            "truncated",
            "2 of 4 files end too early",
            2,
            4,
            0,
            ("a.dcm", "c.dcm"),
        ),
        Finding(
            "unreadable-file", Severity.ERROR, Scope.FILE, "corrupt", "1 of 4 files is damaged", 1, 4, 0, ("b.png",)
        ),
    ]


def test_unknown_formats_are_a_note_that_names_their_endings(tmp_path: Path) -> None:
    unknown = {"readable": False, "problem_kind": ProblemKind.UNKNOWN_FORMAT}
    files = [file("a.xyz", **unknown), file("b.XYZ", **unknown), file("scan of Jane.Doe-Smith-Miller", **unknown)]
    (finding,) = found(unreadable_file, tmp_path, files)
    assert finding.severity is Severity.NOTE
    assert finding.message == "3 of 3 files have a format that no reader knows: .xyz (2), without ending (1)"


def test_many_unknown_endings_are_summed_up(tmp_path: Path) -> None:
    files = [file(f"a.e{number}", readable=False, problem_kind=ProblemKind.UNKNOWN_FORMAT) for number in range(7)]
    (finding,) = found(unreadable_file, tmp_path, files)
    assert finding.message.endswith(".e0 (1), .e1 (1), .e2 (1), .e3 (1), .e4 (1), others (2)")


def test_empty_and_refused_files_belong_to_their_own_checks(tmp_path: Path) -> None:
    files = [
        file(f"{kind}.dcm", readable=False, problem_kind=kind)
        for kind in (ProblemKind.EMPTY, ProblemKind.ENCRYPTED, ProblemKind.LINK)
    ]
    assert found(unreadable_file, tmp_path, files) == []


def test_examples_are_the_first_ten_paths(tmp_path: Path) -> None:
    files = [
        file(f"{number:02}.dcm", readable=False, problem_kind=ProblemKind.CORRUPT) for number in reversed(range(30))
    ]
    (finding,) = found(unreadable_file, tmp_path, files)
    assert finding.examples == tuple(f"{number:02}.dcm" for number in range(10))
