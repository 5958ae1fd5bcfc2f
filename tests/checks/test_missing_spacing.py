from pathlib import Path

from biodatamine_core.checks import missing_spacing
from biodatamine_core.records import Dimensions, Finding, Role, Scope, Severity
from tests.checks.arrange import found, series, unread


def test_series_without_spacing_are_found_and_volumes_without_slice_spacing(tmp_path: Path) -> None:
    listed = [
        series("a/", spacing_mm=None),
        series("b/", spacing_mm=(0.7, 0.7)),
        series("c.nii", format="NIfTI", spacing_mm=None),
        series("d/"),
    ]
    message = "3 of 4 series do not say the spacing; 1 of them says it within the slices only"
    assert found(missing_spacing, tmp_path, series=listed) == [
        Finding("missing-spacing", Severity.WARNING, Scope.SERIES, "", message, 3, 4, 0, ("a/", "b/", "c.nii"))
    ]


def test_series_that_say_it_or_need_not_are_quiet(tmp_path: Path) -> None:
    flat = {"dimensions": Dimensions.IMAGE_2D, "spacing_mm": None}
    listed = [
        series("a/"),
        series("photo.png", format="PNG", **flat),
        series("us.dcm", modality_tag="US", **flat),
        series("mask.nii", role=Role.SEGMENTATION, spacing_mm=None),
    ]
    assert found(missing_spacing, tmp_path, series=listed) == []


def test_series_that_could_not_be_read_is_not_judged(tmp_path: Path) -> None:
    cut = series("cut/", spacing_mm=None)
    (finding,) = found(missing_spacing, tmp_path, [unread(cut)], [cut, series("a/", spacing_mm=None)])
    assert (finding.count, finding.looked_at, finding.not_judged, finding.examples) == (1, 1, 1, ("a/",))
    assert finding.message == "1 of 1 series does not say the spacing"
