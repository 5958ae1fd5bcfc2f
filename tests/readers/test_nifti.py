"""The NIfTI reader against nibabel: both versions, both byte orders, every way to say where a voxel lies."""

import io
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember
from tests.builders import member_of, nifti

PSEUDONYM = Pseudonym(b"test")
OBLIQUE = np.array([[-1.1, 0.2, 0.1, 90.0], [0.2, 1.9, -0.3, -120.0], [0.1, 0.4, 3.1, -70.0], [0, 0, 0, 1.0]])


def inspect(data: bytes, mode: Mode = Mode.FULL, **facts: Any) -> FileRecord:
    return readers.inspect(member_of(data, "a.nii", **facts), PSEUDONYM, mode)


def image(
    shape: tuple[int, ...] = (4, 5, 6),
    dtype: Any = np.int16,
    affine: np.ndarray | None = None,
    kind: type = nib.Nifti1Image,
) -> Any:
    data = np.arange(int(np.prod(shape))).reshape(shape) % 100
    return kind(data.astype(dtype), np.eye(4) if affine is None else affine)


def edited(data: bytes, offset: int, value: bytes) -> bytes:
    return data[:offset] + value + data[offset + len(value) :]


def unsized(data: bytes) -> Member:
    """A member whose unpacked size nobody knows: a .nii.gz."""
    return Member("a.nii.gz", lambda: io.BytesIO(data))


def test_a_volume_says_what_it_is() -> None:
    record = inspect(nifti((4, 5, 6), (0.5, 1.0, 2.0), descrip="TE=2.5;Time=120000"))
    assert record == FileRecord(
        file_id="", path="a.nii", format="NIfTI", role=Role.IMAGE, readable=True, shape=(4, 5, 6), dtype="int16",
        channels=1, spacing_mm=(0.5, 1.0, 2.0), header_description="TE=2.5;Time=120000",
        affine_ras=(0.5, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1),
    )  # fmt: skip


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", ["sform", "qform", "none"])
def test_agrees_with_nibabel(kind: type, order: str, form: str) -> None:
    written = image((3, 4, 5, 2), np.float32, OBLIQUE, kind)
    written.header.set_zooms((1.2, 2.0, 3.1, 0.8))
    written.set_sform(OBLIQUE, 1 if form == "sform" else 0)
    written.set_qform(OBLIQUE, 1 if form == "qform" else 0, strip_shears=True)
    swapped = kind(written.dataobj, None, written.header.as_byteswapped(order))
    record = inspect(swapped.to_bytes())
    expected = kind.from_bytes(swapped.to_bytes())
    assert record.shape == expected.shape
    assert record.dtype == expected.get_data_dtype().name
    assert record.spacing_mm == pytest.approx([float(zoom) for zoom in expected.header.get_zooms()[:3]])
    if form == "none":
        assert record.affine_ras is None
    else:
        assert record.affine_ras == pytest.approx(expected.affine.ravel(), abs=1e-4)


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int8, np.uint16, np.int16, np.int32, np.float32, np.float64, np.complex64]
)
def test_every_data_type_is_named_and_measured(dtype: Any) -> None:
    data = image(dtype=dtype).to_bytes()
    record = inspect(data)
    assert (record.dtype, record.readable) == (np.dtype(dtype).name, True)
    assert inspect(data[:-1]).problem_kind is ProblemKind.TRUNCATED


