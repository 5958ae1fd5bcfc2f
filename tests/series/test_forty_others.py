"""Edge cases of volumes, from the bytes: NIfTI, TIFF, folders of pictures."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image

from biodatamine_core.records import Mode, SeriesRecord
from tests.builders import nifti
from tests.series.arrange import series_in


def only(folder: Path, files: Mapping[str, bytes]) -> SeriesRecord:
    (record,) = series_in(folder, files)
    return record


@pytest.mark.parametrize(
    ("shape", "dimensions", "grid", "verdict"),
    [
        pytest.param((8, 9, 10, 1, 1), "3D", (8, 9, 10), "3D, 10 slices, 1 × 1 × 1 mm", id="trailing ones"),
        pytest.param((8, 9, 1, 1), "2D", (8, 9), "2D, one image, 8 × 9 pixels", id="one slice"),
        pytest.param((8, 9, 10, 5), "4D", (8, 9, 10, 5), "4D, 10 slices × 5, 1 × 1 × 1 mm: the fourth axis is time",
                     id="time"),
        pytest.param((8, 9, 1, 20), "2D+t", (8, 9, 1, 20), "2D+t, one slice × 20, 1 × 1 mm: the fourth axis is time",
                     id="one slice over time"),
    ],
)  # fmt: skip
def test_axes_of_a_nifti(
    tmp_path: Path, shape: tuple[int, ...], dimensions: str, grid: tuple[int, ...], verdict: str
) -> None:
    record = only(tmp_path, {"a.nii.gz": nifti(shape, compressed=True)})
    assert (record.dimensions, record.shape, record.verdict) == (dimensions, grid, verdict)


def test_diffusion_with_its_gradients(tmp_path: Path) -> None:
    table = b"0 1000 1000 1000 1000 1000\n"
    files = {"dwi.nii": nifti((8, 9, 10, 6)), "dwi.bval": table, "dwi.bvec": table * 3}
    record = only(tmp_path, files)
    assert record.verdict == "4D, 10 slices × 6, 1 × 1 × 1 mm: the fourth axis is direction"


def test_vector_field(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.zeros((8, 9, 10, 1, 3), np.float32), np.eye(4))
    image.header.set_intent("vector")
    record = only(tmp_path, {"warp.nii": image.to_bytes()})
    assert record.verdict == "4D, 10 slices × 3, 1 × 1 × 1 mm: the fourth axis is vector component"


def test_colour_volume(tmp_path: Path) -> None:
    pixels = np.zeros((8, 9, 10), np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    record = only(tmp_path, {"a.nii": nib.Nifti1Image(pixels, np.eye(4)).to_bytes()})
    assert (record.dimensions, record.shape, record.channels) == ("3D", (8, 9, 10), 3)


def test_qform_against_sform(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.zeros((8, 9, 10), np.int16), np.eye(4))
    moved = np.eye(4)
    moved[0, 3] = 12.5
    image.set_sform(moved, code="scanner")
    image.set_qform(np.eye(4), code="scanner")
    record = only(tmp_path, {"a.nii": image.to_bytes()})
    assert record.verdict == (
        "3D, 10 slices, 1 × 1 × 1 mm: "
        "qform and sform place it 12.5 mm apart: find out which is right and write it into both"
    )


@pytest.mark.parametrize("kind", [nib.Nifti1Pair, nib.AnalyzeImage])
def test_header_and_voxels_in_two_files(tmp_path: Path, kind: Any) -> None:
    image = kind(np.zeros((8, 9, 10), np.int16), np.eye(4))
    image.file_map = kind.make_file_map({"header": io.BytesIO(), "image": io.BytesIO()})
    image.to_file_map()
    header, voxels = (image.file_map[name].fileobj.getvalue() for name in ("header", "image"))
    record = only(tmp_path, {"brain.hdr": header, "brain.img": voxels})
    assert (record.verdict, record.file_count) == ("3D, 10 slices, 1 × 1 × 1 mm", 2)


def tiff(pages: Sequence[np.ndarray], **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.stack(pages), photometric="minisblack", **options)
    return stream.getvalue()


def test_pages_that_look_like_slices(tmp_path: Path) -> None:
    record = only(tmp_path, {"a.tif": tiff(moving_blob(), metadata=None)})
    assert (record.dimensions, record.shape) == ("3D", (48, 48, 24))
    assert record.verdict.endswith("the file does not say what its pages are; neighbours look alike, as slices do")


def test_pages_that_do_not(tmp_path: Path) -> None:
    record = only(tmp_path, {"a.tif": tiff(others(), metadata=None)})
    assert record.verdict == "2D, 24 pages; the file does not say whether they are slices or times"


def test_ome_tiff_of_slices(tmp_path: Path) -> None:
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 2.0}
    data = tiff(others(), ome=True, metadata={"axes": "ZYX", **sizes})
    record = only(tmp_path, {"a.ome.tif": data})
    assert (record.dimensions, record.shape, record.spacing_mm) == ("3D", (48, 48, 24), (0.0005, 0.0005, 0.002))


def test_ome_tiff_of_times(tmp_path: Path) -> None:
    record = only(tmp_path, {"a.ome.tif": tiff(others(), ome=True, metadata={"axes": "TYX"})})
    assert (record.dimensions, record.varies_by) == ("2D+t", "time")


def moving_blob(pages: int = 24, side: int = 48) -> list[np.ndarray]:
    """A disc that moves and grows from page to page, as an organ does from slice to slice."""
    rows, columns = np.mgrid[:side, :side]
    found = []
    for page in range(pages):
        centre = side * (0.2 + 0.6 * page / pages)
        far = np.hypot(rows - centre, columns - side / 2)
        found.append((200 * np.exp(-((far / (side / 6)) ** 2))).astype(np.uint8))
    return found


def others(pages: int = 24, side: int = 48) -> list[np.ndarray]:
    """Pictures that have nothing in common with their neighbours."""
    coarse = np.random.default_rng(1).integers(0, 255, (pages, 6, 6), dtype=np.uint8)
    return [np.kron(page, np.ones((side // 6, side // 6), np.uint8)) for page in coarse]


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def numbered(pages: Sequence[np.ndarray], name: str = "ct/slice_{}.png") -> dict[str, bytes]:
    return {name.format(number): png(page) for number, page in enumerate(pages, 1)}


def test_folder_of_numbered_slices(tmp_path: Path) -> None:
    record = only(tmp_path, numbered(moving_blob()))
    assert (record.dimensions, record.shape, record.file_count) == ("3D", (48, 48, 24), 24)
    assert record.verdict == (
        "3D, 24 slices, pixel spacing not stated: "
        "24 numbered pictures; neighbours look alike, as slices do; how far apart they lie is not stated"
    )
    assert (record.spacing_mm, record.regularly_spaced_3d_volume) == (None, None)


def test_folder_of_numbered_pictures_that_is_no_stack(tmp_path: Path) -> None:
    records = series_in(tmp_path, numbered(others(), "benign ({}).png"))
    assert [(record.dimensions, record.file_count) for record in records] == [("2D", 1)] * 24


def test_slices_of_several_patients_in_a_row_are_no_stack(tmp_path: Path) -> None:
    patients = [np.roll(page, shift, (0, 1)) for shift in range(0, 48, 12) for page in moving_blob(8)]
    records = series_in(tmp_path, numbered(patients, "scan{}.png"))
    assert [record.dimensions for record in records] == ["2D"] * 32


def test_numbered_frames_are_a_recording(tmp_path: Path) -> None:
    record = only(tmp_path, numbered(moving_blob(), "clip/frame{}.png"))
    assert (record.dimensions, record.shape, record.varies_by) == ("2D+t", (48, 48, 1, 24), "time")


def test_numbered_slices_with_masks_of_their_own_stay_pictures(tmp_path: Path) -> None:
    pages = moving_blob()
    files = numbered(pages, "images/{}.png") | numbered([page // 100 for page in pages], "masks/{}.png")
    records = series_in(tmp_path, files)
    assert [record.file_count for record in records] == [1] * 48
    assert sum(record.mask_series_ids is not None for record in records) == 24


def test_headers_alone_do_not_make_numbered_pictures_a_stack(tmp_path: Path) -> None:
    assert len(series_in(tmp_path, numbered(moving_blob()), Mode.HEADERS)) == 24
