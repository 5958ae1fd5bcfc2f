"""Planes are decoded one after another, as they lie in the file."""

import io

import nibabel as nib
import numpy as np
import pytest
import tifffile
from pydicom import dcmread

from biodatamine_core.readers.planes import planes
from biodatamine_core.records import UnreadableMember
from tests.builders import dicom_slice, member_of, nifti, picture


def multi_frame(frames: int, **tags: object) -> bytes:
    """An ultrasound recording whose frame n is all n."""
    dataset = dcmread(io.BytesIO(dicom_slice("US", position_mm=None, orientation=None, **tags)))
    pixels = np.repeat(np.arange(frames, dtype=np.uint16), 16 * 16).reshape(frames, 16, 16)
    dataset.NumberOfFrames, dataset.PixelData = frames, pixels.tobytes()
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def test_the_frames_of_a_dicom_file_come_in_order() -> None:
    found = planes(member_of(multi_frame(7)), [1, 4, 6])
    assert found is not None
    assert [int(frame.pixels.max()) for frame in found] == [1, 4, 6]


def test_dicom_frames_are_rescaled() -> None:
    found = planes(member_of(multi_frame(3, RescaleSlope=2, RescaleIntercept=-10)), [2])
    assert found is not None
    assert [float(frame.pixels.max()) for frame in found] == [-6.0]


@pytest.mark.parametrize("shape", [(6, 5, 4), (6, 5, 4, 3)])
def test_nifti_planes_are_those_that_nibabel_reads(shape: tuple[int, ...]) -> None:
    data = nifti(shape)
    voxels = np.asanyarray(nib.Nifti1Image.from_bytes(data).dataobj).reshape(6, 5, -1, order="F")
    wanted = [0, 2, voxels.shape[2] - 1]
    found = planes(member_of(data, "a.nii"), wanted)
    assert found is not None
    np.testing.assert_array_equal([p.pixels.T for p in found], np.moveaxis(voxels[:, :, wanted], 2, 0))


def test_nifti_planes_that_are_missing_are_told() -> None:
    found = planes(member_of(nifti((6, 5, 4))[:-10], "a.nii"), [0, 3])
    assert found is not None
    with pytest.raises(UnreadableMember, match="Its voxels end before slice 4"):
        list(found)


@pytest.mark.parametrize(
    ("axes", "shape", "order"),
    [
        pytest.param("ZYX", (6, 8, 9), [0, 3, 5], id="slices"),
        pytest.param("TZCYX", (2, 3, 2, 8, 9), [0, 6, 10], id="slices and times of the first channel"),
        pytest.param("QYX", (6, 8, 9), [0, 3, 5], id="pages of which nothing is said"),
    ],
)
def test_tiff_planes_are_slices_before_times(axes: str, shape: tuple[int, ...], order: list[int]) -> None:
    pages = np.arange(np.prod(shape[:-2]), dtype=np.uint16).reshape(*shape[:-2], 1, 1)
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, ome=axes != "QYX") as writer:
        writer.write(np.broadcast_to(pages, shape), metadata={"axes": axes} if axes != "QYX" else None)
    found = planes(member_of(stream.getvalue(), "a.tif"), [0, 3, 5])
    assert found is not None
    assert [int(plane.pixels[0, 0]) for plane in found] == order


def test_tiff_pages_of_several_sizes_are_no_stack() -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for size in (8, 16):
            writer.write(np.zeros((size, size), np.uint8))
    assert planes(member_of(stream.getvalue(), "a.tif"), [0, 1]) is None


def test_a_format_that_is_only_drawn_in_its_middle_has_no_planes() -> None:
    assert planes(member_of(picture(), "a.png"), [0]) is None