def test_rgb_is_one_picture_with_three_channels() -> None:
    rgb = np.zeros((4, 5, 6), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    record = inspect(nib.Nifti1Image(rgb, np.eye(4)).to_bytes())
    assert (record.shape, record.channels, record.dtype) == ((4, 5, 6), 3, "uint8")


@pytest.mark.parametrize(
    ("shape", "kept"),
    [
        ((4, 5, 1), (4, 5)),
        ((4, 5, 1, 1), (4, 5)),
        ((4, 5, 6, 1), (4, 5, 6)),
        ((4, 5, 1, 3), (4, 5, 1, 3)),
        ((4, 1, 1), (4, 1)),
    ],
)
def test_trailing_ones_are_no_dimensions(shape: tuple[int, ...], kept: tuple[int, ...]) -> None:
    assert inspect(image(shape).to_bytes()).shape == kept


@pytest.mark.parametrize(("unit", "mm"), [("meter", 1000.0), ("mm", 1.0), ("micron", 0.001), ("unknown", 1.0)])
def test_spacing_and_affine_are_in_millimetres_whatever_the_unit(unit: str, mm: float) -> None:
    written = image()
    written.header.set_xyzt_units(unit)
    record = inspect(written.to_bytes())
    assert record.spacing_mm == pytest.approx((mm, mm, mm))
    assert record.affine_ras is not None
    assert record.affine_ras[0] == pytest.approx(mm)


@pytest.mark.parametrize("zoom", [0.0, float("nan"), float("inf")])
def test_impossible_spacing_is_unknown(zoom: float) -> None:
    assert inspect(edited(nifti(), 80, np.float32(zoom).tobytes())).spacing_mm is None


def test_label_maps_are_segmentations_and_cifti_is_no_volume() -> None:
    label, matrix = image(), image()
    label.header.set_intent("label")
    matrix.header["intent_code"] = 3006
    assert (inspect(label.to_bytes()).role, inspect(label.to_bytes()).intent) == (Role.SEGMENTATION, "label")
    assert (inspect(matrix.to_bytes()).role, inspect(matrix.to_bytes()).shape) == (Role.OBJECT, None)


def test_a_header_names_the_file_that_holds_its_voxels() -> None:
    record = inspect(edited(nifti(), 344, b"ni1\0"))
    assert (record.format, record.readable, record.shape) == ("NIfTI", True, (8, 9, 10))
    assert record.data_files == ("a.img",)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(edited(nifti(), 40, b"\x09\x00"), id="nine axes"),
        pytest.param(edited(nifti(), 42, b"\xff\xff"), id="negative size"),
        pytest.param(edited(nifti(), 70, b"\x63\x00"), id="unknown data type"),
    ],
)
def test_an_impossible_header_is_corrupt(broken: bytes) -> None:
    record = inspect(broken)
    assert (record.readable, record.problem_kind, record.shape) == (False, ProblemKind.CORRUPT, None)


def test_cut_voxels_are_named_with_their_bytes_and_the_facts_stay() -> None:
    record = inspect(nifti((4, 5, 6))[:-40])
    assert record.problem == "Its voxels end early: 200 of 240 bytes."
    assert (record.readable, record.shape) == (False, (4, 5, 6))


def test_cut_voxels_of_unknown_size_are_found_by_reading_them() -> None:
    data = nifti((40, 40, 40))[:-2]
    assert readers.inspect(unsized(data), PSEUDONYM, Mode.FULL).problem_kind is ProblemKind.TRUNCATED
    assert readers.inspect(unsized(data), PSEUDONYM, Mode.HEADERS).readable


def test_a_stream_that_breaks_in_the_voxels_keeps_the_facts_of_the_header() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 70_000:
                raise UnreadableMember(ProblemKind.TRUNCATED, "Its gzip data ends early.")
            return super().read(size)

    record = readers.inspect(Member("a.nii.gz", lambda: Broken(nifti((60, 60, 60)))), PSEUDONYM, Mode.FULL)
    assert (record.shape, record.problem) == ((60, 60, 60), "Its gzip data ends early.")


@pytest.mark.parametrize("axes", ["RAS", "LPS", "PIR", "SRA", "LIP"])
def test_the_picture_is_upright_however_the_voxels_are_stored(axes: str) -> None:
    data = np.zeros((16, 18, 20), np.int16)
    data[12:, 14:, :] = 1000  # right and front
    written = nib.Nifti1Image(data, np.eye(4))
    target = nib.orientations.axcodes2ornt(axes)
    stored = written.as_reoriented(
        nib.orientations.ornt_transform(nib.orientations.io_orientation(written.affine), target)
    )
    pixels = readers.middle_picture(member_of(stored.to_bytes(), "a.nii")).pixels
    assert pixels.shape == (18, 16)
    assert pixels[0, 0] == 1000
    assert pixels[-1, 0] == pixels[0, -1] == pixels[-1, -1] == 0


