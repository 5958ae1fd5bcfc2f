from pathlib import Path

from biodatamine_core.checks import duplicate_pixels
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import file, found, series

SEEN = {"pixel_hash": "same", "background_share": 0.1}
OTHER = {"pixel_hash": "other", "background_share": 0.1}


def test_same_pixels_in_other_bytes_are_found(tmp_path: Path) -> None:
    files = [file("a.png", **SEEN), file("a.dcm", **SEEN), file("b.png", **OTHER)]
    message = "1 of 3 image files repeats the pixels of another one in other bytes"
    assert found(duplicate_pixels, tmp_path, files) == [
        Finding("duplicate-pixels", Severity.WARNING, Scope.FILE, "image", message, 1, 3, 0, ("a.png",))
    ]


def test_same_pixels_in_two_splits_are_an_error(tmp_path: Path) -> None:
    files = [file("train/a.png", series_id="series a", **SEEN), file("test/b.png", series_id="series b", **SEEN)]
    (finding,) = found(duplicate_pixels, tmp_path, files, [series("a", split="train"), series("b", split="test")])
    assert finding.severity is Severity.ERROR
    assert finding.message == (
        "2 of 2 image files have the same pixels, in other bytes, in more than one split: test, train"
    )


def test_copies_of_the_same_bytes_blank_images_and_masks_are_quiet(tmp_path: Path) -> None:
    files = [
        *(file(name, content_hash="same", **SEEN) for name in ("a.png", "copy.png")),
        *(file(name, pixel_hash="blank", background_share=1.0) for name in ("c.png", "d.png")),
        *(file(f"masks/{name}.png", pixel_hash="mask", background_share=0.5) for name in "ef"),
    ]
    assert found(duplicate_pixels, tmp_path, files) == []


def test_image_without_a_hash_of_its_pixels_is_not_judged(tmp_path: Path) -> None:
    (finding,) = found(duplicate_pixels, tmp_path, [file("a.png", **SEEN), file("b.png", **SEEN), file("c.jpg")])
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 2, 1)
