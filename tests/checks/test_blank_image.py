from pathlib import Path

from biodatamine_core.checks import blank_image
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import file, found


def shown(share: float) -> dict[str, float]:
    """The facts of an image of which this share is background."""
    return {"background_share": share, "value_min": 0.0, "value_max": 255.0}


def test_nearly_blank_image_is_found(tmp_path: Path) -> None:
    message = "1 of 2 image files is blank: at least 99.9 % of the pixels have one value"
    assert found(blank_image, tmp_path, [file("a.png", **shown(0.9995)), file("b.png", **shown(0.9))]) == [
        Finding("blank-image", Severity.WARNING, Scope.FILE, "", message, 1, 2, 0, ("a.png",))
    ]


def test_pictures_constant_images_and_masks_are_quiet(tmp_path: Path) -> None:
    constant = {"background_share": 1.0, "value_min": 0.0, "value_max": 0.0}
    files = [file("a.png", **shown(0.5)), file("b.png", **constant), file("masks/a.png", **shown(0.9999))]
    assert found(blank_image, tmp_path, files) == []


def test_image_whose_pixels_were_not_looked_at_is_not_judged(tmp_path: Path) -> None:
    (finding,) = found(blank_image, tmp_path, [file("a.png", **shown(0.9995)), file("b.jpg")])
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 1)