def test_thick_slices_are_looked_at_as_they_were_cut() -> None:
    coronal = image((30, 6, 40), affine=np.diag([1.0, 6.0, 1.0, 1.0]))
    assert readers.middle_picture(member_of(coronal.to_bytes(), "a.nii")).pixels.shape == (40, 30)


def test_picture_values_are_scaled_by_slope_and_intercept() -> None:
    written = nib.Nifti1Image(np.full((4, 4, 4), 10, np.int16), np.eye(4))
    data = edited(edited(written.to_bytes(), 112, np.float32(2).tobytes()), 116, np.float32(-5).tobytes())
    assert (readers.middle_picture(member_of(data, "a.nii")).pixels == 15).all()


def test_picture_of_rgb_and_of_one_slice() -> None:
    rgb = np.zeros((4, 5, 6), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    rgb["G"] = 200
    pixels = readers.middle_picture(member_of(nib.Nifti1Image(rgb, np.eye(4)).to_bytes(), "a.nii")).pixels
    assert pixels.shape == (5, 4, 3)
    assert (pixels == (0, 200, 0)).all()
    assert readers.middle_picture(member_of(image((7, 9, 1)).to_bytes(), "a.nii")).pixels.shape == (9, 7)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(nifti((4, 5, 6))[:400], ProblemKind.TRUNCATED, id="cut"),
        pytest.param(edited(nifti(), 42, np.int16([32767] * 3).tobytes()), ProblemKind.TOO_LARGE, id="too large"),
        pytest.param(image(dtype=np.complex64).to_bytes(), ProblemKind.UNSUPPORTED, id="complex numbers"),
    ],
)
def test_what_cannot_be_drawn_says_why(data: bytes, kind: ProblemKind) -> None:
    with pytest.raises(UnreadableMember) as caught:
        readers.middle_picture(member_of(data, "a.nii"))
    assert caught.value.problem.kind is kind


def test_gap_between_qform_and_sform_is_that_of_nibabels_matrices() -> None:
    sform = np.array([[-1.0, 0, 0, 90], [0, 1, 0.1, -126], [0, 0, 2, -72], [0, 0, 0, 1]])
    qform = np.diag([1.0, 1.0, 2.0, 1.0])
    volume = nib.Nifti1Image(np.zeros((8, 9, 10), np.int16), None)
    volume.set_sform(sform, code=1)
    volume.set_qform(qform, code=1)
    corners = np.array([[i, j, k, 1] for i in (0, 7) for j in (0, 8) for k in (0, 9)]).T
    apart = np.linalg.norm(((volume.get_sform() - volume.get_qform()) @ corners)[:3], axis=0).max()
    assert inspect(volume.to_bytes()).affine_forms_gap_mm == pytest.approx(apart, abs=1e-4)
    volume.set_sform(sform, code=4)  # another space on purpose: scanner against MNI
    assert inspect(volume.to_bytes()).affine_forms_gap_mm is None


@pytest.mark.parametrize(("qform_code", "sform_code"), [(1, 7), (7, 1), (2, -3), (5, 0), (0, 5), (300, 1)])
def test_a_form_for_a_space_that_nobody_knows_counts_as_not_set(qform_code: int, sform_code: int) -> None:
    volume = image()
    volume.set_sform(OBLIQUE, code=1)
    volume.set_qform(np.diag([1.0, 1.5, 2.0, 1.0]), code=1)
    data = edited(volume.to_bytes(), 252, np.array([qform_code, sform_code], "<i2").tobytes())
    record = inspect(data)
    expected = nib.Nifti1Image.from_bytes(data).affine
    assert record.affine_ras == pytest.approx(tuple(expected.ravel()), abs=1e-4)
    assert record.affine_forms_gap_mm is None
