from pathlib import Path

from biodatamine_core.checks import duplicate_positions
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import dicom, found, series


def test_slices_in_one_place_are_found(tmp_path: Path) -> None:
    volumes = [series("a/", duplicate_positions=3), series("b/", duplicate_positions=0)]
    message = "1 of 2 volumes has 3 slices where another one lies"
    assert found(duplicate_positions, tmp_path, series=volumes) == [
        Finding("duplicate-positions", Severity.WARNING, Scope.SERIES, "", message, 1, 2, 0, ("a/",))
    ]


def test_copies_of_the_same_bytes_are_no_second_finding(tmp_path: Path) -> None:
    volume = series("a/", duplicate_positions=1)
    files = [dicom(f"a/{name}.dcm", series_id=volume.series_id, content_hash="same") for name in ("1", "copy")]
    assert found(duplicate_positions, tmp_path, files, [volume]) == []


def test_volume_without_positions_is_not_judged(tmp_path: Path) -> None:
    volumes = [series("a/", duplicate_positions=1), series("b.nii"), series("c/", duplicate_positions=2)]
    (finding,) = found(duplicate_positions, tmp_path, series=volumes)
    assert (finding.count, finding.looked_at, finding.not_judged) == (2, 2, 1)
    assert finding.message == "2 of 2 volumes have 3 slices where another one lies"
