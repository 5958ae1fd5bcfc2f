"""A series becomes the array that a person steps through: in order, upright, in true values, bounded."""

import gzip
import io
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from biodatamine_core import volumes
from biodatamine_core.volumes import Kind, size
from biodatamine_core.volumes.plan import Plan
from biodatamine_core.volumes.size import Strides, shrunk, strides_of
from tests.builders import dicom_slice, dicom_volume, nifti, picture
from tests.volumes.arrange import looked_at


def slices(count: int, **options: object) -> dict[str, bytes]:
    """A CT whose slice at height n holds n everywhere, its files named from head to foot."""
    return {
        f"{count - n:03}.dcm": dicom_slice(
            position_mm=(0.0, 0.0, 2.0 * n), instance=n + 1, pixels=np.full((6, 5), n, np.int16), **options
        )
        for n in range(count)
    }


def test_slices_are_ordered_by_position_from_foot_to_head(tmp_path: Path) -> None:
    volume = looked_at(slices(7), tmp_path)
    assert volume.facts.kind is Kind.VOLUME
    assert volume.voxels.shape == (7, 6, 5)
    assert volume.voxels[:, 0, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert volume.facts.spacing_mm == (0.7, 0.7, 2.0)


def test_a_ct_is_in_hounsfield_units_exactly(tmp_path: Path) -> None:
    volume = looked_at(slices(6, RescaleSlope=2, RescaleIntercept=-1024), tmp_path)
    assert volume.facts.unit == "HU"
    assert volume.values[:, 0, 0].tolist() == [-1024, -1022, -1020, -1018, -1016, -1014]
    assert [window.name for window in volume.facts.windows] == ["Lung", "Bone", "Soft tissue", "Brain", "Auto"]


def test_a_missing_slice_leaves_its_place_empty(tmp_path: Path) -> None:
    files = slices(8)
    del files["005.dcm"]
    volume = looked_at(files, tmp_path)
    assert volume.voxels[:, 0, 0].tolist() == [0, 1, 2, 0, 4, 5, 6, 7]
    assert "1 missing slice left empty, so that distances stay true." in volume.facts.notes


def test_a_slice_that_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    files = slices(6)
    broken = dcmread(io.BytesIO(files["003.dcm"]))
    broken.BitsAllocated = 17
    stream = io.BytesIO()
    broken.save_as(stream)
    volume = looked_at(files | {"003.dcm": stream.getvalue()}, tmp_path)
    assert volume.voxels[:, 0, 0].tolist() == [0, 1, 2, 0, 4, 5]
    assert "1 of its 6 files could not be read whole; gaps are left empty." in volume.facts.notes


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0)], ids=["axial", "sagittal", "coronal"])
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, -1)], ids=["RAS", "LAI"])
def test_a_volume_lies_the_same_however_its_file_is_turned(
    tmp_path: Path, axes: tuple[int, int, int], signs: tuple[int, int, int]
) -> None:
    ras = np.arange(6 * 7 * 8, dtype=np.int16).reshape(6, 7, 8)
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    for column, axis in enumerate(axes):
        affine[axis, column] = signs[axis] * (1 + axis)
    turned = ras[:: signs[0], :: signs[1], :: signs[2]].transpose(axes)
    volume = looked_at({"scan.nii": nib.Nifti1Image(turned, affine).to_bytes()}, tmp_path)
    # x runs to the left and y to the back, against RAS; z runs to the head with it.
    np.testing.assert_array_equal(volume.voxels, ras[::-1, ::-1, :].transpose(2, 1, 0))
    assert volume.facts.is_oriented
    assert volume.facts.spacing_mm == (1.0, 2.0, 3.0)
    assert volume.facts.main == "axial"


def test_thick_slices_are_looked_at_as_they_were_taken(tmp_path: Path) -> None:
    sagittal = {
        f"{n}.dcm": dicom_slice("MR", position_mm=(6.0 * n, 0, 0), orientation=(0, 1, 0, 0, 0, -1), instance=n)
        for n in range(6)
    }
    assert looked_at(sagittal, tmp_path).facts.main == "sagittal"


