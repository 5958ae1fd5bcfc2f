"""Of compressed instances a scan decodes one in eight: checks of pixels claim nothing about the others."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.uid import RLELossless

from biodatamine_core.checks import Check, blank_image, constant_image, duplicate_pixels
from biodatamine_core.records import FileRecord, Finding, Mode, Pseudonym
from biodatamine_core.scan.one_file import Orders, inspected
from biodatamine_core.settings import Limits
from tests.builders import dicom_bytes, dicom_slice, member_of, picture
from tests.checks.arrange import found

ORDERS = Orders(Mode.FULL, Limits(), Pseudonym(b"test"))
INSTANCES = range(1, 17)
LOOKED_AT, NOT_JUDGED = 2, 14
UNSEEN = "; the pixels of 14 more were not looked at"


def compressed(instance: int, pixels: np.ndarray) -> bytes:
    dataset = dcmread(io.BytesIO(dicom_slice(instance=instance, pixels=pixels)))
    dataset.compress(RLELossless)
    return dicom_bytes(dataset, transfer_syntax=RLELossless)


def series_of(pixels: np.ndarray) -> dict[str, bytes]:
    """Sixteen instances with the same pixels."""
    return {f"{instance:02}.dcm": compressed(instance, pixels) for instance in INSTANCES}


def findings(check: Check, folder: Path, files: Mapping[str, bytes]) -> list[Finding]:
    """What a check finds in files as a full scan records them."""
    return found(check, folder, [scanned(path, data) for path, data in files.items()])


def scanned(path: str, data: bytes) -> FileRecord:
    row = inspected(member_of(data, path), "content", ORDERS, lambda: None)
    facts = {name: getattr(row.record, name) for name in FileRecord.__dataclass_fields__}
    return FileRecord(**{**facts, **row.over})


def numbers(finding: Finding) -> tuple[int, int, int]:
    return finding.count, finding.looked_at, finding.not_judged


def test_constant_images_are_counted_among_those_that_were_decoded(tmp_path: Path) -> None:
    (finding,) = findings(constant_image, tmp_path, series_of(np.full((16, 16), 7, np.uint16)))
    assert numbers(finding) == (LOOKED_AT, LOOKED_AT, NOT_JUDGED)
    assert finding.message == "2 of 2 image files have the same value in every pixel" + UNSEEN


def test_blank_images_are_counted_among_those_that_were_decoded(tmp_path: Path) -> None:
    nearly = np.zeros((64, 64), np.uint16)
    nearly[0, 0] = 9
    (finding,) = findings(blank_image, tmp_path, series_of(nearly))
    assert numbers(finding) == (LOOKED_AT, LOOKED_AT, NOT_JUDGED)
    assert finding.message.endswith("of the pixels have one value" + UNSEEN)


def test_copies_of_pixels_are_counted_among_those_that_were_decoded(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint16).reshape(16, 16)
    (finding,) = findings(duplicate_pixels, tmp_path, series_of(ramp))
    assert numbers(finding) == (1, LOOKED_AT, NOT_JUDGED)
    assert finding.message == "1 of 2 image files repeats the pixels of another one in other bytes" + UNSEEN


def test_nothing_is_found_where_nothing_was_decoded(tmp_path: Path) -> None:
    constant = np.full((16, 16), 7, np.uint16)
    unseen = {"2.dcm": compressed(2, constant), "3.dcm": compressed(3, constant), "a.png": picture()}
    assert [findings(check, tmp_path, unseen) for check in (constant_image, blank_image, duplicate_pixels)] == [[]] * 3
