from pathlib import Path

from biodatamine_core.checks import missing_slices
from biodatamine_core.records import Dimensions, Finding, Scope, Severity
from tests.checks.arrange import found, series


def test_volume_with_holes_is_named(tmp_path: Path) -> None:
    volumes = [series("a/", missing_slices=2), series("b/"), series("c.nii", missing_slices=None)]
    assert found(missing_slices, tmp_path, series=volumes) == [
        Finding(
            "missing-slices",
            Severity.WARNING,
            Scope.SERIES,
            "",
            "1 of 2 volumes lacks slices, 2 in all",
            1,
            2,
            1,
            ("a/",),
        )
    ]


def test_several_volumes_are_summed_up(tmp_path: Path) -> None:
    volumes = [series("b/", missing_slices=1), series("a/", missing_slices=1_200)]
    (finding,) = found(missing_slices, tmp_path, series=volumes)
    assert (finding.subject, finding.message, finding.examples) == (
        "",
        "2 of 2 volumes lack slices, 1,201 in all",
        ("a/", "b/"),
    )


def test_whole_volumes_and_single_images_are_quiet(tmp_path: Path) -> None:
    assert found(missing_slices, tmp_path, series=[series("a/"), series("b", dimensions=Dimensions.IMAGE_2D)]) == []
