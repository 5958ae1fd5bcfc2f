from pathlib import Path

from biodatamine_core.checks import eight_bit_ct
from biodatamine_core.records import Finding, Scope, Severity
from tests.builders import SOP_CLASSES
from tests.checks.arrange import file, found, series, unread


def test_ct_of_eight_bits_is_found(tmp_path: Path) -> None:
    listed = [series("a.png", dtype="uint8"), series("b/", dtype="int16")]
    message = "1 of 2 CT series holds 8-bit grey values"
    assert found(eight_bit_ct, tmp_path, series=listed) == [
        Finding("eight-bit-ct", Severity.WARNING, Scope.SERIES, "", message, 1, 2, 0, ("a.png",))
    ]


def test_grey_levels_in_sixteen_bits_are_found_by_their_range(tmp_path: Path) -> None:
    windowed, measured = series("a.nii", dtype="int16"), series("b.nii", dtype="int16")
    files = [
        file("a.nii", series_id=windowed.series_id, value_min=0.0, value_max=255.0),
        file("b.nii", series_id=measured.series_id, value_min=-1024.0, value_max=255.0),
    ]
    (finding,) = found(eight_bit_ct, tmp_path, files, [windowed, measured])
    assert finding.examples == ("a.nii",)


def test_other_modalities_and_screenshots_are_quiet(tmp_path: Path) -> None:
    listed = [
        series("a/", dtype="int16"),
        series("b.png", dtype="uint8", modality_group="X-ray"),
        series("c/", dtype="uint8", sop_class_uid=SOP_CLASSES["SC"]),
    ]
    assert found(eight_bit_ct, tmp_path, series=listed) == []


def test_ct_that_does_not_say_how_it_is_stored_is_not_judged(tmp_path: Path) -> None:
    cut = series("cut/", dtype="uint8")
    (finding,) = found(eight_bit_ct, tmp_path, [unread(cut)], [cut, series("a/", dtype="uint8"), series("b/")])
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 2)
