from pathlib import Path

from biodatamine_core.checks import class_imbalance
from biodatamine_core.records import Finding, Scope, SeriesRecord, Severity
from tests.checks.arrange import found, series


def labelled(**classes: int) -> list[SeriesRecord]:
    return [
        series(f"{label}/{number:02}.png", label=label) for label, count in classes.items() for number in range(count)
    ]


def test_uneven_classes_are_told_with_their_shares(tmp_path: Path) -> None:
    message = "4 labelled images of 2 classes, 3.0 to 1: pneumonia 75.0 % (3), normal 25.0 % (1)"
    assert found(class_imbalance, tmp_path, series=labelled(normal=1, pneumonia=3)) == [
        Finding("class-imbalance", Severity.NOTE, Scope.SERIES, "normal", message, 1, 4, 0, ("normal/00.png",))
    ]


def test_a_class_ten_times_as_large_as_another_is_a_warning(tmp_path: Path) -> None:
    (finding,) = found(class_imbalance, tmp_path, series=labelled(rare=2, common=20))
    assert finding.severity is Severity.WARNING


def test_classes_of_about_one_size_are_quiet(tmp_path: Path) -> None:
    assert found(class_imbalance, tmp_path, series=labelled(cat=3, dog=4)) == []


def test_image_without_a_label_is_not_judged(tmp_path: Path) -> None:
    (finding,) = found(class_imbalance, tmp_path, series=[*labelled(cat=1, dog=4), series("other.png")])
    assert (finding.looked_at, finding.not_judged) == (5, 1)
