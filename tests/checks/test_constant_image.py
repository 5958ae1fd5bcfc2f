from pathlib import Path

from biodatamine_core.checks import constant_image
from biodatamine_core.records import Finding, Role, Scope, Severity
from tests.checks.arrange import file, found

CONSTANT = {"value_min": 7.0, "value_max": 7.0, "pixel_hash": "h"}
VARIED = {"value_min": 0.0, "value_max": 255.0}


def test_image_of_one_value_is_found(tmp_path: Path) -> None:
    message = "1 of 2 image files has the same value in every pixel"
    assert found(constant_image, tmp_path, [file("a.png", **CONSTANT), file("b.png", **VARIED)]) == [
        Finding("constant-image", Severity.WARNING, Scope.FILE, "", message, 1, 2, 0, ("a.png",))
    ]


def test_varied_images_and_empty_masks_are_quiet(tmp_path: Path) -> None:
    files = [
        file("a.png", **VARIED),
        file("masks/a.png", **CONSTANT),
        file("a_mask.png", **CONSTANT),
        file("seg.nii", role=Role.SEGMENTATION, **CONSTANT),
    ]
    assert found(constant_image, tmp_path, files) == []


def test_image_of_which_only_a_sample_was_seen_is_not_judged_by_it(tmp_path: Path) -> None:
    sampled = file("large.nii", **{**CONSTANT, "pixel_hash": None})
    files = [file("a.png", **CONSTANT), sampled, file("b.png"), file("cut.png", readable=False, **CONSTANT)]
    (finding,) = found(constant_image, tmp_path, files)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 3)
