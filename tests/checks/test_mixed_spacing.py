from pathlib import Path

from biodatamine_core.checks import mixed_spacing
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import found, series

THIN, THICK = (0.7, 0.7, 1.0), (0.7, 0.7, 5.0)


def test_volumes_far_from_the_median_are_found_within_their_modality(tmp_path: Path) -> None:
    volumes = [
        *(series(f"{number}/", spacing_mm=THIN) for number in range(3)),
        series("thick/", spacing_mm=THICK),
        *(series(f"mr {number}/", spacing_mm=THICK, modality_group="MRI") for number in range(2)),
    ]
    message = (
        "1 of 4 CT volumes is 2 times or more finer or coarser than the median: "
        "pixels of 0.7 to 0.7 mm, slices every 1 to 5 mm"
    )
    assert found(mixed_spacing, tmp_path, series=volumes) == [
        Finding("mixed-spacing", Severity.NOTE, Scope.SERIES, "CT", message, 1, 4, 0, ("thick/",))
    ]


def test_small_differences_are_quiet(tmp_path: Path) -> None:
    volumes = [series("a/", spacing_mm=THIN), series("b/", spacing_mm=(0.9, 0.9, 1.25))]
    assert found(mixed_spacing, tmp_path, series=volumes) == []


def test_volume_without_spacing_is_not_judged(tmp_path: Path) -> None:
    volumes = [
        *(series(f"{n}/", spacing_mm=THIN) for n in range(2)),
        series("b/", spacing_mm=THICK),
        series("c/", spacing_mm=None),
    ]
    (finding,) = found(mixed_spacing, tmp_path, series=volumes)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 3, 1)