def test_volumes_over_time_are_all_there(tmp_path: Path) -> None:
    volume = looked_at({"run.nii.gz": nifti((4, 5, 6, 9), compressed=True)}, tmp_path)
    expected = (np.arange(4 * 5 * 6 * 9) % 1000).reshape(4, 5, 6, 9)
    np.testing.assert_array_equal(volume.values, expected[::-1, ::-1].transpose(3, 2, 1, 0))
    assert (volume.facts.times, volume.facts.full_times, volume.facts.varies_by) == (9, 9, "time")
    np.testing.assert_array_equal(volumes.unpack(volumes.pack(volume)).voxels, volume.voxels)


def test_a_file_a_slice_becomes_volumes_in_the_order_of_what_tells_them_apart(tmp_path: Path) -> None:
    files = {
        f"{9 * n - time}.dcm": dicom_slice(
            "MR", position_mm=(0, 0, 2.0 * n), instance=n, TemporalPositionIdentifier=time,
            pixels=np.full((4, 4), 10 * time + n, np.uint16),
        )
        for n in range(6)
        for time in (1, 2, 3)
    }  # fmt: skip
    volume = looked_at(files, tmp_path)
    assert volume.voxels[:, :, 0, 0].tolist() == [[10 * time + n for n in range(6)] for time in (1, 2, 3)]
    assert volume.facts.notes == ()


def test_of_many_volumes_every_so_manieth_is_shown_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "MAX_VOXELS", 4 * 5 * 6 * 3)
    volume = looked_at({"run.nii.gz": nifti((4, 5, 6, 9), compressed=True)}, tmp_path)
    assert (volume.facts.size, volume.facts.times, volume.facts.time_stride) == ((2, 3, 6), 9, 1)
    monkeypatch.setattr(size, "LEAST_TIMES", 3)
    volume = looked_at({"run.nii.gz": nifti((4, 5, 6, 9), compressed=True)}, tmp_path)
    assert (volume.facts.size, volume.facts.times, volume.facts.time_stride) == ((4, 5, 6), 3, 3)
    assert "Every 3rd of 9 volumes is shown." in volume.facts.notes


def test_a_large_volume_is_made_smaller_and_says_so(tmp_path: Path) -> None:
    data = nib.Nifti1Image(np.zeros((300, 280, 250), np.uint8), np.diag([1.0, 1.0, 2.0, 1.0])).to_bytes()
    volume = looked_at({"scan.nii.gz": gzip.compress(data, 1)}, tmp_path)
    assert volume.voxels.shape == (250, 280, 150)
    assert (volume.facts.full_size, volume.facts.spacing_mm) == ((300, 280, 250), (2.0, 1.0, 2.0))
    assert volume.facts.notes == ("Shown at 150 × 280 × 250 of 300 × 280 × 250 voxels.",)


@pytest.mark.parametrize(
    ("kind", "size", "spacing_mm", "channels", "strides"),
    [
        pytest.param(Kind.VOLUME, (512, 512, 200), (0.7, 0.7, 2.5), 1, (2, 2, 1), id="thick slices keep them all"),
        pytest.param(Kind.VOLUME, (512, 512, 512), (1.0, 1.0, 1.0), 1, (2, 2, 2), id="cubes stay cubes"),
        pytest.param(Kind.VOLUME, (256, 256, 256), None, 1, (1, 1, 1), id="what fits is left alone"),
        pytest.param(Kind.PICTURE, (5000, 3000, 1), None, 1, (3, 3, 1), id="a mammogram"),
        pytest.param(Kind.FRAMES, (1024, 768, 100), None, 3, (2, 2, 4), id="a long recording in colour"),
    ],
)
def test_what_is_shown_is_bounded(
    kind: Kind, size: Strides, spacing_mm: tuple[float, float, float] | None, channels: int, strides: Strides
) -> None:
    assert strides_of(Plan(kind, {}, {}, size, spacing_mm), channels) == strides


def test_a_mask_keeps_its_values_when_it_is_made_smaller() -> None:
    labels = np.indices((16, 17)).sum(axis=0) % 2 * 7
    assert set(np.unique(shrunk(labels, 3, 2, is_mask=True))) == {0, 7}
    assert shrunk(labels, 3, 2, is_mask=True).shape == shrunk(labels, 3, 2, is_mask=False).shape == (8, 6)


