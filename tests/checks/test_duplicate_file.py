from pathlib import Path

from biodatamine_core.checks import duplicate_file
from biodatamine_core.records import Finding, Role, Scope, Severity
from tests.checks.arrange import file, found, series


def test_image_with_the_same_bytes_is_a_warning(tmp_path: Path) -> None:
    files = [file("a.png", content_hash="x"), file("b.png", content_hash="x"), file("c.png")]
    assert found(duplicate_file, tmp_path, files) == [
        Finding(
            "duplicate-file",
            Severity.WARNING,
            Scope.FILE,
            "image",
            "1 of 3 image files repeats another one byte for byte",
            1,
            3,
            0,
            ("b.png",),
        )
    ]


def test_same_image_in_two_splits_is_an_error_and_not_counted_twice(tmp_path: Path) -> None:
    files = [
        file("test/a.png", content_hash="x", series_id="series in test"),
        file("train/a.png", content_hash="x", series_id="series in train"),
        file("train/b.png", content_hash="y", series_id="series in train"),
        file("train/c.png", content_hash="y", series_id="series in train"),
    ]
    splits = [
        series("in train", split="train"),
        series("in test", split="test"),
    ]
    leak, repeated = found(duplicate_file, tmp_path, files, splits)
    assert leak == Finding(
        "duplicate-file",
        Severity.ERROR,
        Scope.FILE,
        "image in several splits",
        "2 of 4 image files have the same bytes in more than one split: test, train",
        2,
        4,
        0,
        ("test/a.png", "train/a.png"),
    )
    assert (repeated.severity, repeated.count, repeated.examples) == (
        Severity.WARNING,
        1,
        ("train/c.png",),
    )


def test_equal_masks_in_two_splits_are_no_leak(tmp_path: Path) -> None:
    mask = {"role": Role.SEGMENTATION, "content_hash": "empty mask"}
    files = [file("train/m.nii", series_id="series a", **mask), file("test/m.nii", series_id="series b", **mask)]
    (finding,) = found(duplicate_file, tmp_path, files, [series("a", split="train"), series("b", split="test")])
    assert (finding.severity, finding.subject, finding.count) == (Severity.WARNING, "segmentation", 1)


def test_repeated_sidecars_are_a_note(tmp_path: Path) -> None:
    files = [file(name, role=Role.SIDECAR, content_hash="x") for name in ("a.json", "b.json", "c.json")]
    (finding,) = found(duplicate_file, tmp_path, files)
    assert (finding.severity, finding.subject, finding.count) == (Severity.NOTE, "other", 2)


def test_empty_files_are_no_copies_of_each_other(tmp_path: Path) -> None:
    assert found(duplicate_file, tmp_path, [file(name, size_bytes=0, content_hash="0") for name in "ab"]) == []


def test_different_files_are_no_copies(tmp_path: Path) -> None:
    assert found(duplicate_file, tmp_path, [file("a.png"), file("b.png")]) == []


def test_headers_only_scan_says_that_copies_were_not_looked_for(tmp_path: Path) -> None:
    files = [file("a.png", content_hash=None), file("b.png", content_hash=None)]
    assert found(duplicate_file, tmp_path, files) == [
        Finding(
            "duplicate-file",
            Severity.NOTE,
            Scope.FILE,
            "image",
            "Copies were not looked for: the bytes of 2 image files were not read",
            0,
            0,
            2,
        )
    ]


def test_files_that_were_not_hashed_are_not_judged(tmp_path: Path) -> None:
    files = [*(file(name, content_hash="x") for name in "ab"), file("c", content_hash=None)]
    (finding,) = found(duplicate_file, tmp_path, files)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 2, 1)
