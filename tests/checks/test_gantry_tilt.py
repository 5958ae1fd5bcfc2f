from pathlib import Path

from biodatamine_core.checks import gantry_tilt
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import found, series


def test_tilted_volumes_are_found_with_the_worst_angle(tmp_path: Path) -> None:
    volumes = [series(f"{number}/", gantry_tilt_deg=tilt) for number, tilt in enumerate([0.0, 13.5, 7.0])]
    message = "2 of 3 DICOM volumes are tilted by up to 13.5 degrees"
    assert found(gantry_tilt, tmp_path, series=volumes) == [
        Finding("gantry-tilt", Severity.WARNING, Scope.SERIES, "", message, 2, 3, 0, ("1/", "2/"))
    ]


def test_straight_volumes_are_quiet(tmp_path: Path) -> None:
    assert found(gantry_tilt, tmp_path, series=[series("a/", gantry_tilt_deg=0.1)]) == []


def test_volume_whose_slices_do_not_tell_is_not_judged(tmp_path: Path) -> None:
    (finding,) = found(gantry_tilt, tmp_path, series=[series("a/", gantry_tilt_deg=13.5), series("b/")])
    assert (finding.message, finding.not_judged) == ("1 of 1 DICOM volume is tilted by 13.5 degrees", 1)