def test_a_recording_becomes_frames_with_their_time(tmp_path: Path) -> None:
    dataset = dcmread(io.BytesIO(dicom_slice("US", position_mm=None, orientation=None, FrameTime=40)))
    dataset.NumberOfFrames = 9
    dataset.PixelData = np.repeat(np.arange(9, dtype=np.uint16), 256).tobytes()
    stream = io.BytesIO()
    dataset.save_as(stream)
    volume = looked_at({"heart.dcm": stream.getvalue()}, tmp_path)
    assert (volume.facts.kind, volume.facts.is_recording, volume.facts.frame_ms) == (Kind.FRAMES, True, 40.0)
    assert volume.voxels[:, 0, 0].tolist() == [*range(9)]


def test_pages_of_a_tiff_are_stepped_through(tmp_path: Path) -> None:
    pages = [Image.new("L", (20, 16), 60 * n) for n in range(4)]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    volume = looked_at({"stack.tif": stream.getvalue()}, tmp_path)
    assert (volume.facts.kind, volume.facts.is_recording) == (Kind.FRAMES, False)
    assert volume.voxels[:, 8, 10].tolist() == [0, 60, 120, 180]


def test_numbered_pictures_are_stacked_by_their_numbers(tmp_path: Path) -> None:
    files = {}
    for number in range(8, 13):  # 10 comes before 8 by name
        stream = io.BytesIO()
        Image.new("L", (20, 16), number).save(stream, "PNG")
        files[f"ct/{number}.png"] = stream.getvalue()
    volume = looked_at(files, tmp_path)
    assert (volume.facts.kind, volume.facts.spacing_mm) == (Kind.VOLUME, None)
    assert volume.voxels[:, 8, 10].tolist() == [8, 9, 10, 11, 12]


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_an_animation_becomes_frames(tmp_path: Path, format: str) -> None:
    shades = [Image.new("RGB", (20, 16), (60 * n, 0, 255)) for n in range(4)]
    stream = io.BytesIO()
    shades[0].save(stream, format, save_all=True, append_images=shades[1:], duration=50, lossless=True)
    volume = looked_at({f"beat.{format.lower()}": stream.getvalue()}, tmp_path)
    assert (volume.facts.kind, volume.facts.is_recording, volume.facts.frame_ms) == (Kind.FRAMES, True, 50.0)
    assert volume.voxels[:, 8, 10].tolist() == [[60 * n, 0, 255] for n in range(4)]


def test_a_photograph_keeps_its_colours(tmp_path: Path) -> None:
    volume = looked_at({"skin.png": picture(mode="RGB")}, tmp_path)
    assert volume.facts.kind is Kind.PICTURE
    assert (volume.voxels.shape, volume.voxels.dtype, volume.facts.windows) == ((1, 24, 32, 3), np.uint8, ())


def test_fractions_are_kept_to_sixteen_bits(tmp_path: Path) -> None:
    values = np.linspace(-1, 1, 6 * 6 * 6, dtype=np.float32).reshape(6, 6, 6)
    volume = looked_at({"map.nii": nib.Nifti1Image(values, np.diag([-1, -1, 1, 1])).to_bytes()}, tmp_path)
    np.testing.assert_allclose(volume.values, values.transpose(2, 1, 0), atol=2 / 65535)


def test_values_that_are_no_numbers_are_drawn_as_the_least(tmp_path: Path) -> None:
    values = np.ones((5, 5, 5), np.float32)
    values[2, 2, 2], values[1, 1, 1] = np.nan, 9.0
    volume = looked_at({"map.nii": nib.Nifti1Image(values, np.eye(4)).to_bytes()}, tmp_path)
    assert set(np.unique(volume.values)) == {1.0, 9.0}


def test_what_is_packed_is_unpacked_the_same(tmp_path: Path) -> None:
    volume = looked_at(dicom_volume(6), tmp_path)
    again = volumes.unpack(volumes.pack(volume))
    assert again.facts == volume.facts
    np.testing.assert_array_equal(again.voxels, volume.voxels)
