"""All checks together: their order, their contract, their words."""

from pathlib import Path

import pytest

from biodatamine_core import checks
from biodatamine_core.errors import Cancelled, NotFound
from biodatamine_core.records import ProblemKind, Progress, Severity
from tests.checks.arrange import dicom, file, series, views


def test_every_check_file_is_in_the_tuple() -> None:
    folder = Path(checks.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "interface", "masks", "shares", "tally"}
    assert {check.__name__.rpartition(".")[2] for check in checks.CHECKS} == files  # type: ignore[attr-defined]


def test_codes_are_kebab_case_named_as_their_file_and_unique() -> None:
    codes = [check.CODE for check in checks.CHECKS]
    assert codes == [check.__name__.rpartition(".")[2].replace("_", "-") for check in checks.CHECKS]  # type: ignore[attr-defined]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.CODE)
def test_dataset_without_files_has_no_findings(check: checks.Check, tmp_path: Path) -> None:
    with views(tmp_path) as connection:
        assert list(check.run(connection)) == []


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.CODE)
def test_every_check_is_explained(check: checks.Check) -> None:
    explained = checks.explanation(check.CODE)
    assert explained.title and explained.why.endswith(".") and explained.what_to_do.endswith(".")


def test_unknown_code_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r'No check is called "nothing"; there are unreadable-file, '):
        checks.explanation("nothing")


def test_findings_come_worst_and_most_frequent_first(tmp_path: Path) -> None:
    files = [
        dicom("a.dcm", patient_sex=None),
        dicom("b.dcm", patient_sex=None, body_part_examined=None),
        dicom("c.dcm", readable=False, problem_kind=ProblemKind.TRUNCATED),
        file("d.png", size_bytes=0, readable=False, problem_kind=ProblemKind.EMPTY, content_hash=None),
    ]
    with views(tmp_path, files, [series("a/", missing_slices=3)]) as connection:
        findings = checks.run(connection)
    assert [(finding.severity, finding.code, finding.count) for finding in findings] == [
        (Severity.ERROR, "placeholder-file", 1),
        (Severity.ERROR, "unreadable-file", 1),
        (Severity.WARNING, "missing-slices", 1),
        (Severity.NOTE, "missing-metadata", 2),
        (Severity.NOTE, "missing-metadata", 1),
    ]


def test_checks_stop_when_the_person_asks(tmp_path: Path) -> None:
    class Stopped:
        def report(self, progress: Progress) -> None: ...

        def check(self) -> None:
            raise Cancelled("stopped")

    with views(tmp_path) as connection, pytest.raises(Cancelled):
        checks.run(connection, Stopped())
