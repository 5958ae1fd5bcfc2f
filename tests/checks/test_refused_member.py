from pathlib import Path

import pytest

from biodatamine_core.checks import refused_member, unreadable_file
from biodatamine_core.records import Finding, ProblemKind, Scope, Severity
from tests.checks.arrange import file, found


@pytest.mark.parametrize(
    ("kind", "severity", "message"),
    [
        (ProblemKind.ENCRYPTED, Severity.ERROR, "1 of 2 files was refused: locked with a password"),
        (ProblemKind.UNSAFE_PATH, Severity.WARNING, "1 of 2 files was refused: a path that leads out of the archive"),
        (ProblemKind.LINK, Severity.NOTE, "1 of 2 files was refused: a link, which is not followed"),
        (ProblemKind.TOO_LARGE, Severity.ERROR, "1 of 2 files was refused: larger once unpacked than is allowed"),
    ],
)
def test_refusal_is_named_with_its_reason(tmp_path: Path, kind: ProblemKind, severity: Severity, message: str) -> None:
    files = [file("a.zip!/bad", readable=False, problem_kind=kind), file("a.zip!/good")]
    assert found(refused_member, tmp_path, files) == [
        Finding("refused-member", severity, Scope.FILE, kind, message, 1, 2, 0, ("a.zip!/bad",))
    ]


def test_archive_without_refusals_is_quiet(tmp_path: Path) -> None:
    assert found(refused_member, tmp_path, [file("a.zip!/good")]) == []


def test_every_kind_of_problem_belongs_to_exactly_one_check() -> None:
    told = [*refused_member.MEANINGS, *unreadable_file.MEANINGS, ProblemKind.EMPTY, ProblemKind.PLACEHOLDER]
    assert sorted(told) == sorted(ProblemKind)
