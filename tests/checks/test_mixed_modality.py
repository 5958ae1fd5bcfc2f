from pathlib import Path

from biodatamine_core.checks import mixed_modality
from biodatamine_core.records import Finding, Role, Scope, Severity
from tests.checks.arrange import found, series


def test_two_modality_groups_are_told_with_their_shares(tmp_path: Path) -> None:
    mixed = [series("a/"), series("b/"), series("c/", modality_group="MRI"), series("d/", modality_group="Unknown")]
    message = "3 series of 2 modality groups: CT 66.7 % (2), MRI 33.3 % (1)"
    assert found(mixed_modality, tmp_path, series=mixed) == [
        Finding("mixed-modality", Severity.NOTE, Scope.SERIES, "", message, 1, 3, 1, ("c/",))
    ]


def test_a_few_strays_are_a_warning(tmp_path: Path) -> None:
    mixed = [*(series(f"{number}/") for number in range(30)), series("form.dcm", modality_group="Other")]
    (finding,) = found(mixed_modality, tmp_path, series=mixed)
    assert (finding.severity, finding.examples) == (Severity.WARNING, ("form.dcm",))


def test_masks_and_unknown_series_do_not_make_a_mix(tmp_path: Path) -> None:
    alike = [
        series("a/"),
        series("b/", modality_group="Unknown"),
        series("mask/", modality_group="Other", role=Role.SEGMENTATION),
    ]
    assert found(mixed_modality, tmp_path, series=alike) == []
