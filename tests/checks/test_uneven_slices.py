from pathlib import Path

from biodatamine_core.checks import uneven_slices
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import found, series, unread


def test_volume_with_uneven_gaps_is_found(tmp_path: Path) -> None:
    volumes = [series("a/", uniform_slice_spacing=False), series("b/", uniform_slice_spacing=True)]
    message = "1 of 2 volumes has slices at uneven distances"
    assert found(uneven_slices, tmp_path, series=volumes) == [
        Finding("uneven-slices", Severity.WARNING, Scope.SERIES, "", message, 1, 2, 0, ("a/",))
    ]


def test_even_volumes_and_those_with_missing_slices_are_quiet(tmp_path: Path) -> None:
    volumes = [series("a/", uniform_slice_spacing=True), series("b/", uniform_slice_spacing=False, missing_slices=2)]
    assert found(uneven_slices, tmp_path, series=volumes) == []


def test_volume_whose_gaps_are_not_known_is_not_judged(tmp_path: Path) -> None:
    cut = series("cut/", uniform_slice_spacing=False)
    volumes = [cut, series("a/", uniform_slice_spacing=False, missing_slices=None), series("b/")]
    (finding,) = found(uneven_slices, tmp_path, [unread(cut)], volumes)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 2)
