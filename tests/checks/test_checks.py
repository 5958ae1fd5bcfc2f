"""All checks together: their order, their contract, their words."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from biodatamine_core import checks, database, tables
from biodatamine_core.checks import marking
from biodatamine_core.errors import Cancelled, NotFound
from biodatamine_core.records import Dimensions, FileRecord, Finding, ProblemKind, Progress, SeriesRecord, Severity
from tests.checks.arrange import dicom, file, series, views


def test_every_check_file_is_in_the_tuple() -> None:
    folder = Path(checks.__file__).parent
    not_checks = {"__init__", "affected", "interface", "marking", "marks", "shares", "tally", "zones_said"}
    files = {path.stem for path in folder.glob("*.py")} - not_checks
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
    findings, _ = ran(tmp_path, files, [series("a/", missing_slices=3)])
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

    with (
        views(tmp_path) as connection,
        tables.Writer("affected", tmp_path / "affected.parquet") as affected,
        pytest.raises(Cancelled),
    ):
        checks.run(connection, affected, Stopped())


def test_every_finding_lists_what_it_counts_and_shares_its_subject_with_none(tmp_path: Path) -> None:
    findings, listed = ran(tmp_path, *_A_LITTLE_OF_ALL)
    counted = {(finding.code, str(finding.subject)): finding.count for finding in findings if finding.count}
    assert len(counted) == len([finding for finding in findings if finding.count]) > 10
    assert {key: listed[key] for key in counted} == counted == listed


_A_LITTLE_OF_ALL = (
    [
        dicom("p/1.dcm", series_id="series p/", patient_sex=None, identifying_tags=("PatientName",)),
        dicom("p/2.dcm", series_id="series p/", patient_age_years=None, photometric_interpretation="MONOCHROME1"),
        file("test/a.png", content_hash="x", pixel_hash="x", background_share=0.1, series_id="series test/a.png"),
        file("train/a.png", content_hash="x", pixel_hash="x", background_share=0.1, series_id="series train/a.png"),
        file("train/b.png", content_hash="y", pixel_hash="x", background_share=0.1, series_id="series train/a.png"),
        file("train/c.png", content_hash="y", value_min=3.0, value_max=3.0, pixel_hash="z", background_share=1.0),
        file("cut.dcm", readable=False, problem_kind=ProblemKind.TRUNCATED),
        file("strange.bin", readable=False, problem_kind=ProblemKind.UNKNOWN_FORMAT),
        file("Smith^Anna.png", readable=False, problem_kind=ProblemKind.ENCRYPTED),
        file("none.png", size_bytes=0, readable=False, problem_kind=ProblemKind.EMPTY, content_hash=None),
    ],
    [
        series("p/", missing_slices=3, uniform_slice_spacing=False, gantry_tilt_deg=12.0),
        series("q/", spacing_mm=None, duplicate_positions=2, modality_group="MRI", patient_key=None),
        series("test/a.png", split="test", dimensions=Dimensions.IMAGE_2D, label="well"),
        series("train/a.png", split="train", dimensions=Dimensions.IMAGE_2D, label="ill"),
        series("train/d.png", split="train", dimensions=Dimensions.IMAGE_2D, label="ill"),
    ],
)


def test_a_series_knows_the_findings_that_count_it_or_a_file_of_it(tmp_path: Path) -> None:
    files = [dicom("a/1.dcm", series_id="series a/", patient_sex=None), dicom("b/1.dcm", series_id="series b/")]
    ran(tmp_path, files, [series("b/"), series("a/", missing_slices=3)])
    with database.connect() as connection:
        marked = connection.execute(
            "SELECT series_id, findings FROM read_parquet(?)", [str(tmp_path / "series.parquet")]
        ).fetchall()
    assert marked == [("series a/", ["missing-metadata:PatientSex", "missing-slices"]), ("series b/", [])]


def test_files_stand_by_path_with_the_findings_that_count_them_or_their_series(tmp_path: Path) -> None:
    files = [
        dicom("b/1.dcm", series_id="series b/", patient_sex=None),
        dicom("a/2.dcm", series_id="series a/"),
        dicom("a/1.dcm", series_id="series a/", patient_sex=None),
    ]
    ran(tmp_path, files, [series("b/"), series("a/", missing_slices=3)])
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT place, path, findings FROM read_parquet(?)", [str(tmp_path / "files.parquet")]
        ).fetchall()
    assert rows == [
        (0, "a/1.dcm", "missing-metadata:PatientSex\nmissing-slices"),
        (1, "a/2.dcm", "missing-slices"),
        (2, "b/1.dcm", "missing-metadata:PatientSex"),
    ]


def test_files_of_many_row_groups_lose_none_and_stand_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "FILES_AT_ONCE", 3)
    files = [dicom(f"{n * 7 % 10}.dcm") for n in range(10)]
    ran(tmp_path, files, [])
    table = pq.ParquetFile(tmp_path / "files.parquet")
    rows = table.read(["place", "path"]).to_pydict()
    assert rows == {"place": [*range(10)], "path": [f"{n}.dcm" for n in range(10)]}
    assert [table.metadata.row_group(n).num_rows for n in range(table.num_row_groups)] == [3, 3, 3, 1]


def test_series_of_many_row_groups_lose_none_and_stand_by_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "SERIES_AT_ONCE", 3)
    ran(tmp_path, [], [series(f"{n * 7 % 10}/", missing_slices=n % 2) for n in range(10)])
    table = pq.ParquetFile(tmp_path / "series.parquet")
    rows = table.read(["path", "missing_slices", "findings"]).to_pylist()
    assert [row["path"] for row in rows] == [f"{n}/" for n in range(10)]
    assert all(("missing-slices" in row["findings"]) == (row["missing_slices"] == 1) for row in rows)
    assert [table.metadata.row_group(n).num_rows for n in range(table.num_row_groups)] == [3, 3, 3, 1]


def ran(
    folder: Path, files: Sequence[FileRecord], series: Sequence[SeriesRecord]
) -> tuple[list[Finding], dict[tuple[str, str], int]]:
    """All checks over these tables: the findings, and how many rows of `affected` each has."""
    staged = folder / "affected.parquet"
    with views(folder, files, series) as connection:
        with tables.Writer("affected", staged) as affected:
            findings = checks.run(connection, affected)
        with tables.Writer("findings", folder / "findings.parquet") as writer:
            writer.append(findings)
        database.create_view(connection, "affected", [staged])
        database.create_view(connection, "findings", [folder / "findings.parquet"])
        checks.mark_series(connection, folder / "series.parquet")
        checks.mark_files(connection, folder / "files.parquet")
        rows = connection.execute("SELECT code, subject, count(*) FROM affected GROUP BY ALL").fetchall()
    return findings, {(code, subject): count for code, subject, count in rows}
