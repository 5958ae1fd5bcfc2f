"""Grouping as a stage: tables in, tables out."""

from pathlib import Path

import pytest

from biodatamine_core import database, series, tables
from biodatamine_core.errors import Cancelled
from biodatamine_core.records import FileRecord, ProblemKind, Progress, Role
from biodatamine_core.series.paths import common_path, split_of_folders
from tests.series.arrange import dicom, grouped, image, stack


def test_files_keep_their_rows_and_order_and_get_their_series(tmp_path: Path) -> None:
    files = [
        image("z.png"),
        *stack([2.0 * i for i in range(6)]),
        image("report.json", "JSON", shape=None, role=Role.SIDECAR),
        image("a.png"),
    ]
    with_series, records = grouped(tmp_path, files)
    assert [file.path for file in with_series] == [file.path for file in files]
    of = {record.path: record.series_id for record in records}
    assert [file.series_id for file in with_series] == [of["z.png"], *[of["ct/"]] * 6, None, of["a.png"]]


def test_what_is_no_image_is_in_no_series(tmp_path: Path) -> None:
    files = [
        dicom("sr.dcm", role=Role.OBJECT),
        dicom("DICOMDIR", role=Role.INDEX, shape=None),
        dicom("no pixels.dcm", shape=None),
        FileRecord("id", "broken.bin", problem_kind=ProblemKind.UNKNOWN_FORMAT),
    ]
    with_series, records = grouped(tmp_path, files)
    assert records == []
    assert [file.series_id for file in with_series] == [None] * 4


def test_dataset_without_files_gives_empty_tables(tmp_path: Path) -> None:
    assert grouped(tmp_path, []) == ([], [])


def test_ids_are_the_same_in_every_scan(tmp_path: Path) -> None:
    files = [*stack([2.0 * i for i in range(6)]), image("a.png")]
    (first, once), (second, again) = grouped(tmp_path, files), grouped(tmp_path, files[::-1])
    assert once == again
    assert first == second[::-1]


def test_series_larger_than_a_batch_stays_one(tmp_path: Path) -> None:
    _, (record,) = grouped(tmp_path, stack([0.5 * i for i in range(series.BATCH + 10)]))
    assert record.file_count == series.BATCH + 10


def test_same_uid_in_two_studies_is_two_series(tmp_path: Path) -> None:
    files = [*stack([2.0 * i for i in range(6)], "a/"), *stack([2.0 * i for i in range(6)], "b/", study_key="other")]
    _, records = grouped(tmp_path, files)
    assert [record.path for record in records] == ["a/", "b/"]


def test_evidence_is_what_most_files_say(tmp_path: Path) -> None:
    files = stack([2.0 * i for i in range(6)], series_description="THORAX", patient_sex="F")
    files[0] = dicom("ct/0001.dcm", (0.0, 0.0, 0.0), series_description="other", patient_sex=None)
    _, (record,) = grouped(tmp_path, files)
    assert (record.series_description, record.patient_sex, record.modality_tag, record.body_part_examined) == (
        "THORAX", "F", "CT", None,
    )  # fmt: skip
    assert (record.modality, record.modality_group, record.label) == ("unknown", "Unknown", None)


def test_nothing_is_left_in_the_staging_folder_but_the_tables(tmp_path: Path) -> None:
    grouped(tmp_path, stack([1.0, 2.0]))
    assert {path.name for path in tmp_path.iterdir()} - {"spill"} == {
        "scanned.parquet", "files.parquet", "series.parquet",
    }  # fmt: skip


def test_grouping_stops_when_the_person_asks(tmp_path: Path) -> None:
    class Stopped:
        def report(self, progress: Progress) -> None: ...

        def check(self) -> None:
            raise Cancelled("stopped")

    with tables.Writer("files", tmp_path / "scanned.parquet") as writer:
        writer.append([image("a.png")])
    with database.connect(scratch_dir=tmp_path / "spill") as connection, pytest.raises(Cancelled):
        series.group(connection, *(tmp_path / f"{n}.parquet" for n in ("scanned", "files", "series")), Stopped())


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("a.zip!/train/x.png", "train"),
        ("a.zip!/Training/cat/x.png", "train"),
        ("data/VAL/x.png", "validation"),
        ("data/dev/x.png", "validation"),
        ("holdout/x.png", "test"),
        ("test/data/train/x.png", "train"),
        ("trainer/x.png", None),
        ("data/train.png", None),
        ("latest/x.png", None),
    ],
)
def test_split_is_a_whole_folder_name(path: str, split: str | None) -> None:
    assert split_of_folders(path) == split


@pytest.mark.parametrize(
    ("paths", "common"),
    [
        (["a/b/1.dcm"], "a/b/1.dcm"),
        (["a/b/1.dcm", "a/b/2.dcm"], "a/b/"),
        (["a/b1/1.dcm", "a/b2/2.dcm"], "a/"),
        (["x.zip!/1.dcm", "x.zip!/s/2.dcm"], "x.zip!/"),
        (["1.dcm", "2.dcm"], "./"),
    ],
)
def test_series_lies_where_its_files_meet(paths: list[str], common: str) -> None:
    assert common_path(paths) == common
