from pathlib import Path

from biodatamine_core.checks import mixed_photometric
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import dicom, found, series


def test_colour_among_grey_is_found_within_a_modality(tmp_path: Path) -> None:
    pictures = [
        series("a.png", channels=1, modality_group="X-ray"),
        series("b.png", channels=1, modality_group="X-ray"),
        series("c.png", channels=3, modality_group="X-ray"),
        series("skin.png", channels=3, modality_group="Optical"),
    ]
    message = "3 X-ray series of 2 kinds of colour: grey 66.7 % (2), colour 33.3 % (1)"
    assert found(mixed_photometric, tmp_path, series=pictures) == [
        Finding("mixed-photometric", Severity.NOTE, Scope.SERIES, "X-ray", message, 1, 3, 0, ("c.png",))
    ]


def test_palette_is_told_from_grey(tmp_path: Path) -> None:
    images = [series(f"{n}.dcm", channels=1, middle_file_id=f"id of {n}.dcm") for n in "ab"]
    files = [
        dicom("a.dcm", photometric_interpretation="MONOCHROME2"),
        dicom("b.dcm", photometric_interpretation="PALETTE COLOR"),
    ]
    (finding,) = found(mixed_photometric, tmp_path, files, images)
    assert finding.message == "2 CT series of 2 kinds of colour: grey 50.0 % (1), palette 50.0 % (1)"


def test_one_kind_is_quiet_also_where_some_are_negatives(tmp_path: Path) -> None:
    images = [series(f"{n}.dcm", channels=1, middle_file_id=f"id of {n}.dcm") for n in "ab"]
    files = [dicom(f"{n}.dcm", photometric_interpretation=f"MONOCHROME{i}") for i, n in enumerate("ab", 1)]
    assert found(mixed_photometric, tmp_path, files, images) == []


def test_series_without_channels_is_not_judged(tmp_path: Path) -> None:
    (finding,) = found(
        mixed_photometric, tmp_path, series=[series("a", channels=1), series("b", channels=3), series("c")]
    )
    assert (finding.looked_at, finding.not_judged) == (2, 1)
