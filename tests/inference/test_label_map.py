"""The rule on label maps: pictures and volumes as a scan sees them, and the traps that look alike."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from biodatamine_core.inference import label_map
from biodatamine_core.records import Clue, FileRecord, SeriesRecord
from tests.builders import dicom_slice
from tests.inference.arrange import said, series_of
from tests.series.test_beside import grouped
from tests.test_pixel_facts import png, scanned

NOISE = np.random.default_rng(1)
ROWS, COLUMNS = np.mgrid[0:96, 0:96]


def discs(*values: int) -> np.ndarray:
    """One disc of 20 pixels a value on 0."""
    image = np.zeros((96, 96), np.uint8)
    for number, value in enumerate(values):
        row, column = 24 + 48 * (number // 2), 24 + 48 * (number % 2)
        image[(ROWS - row) ** 2 + (COLUMNS - column) ** 2 < 100] = value
    return image


def volume_of(plane: np.ndarray, dtype: Any) -> np.ndarray:
    return np.repeat(plane[..., None], 8, axis=2).astype(dtype)


def volume(voxels: np.ndarray) -> bytes:
    return bytes(nib.Nifti1Image(voxels, np.eye(4)).to_bytes())


def series_seen(record: FileRecord) -> SeriesRecord:
    """The series of one file, with what the scan saw of its values."""
    names = ("value_min", "value_max", "level_count", "flat_share", "channels", "format")
    return series_of(record.path, **{name: getattr(record, name) for name in names})


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png(discs(1, 2, 3)), id="a picture of three labels"),
        pytest.param(png(discs(1)), id="one label"),
        pytest.param(volume(volume_of(discs(1, 2, 17), np.int16)), id="a volume"),
        pytest.param(
            volume(np.pad(volume_of(discs(1, 2, 17), np.uint8), ((0, 0), (0, 0), (90, 90)))), id="empty above and below"
        ),
        pytest.param(volume(volume_of(discs(1, 2, 17), np.float32)), id="a volume of whole numbers kept as fractions"),
    ],
)
def test_few_whole_numbers_in_areas_are_labels(data: bytes) -> None:
    assert said(label_map, series_seen(scanned(data))) == [("modality", "SEG")]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png(discs(255)), id="a mask of 0 and 255, or a drawing"),
        pytest.param(png(discs(90, 180, 255)), id="a picture of few colours"),
        pytest.param(png(np.dstack([discs(9), discs(1), discs(5)])), id="a dark picture in colour"),
        pytest.param(volume(NOISE.poisson(3.0, (64, 64, 8)).astype(np.int16)), id="quantised counts of a PET"),
        pytest.param(volume(volume_of(discs(1) * NOISE.poisson(3.0, (96, 96)), np.int16)), id="the same in a disc"),
        pytest.param(volume(volume_of(discs(1, 2) + 3 * discs(40), np.int16)), id="an atlas of many labels"),
        pytest.param(volume(volume_of(discs(1) * 0.37, np.float32)), id="probabilities"),
        pytest.param(volume(np.zeros((32, 32, 8), np.uint8)), id="nothing but 0"),
        pytest.param(volume(np.full((32, 32, 8), 7, np.uint8)), id="nothing but 7"),
        pytest.param(png((ROWS // 3 + COLUMNS // 3).astype(np.uint8)), id="a slope of many levels"),
        pytest.param(
            png(np.kron(NOISE.integers(0, 33, (12, 12)), np.ones((8, 8))).astype(np.uint8)), id="drawn larger"
        ),
        pytest.param(dicom_slice(pixels=discs(1, 2).astype(np.uint16)), id="DICOM, which has a tag"),
    ],
)
def test_what_looks_like_labels_and_is_none_gives_no_clue(data: bytes) -> None:
    assert said(label_map, series_seen(scanned(data))) == []


def test_the_clue_says_what_was_seen() -> None:
    (clue,) = label_map.clues(series_seen(scanned(png(discs(1, 2, 3)))))
    assert isinstance(clue, Clue)
    assert clue.because == "It holds 4 different values, whole numbers up to 3, in areas, as labels are"


def test_a_label_map_without_a_name_is_a_mask_beside_its_image(tmp_path: Path) -> None:
    labels, image = (volume(volume_of(plane, np.int16)) for plane in (discs(1, 2), discs(1, 2) * 100))
    files = [scanned(labels, "case/b.nii"), scanned(image, "case/a.nii")]
    _, series = grouped(tmp_path, files)
    assert {one.path: one.is_mask for one in series} == {"case/a.nii": False, "case/b.nii": True}
