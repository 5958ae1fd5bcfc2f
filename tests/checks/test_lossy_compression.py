from pathlib import Path

import pytest

from biodatamine_core.checks import lossy_compression
from biodatamine_core.records import Finding, Scope, Severity
from tests.checks.arrange import dicom, file, found

LOSSLESS = {"lossy_image_compression": "00", "transfer_syntax_uid": "1.2.840.10008.1.2.4.70"}


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"lossy_image_compression": "01", "transfer_syntax_uid": "1.2.840.10008.1.2.1"}, id="tag"),
        pytest.param({"transfer_syntax_uid": "1.2.840.10008.1.2.4.50"}, id="transfer syntax"),
    ],
)
def test_lossy_dicom_is_found_by_tag_or_by_transfer_syntax(tmp_path: Path, facts: dict[str, str]) -> None:
    message = "1 of 2 DICOM images is compressed with losses"
    assert found(lossy_compression, tmp_path, [dicom("a.dcm", **facts), dicom("b.dcm", **LOSSLESS)]) == [
        Finding("lossy-compression", Severity.WARNING, Scope.FILE, "DICOM", message, 1, 2, 0, ("a.dcm",))
    ]


def test_jpeg_files_are_a_note(tmp_path: Path) -> None:
    (finding,) = found(lossy_compression, tmp_path, [file("a.jpg", format="JPEG"), file("b.png")])
    assert finding.severity is Severity.NOTE
    assert finding.message == "1 of 2 pictures is a JPEG file, compressed with losses"


def test_lossless_images_are_quiet(tmp_path: Path) -> None:
    assert found(lossy_compression, tmp_path, [dicom("a.dcm", **LOSSLESS), file("b.png")]) == []


def test_dicom_that_does_not_say_it_is_not_judged(tmp_path: Path) -> None:
    files = [dicom("a.dcm", lossy_image_compression="01"), dicom("b.dcm")]
    (finding,) = found(lossy_compression, tmp_path, files)
    assert (finding.count, finding.looked_at, finding.not_judged) == (1, 1, 1)
