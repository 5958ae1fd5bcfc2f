from pathlib import Path

from biodatamine_core.checks import sop_class_contradicts_modality as check
from biodatamine_core.records import Finding, Scope, Severity
from tests.builders import SOP_CLASSES
from tests.checks.arrange import found, series, unread

CT = {"sop_class_uid": SOP_CLASSES["CT"], "modality_tag": "CT"}


def test_screenshot_called_ct_is_found(tmp_path: Path) -> None:
    listed = [series("a/", **CT), series("b/", sop_class_uid=SOP_CLASSES["SC"], modality_tag="CT")]
    name = "Secondary Capture Image Storage"
    message = f'1 of 2 DICOM series says Modality CT, but the SOP class is "{name}"'
    assert found(check, tmp_path, series=listed) == [
        Finding(check.CODE, Severity.WARNING, Scope.SERIES, f"CT, {name}", message, 1, 2, 0, ("b/",))
    ]


def test_another_modality_than_that_of_the_sop_class_is_found(tmp_path: Path) -> None:
    (finding,) = found(check, tmp_path, series=[series("a/", sop_class_uid=SOP_CLASSES["MR"], modality_tag="CT")])
    assert finding.subject == "CT, MR Image Storage"


def test_what_agrees_is_quiet_and_so_is_a_scanned_document(tmp_path: Path) -> None:
    listed = [
        series("a/", **CT),
        series("b/", sop_class_uid=SOP_CLASSES["DX"], modality_tag="CR"),
        series("c/", sop_class_uid=SOP_CLASSES["SC"], modality_tag="OT"),
        series("d/", sop_class_uid=SOP_CLASSES["CT"], modality_tag="JANE DOE"),
    ]
    assert found(check, tmp_path, series=listed) == []


def test_series_that_lacks_one_of_the_two_is_not_judged(tmp_path: Path) -> None:
    wrong = {"sop_class_uid": SOP_CLASSES["MR"], "modality_tag": "CT"}
    cut = series("cut/", **wrong)
    listed = [series("a/", **wrong), series("b/", modality_tag="CT"), cut]
    (finding,) = found(check, tmp_path, [unread(cut)], listed)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 2)
