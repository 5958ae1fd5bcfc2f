"""A folder is a class only where nothing else explains it."""

from pathlib import Path

import pytest

from biodatamine_core.records import FileRecord
from tests.series.arrange import dicom, grouped, image


def pictures(folder: str, count: int, name: str = "") -> list[FileRecord]:
    """Pictures in a folder; without a `name` each has one that no other folder repeats."""
    own = name or folder.replace("/", "_")
    return [image(f"{folder}/{own}{number:03}.png") for number in range(count)]


def labels(folder: Path, files: list[FileRecord]) -> dict[str | None, int]:
    """How many series have each label."""
    _, records = grouped(folder, files)
    found = [record.label for record in records]
    return {label: found.count(label) for label in found}


def test_sibling_folders_in_a_split_are_classes(tmp_path: Path) -> None:
    files = [
        *pictures("x.zip!/xray/train/NORMAL", 8),
        *pictures("x.zip!/xray/train/PNEUMONIA", 6),
        *pictures("x.zip!/xray/val/NORMAL", 5),
        *pictures("x.zip!/xray/val/PNEUMONIA", 5),
        image("x.zip!/logo.png"),
    ]
    assert labels(tmp_path, files) == {None: 1, "NORMAL": 13, "PNEUMONIA": 11}


def test_sibling_folders_that_hold_everything_are_classes(tmp_path: Path) -> None:
    files = [*pictures("tumour/glioma", 20), *pictures("tumour/no tumour", 25)]
    assert labels(tmp_path, files) == {"glioma": 20, "no tumour": 25}


def test_numbered_files_are_classes_only_where_the_splits_repeat_them(tmp_path: Path) -> None:
    numbered = [*pictures("train/cat", 6, "x"), *pictures("train/dog", 6, "x")]
    assert labels(tmp_path, numbered) == {None: 12}
    again = [*pictures("test/cat", 6, "x"), *pictures("test/dog", 6, "x")]
    assert labels(tmp_path, [*numbered, *again]) == {"cat": 12, "dog": 12}


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["patient1", "patient2"], id="patients"),
        pytest.param(["Case A", "Case B"], id="cases"),
        pytest.param(["sub-01", "sub-02"], id="BIDS"),
        pytest.param(["0", "1"], id="numbers"),
        pytest.param(["1.2.840.113619.2", "1.2.840.113619.3"], id="UIDs"),
        pytest.param(["Doe, Jane", "Roe, John"], id="names of people"),
        pytest.param(["images", "masks"], id="images and masks"),
        pytest.param(["train", "test"], id="splits"),
        pytest.param(["CT", "MRI"], id="modalities"),
        pytest.param(["brain", "knee"], id="parts of the body"),
        pytest.param(["png", "jpg"], id="formats"),
        pytest.param(["scans_part1", "scans_part2"], id="numbered parts"),
    ],
)
def test_folders_that_say_something_else_are_no_classes(tmp_path: Path, names: list[str]) -> None:
    files = [file for name in names for file in pictures(f"root/{name}", 25)]
    assert labels(tmp_path, files) == {None: 50}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param([*pictures("root/cat", 19), *pictures("root/dog", 30)], id="too few images"),
        pytest.param([*pictures("root/cat", 40)], id="a single folder"),
        pytest.param([*pictures("a/cat", 30), *pictures("a/dog", 30), *pictures("elsewhere", 30)], id="not everything"),
        pytest.param(
            [
                dicom(f"root/{name}/{n}.dcm", None, series_uid=f"{name}{n}")
                for name in ("cat", "dog")
                for n in range(25)
            ],
            id="DICOM",
        ),
    ],
)
def test_what_is_not_clear_has_no_label(tmp_path: Path, files: list[FileRecord]) -> None:
    assert set(labels(tmp_path, files)) == {None}
