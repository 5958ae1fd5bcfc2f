"""Volume formats beside NIfTI in one file: the facts of each, its picture, its data file; against their libraries."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  the name that everybody knows it by

from biodatamine_core import readers
from biodatamine_core.readers.planes import planes
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember
from tests.builders import member_of
from tests.readers.volumes import (
    AFFINE,
    NIBABEL_DATA,
    SHAPE,
    SPACING_MM,
    VOXELS,
    afni,
    beside,
    metaimage,
    mgh,
    npy,
    npz,
    nrrd_file,
    pair,
)

PSEUDONYM = Pseudonym(b"test")
Files = dict[str, bytes]


def inspect(member: Member, mode: Mode = Mode.FULL) -> FileRecord:
    return readers.inspect(member, PSEUDONYM, mode)


def afni_packed(folder: Path) -> Files:
    files = afni()
    return {"brain+orig.HEAD": files["brain+orig.HEAD"], "brain+orig.BRIK.gz": gzip.compress(files["brain+orig.BRIK"])}


FORMATS: dict[str, tuple[Callable[[Path], Files], str, str]] = {
    "NIfTI pair": (lambda folder: pair(nib.Nifti1Pair), "brain.hdr", "NIfTI"),
    "NIfTI-2 pair": (lambda folder: pair(nib.Nifti2Pair), "brain.hdr", "NIfTI"),
    "MGH": (lambda folder: {"a": mgh()}, "a", "MGH"),
    "AFNI": (lambda folder: afni(), "brain+orig.HEAD", "AFNI"),
    "AFNI packed": (afni_packed, "brain+orig.HEAD", "AFNI"),
    "NRRD": (lambda folder: nrrd_file(folder, encoding="raw"), "a.nrrd", "NRRD"),
    "NRRD gzip": (lambda folder: nrrd_file(folder, encoding="gzip"), "a.nrrd", "NRRD"),
    "NRRD bzip2": (lambda folder: nrrd_file(folder, encoding="bzip2"), "a.nrrd", "NRRD"),
    "NRRD text": (lambda folder: nrrd_file(folder, encoding="ascii"), "a.nrrd", "NRRD"),
    "NRRD detached": (lambda folder: nrrd_file(folder, name="a.nhdr", encoding="raw"), "a.nhdr", "NRRD"),
    "NRRD detached gzip": (lambda folder: nrrd_file(folder, name="a.nhdr", encoding="gzip"), "a.nhdr", "NRRD"),
    "MetaImage": (lambda folder: metaimage(folder), "a.mha", "MetaImage"),
    "MetaImage packed": (lambda folder: metaimage(folder, is_packed=True), "a.mha", "MetaImage"),
    "MetaImage detached": (lambda folder: metaimage(folder, name="a.mhd"), "a.mhd", "MetaImage"),
    "MetaImage detached packed": (lambda folder: metaimage(folder, name="a.mhd", is_packed=True), "a.mhd", "MetaImage"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_one_volume_says_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    build, header, format = FORMATS[name]
    files = build(tmp_path / "data")
    record = inspect(beside(files, header))
    assert (record.format, record.role, record.readable, record.problem) == (format, Role.IMAGE, True, None)
    assert (record.shape, record.dtype, record.channels) == (SHAPE, "int16", 1)
    assert record.spacing_mm == pytest.approx(SPACING_MM)
    assert record.affine_ras == pytest.approx(AFFINE.ravel(), abs=1e-5)
    assert (record.data_files is None) == (len(files) == 1)


@pytest.mark.parametrize("name", FORMATS)
def test_one_volume_looks_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    build, header, _ = FORMATS[name]
    picture = readers.middle_picture(beside(build(tmp_path / "data"), header))
    assert picture.pixels.shape == (18, 16)
    assert picture.pixels[0, 0] == 1000
    assert picture.pixels[-1, 0] == picture.pixels[0, -1] == picture.pixels[-1, -1] == 0
    assert picture.pixel_aspect == pytest.approx(2.0 / 1.5)


@pytest.mark.parametrize("name", FORMATS)
def test_the_planes_of_a_volume_are_those_that_were_stored(tmp_path: Path, name: str) -> None:
    build, header, _ = FORMATS[name]
    found = planes(beside(build(tmp_path / "data"), header), (0, 7, 19))
    assert found is not None
    for number, picture in zip((0, 7, 19), found, strict=True):
        assert (picture.pixels == VOXELS[:, :, number].T).all()


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"NRRD text"}))  # only who decodes its numbers counts them
def test_a_volume_whose_voxels_end_early_says_so_and_keeps_its_facts(tmp_path: Path, name: str) -> None:
    build, header, _ = FORMATS[name]
    files = build(tmp_path / "data")
    data = next((other for other in files if other != header), header)
    whole = gzip.decompress(files[data]) if data.endswith(".gz") else files[data]
    cut = whole[: len(whole) - (100 if name == "MGH" else 30)]
    files[data] = gzip.compress(cut) if data.endswith(".gz") else cut
    record = inspect(beside(files, header))
    assert (record.readable, record.problem_kind, record.shape) == (False, ProblemKind.TRUNCATED, SHAPE)


@pytest.mark.parametrize("name", [name for name in FORMATS if "pair" in name or "AFNI" in name or "detached" in name])
def test_a_header_without_its_data_file_keeps_its_facts_and_cannot_be_drawn(tmp_path: Path, name: str) -> None:
    build, header, _ = FORMATS[name]
    alone = beside({header: build(tmp_path / "data")[header]}, header)
    assert inspect(alone).shape == SHAPE
    with pytest.raises(UnreadableMember, match="data file"):
        readers.middle_picture(alone)


def test_the_data_file_is_found_in_the_other_case_and_packed() -> None:
    files = pair(nib.Nifti1Pair)
    for name, data in {"brain.IMG": files["brain.img"], "brain.img.gz": gzip.compress(files["brain.img"])}.items():
        assert readers.middle_picture(beside({"brain.hdr": files["brain.hdr"], name: data}, "brain.hdr")).pixels.any()


def test_analyze_says_its_grid_and_not_where_the_patient_lies() -> None:
    files = pair(nib.AnalyzeImage)
    record = inspect(beside(files, "brain.hdr"))
    assert (record.format, record.shape, record.dtype, record.affine_ras) == ("Analyze", SHAPE, "int16", None)
    assert record.spacing_mm == pytest.approx(SPACING_MM)
    assert readers.middle_picture(beside(files, "brain.hdr")).pixels.shape == (18, 16)


@pytest.mark.parametrize(
    "name",
    [
        "minc1_1_scale.mnc", "minc1_4d.mnc", "minc2_1_scale.mnc", "minc2_4d.mnc", "small.mnc", "tinypet.v", "test.mgz",
        "phantom_EPI_asc_CLEAR_2_1.PAR", "phantom_varscale.PAR", "example4d+orig.HEAD", "scaled+tlrc.HEAD",
    ],
)  # fmt: skip
def test_agrees_with_nibabel_on_its_own_files(name: str) -> None:
    files = {
        path.name: path.read_bytes() for path in NIBABEL_DATA.iterdir() if path.stem.split(".")[0] == name.split(".")[0]
    }
    if name.endswith(".mgz"):
        files[name] = gzip.decompress(files[name])
    if name.endswith(".v"):
        holder = nib.FileHolder(fileobj=io.BytesIO(files[name]))
        expected: Any = nib.ecat.EcatImage.from_file_map({"header": holder, "image": holder})
        dtype = expected.get_data_dtype(0)
        zooms = expected.get_subheaders().get_zooms()
    else:
        expected = nib.load(NIBABEL_DATA / name)
        dtype, zooms = expected.get_data_dtype(), expected.header.get_zooms()
    shape, affine = expected.shape, expected.affine
    if name.endswith(".mnc"):  # slowest axis first
        shape, zooms, affine = shape[::-1], zooms[::-1], affine[:, [2, 1, 0, 3]]
    record = inspect(beside(files, name))
    assert record.shape == tuple(shape)[: 3 if shape[-1] == 1 else 4]
    assert (record.dtype, record.readable) == (dtype.name, True)
    assert record.spacing_mm == pytest.approx([float(zoom) for zoom in zooms[:3]])
    assert record.affine_ras == pytest.approx(affine.ravel())
    pixels = np.sort(readers.middle_picture(beside(files, name)).pixels, axis=None)
    voxels = np.asarray(expected.dataobj)
    voxels = voxels.T if name.endswith(".mnc") else voxels
    assert any(pixels.shape == plane.shape and np.allclose(pixels, plane) for plane in _middle_planes(voxels))
    last = int(np.prod(voxels.shape[2:])) - 1
    (picture,) = planes(beside(files, name), [last]) or ()
    assert np.allclose(picture.pixels, voxels.reshape((*voxels.shape[:2], -1), order="F")[..., last].T)
    if name.endswith(".PAR"):
        expected.dataobj.file_like.close()


def _middle_planes(voxels: np.ndarray) -> list[np.ndarray]:
    """The values of the planes across the middle of the middle volume, one an axis."""
    volume = voxels[..., voxels.shape[3] // 2] if voxels.ndim == 4 else voxels
    return [np.sort(volume.take(volume.shape[axis] // 2, axis).astype(np.float32), axis=None) for axis in range(3)]


def test_philips_headers_give_protocol_and_year_and_no_name() -> None:
    record = inspect(member_of((NIBABEL_DATA / "T1.PAR").read_bytes(), "T1.PAR"))
    text = (NIBABEL_DATA / "T1.PAR").read_text()
    patient = next(line for line in text.splitlines() if "Patient name" in line).split(":", 1)[1].strip()
    assert record.protocol_name and record.acquisition_year
    assert not patient or patient not in repr(record)


@pytest.mark.parametrize("suffix", ["raw", "gzip"])
def test_times_of_an_nrrd_come_last_wherever_they_are_stored(tmp_path: Path, suffix: str) -> None:
    voxels = np.stack([VOXELS, VOXELS + 1, VOXELS + 2])
    header = {
        "space directions": np.vstack([[np.nan] * 3, AFFINE[:3, :3].T]), "encoding": suffix,
        "kinds": ["list", "domain", "domain", "domain"],
    }  # fmt: skip
    files = nrrd_file(tmp_path / "data", voxels, **header)
    record = inspect(beside(files, "a.nrrd"))
    assert (record.shape, record.affine_ras) == ((*SHAPE, 3), pytest.approx(AFFINE.ravel()))
    assert readers.middle_picture(beside(files, "a.nrrd")).pixels.max() == 1001


def test_slices_in_files_of_their_own_are_one_volume(tmp_path: Path) -> None:
    header = metaimage(tmp_path / "data", name="a.mhd")["a.mhd"].replace(
        b"ElementDataFile = a.raw", b"ElementDataFile = LIST"
    )
    names = [f"slice{number:02}.raw" for number in range(SHAPE[2])]
    slices = {name: VOXELS[..., number].tobytes("F") for number, name in enumerate(names)}
    for stated in ("\n".join(names).encode() + b"\n", None):
        text = header + stated if stated else header.replace(b"LIST", b"slice%02d.raw 0 19 1")
        files = {"a.mhd": text, **slices}
        assert inspect(beside(files, "a.mhd")).data_files == tuple(names)
        assert readers.middle_picture(beside(files, "a.mhd")).pixels[0, 0] == 1000
        assert len(list(planes(beside(files, "a.mhd"), range(SHAPE[2])) or ())) == SHAPE[2]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, np.int32, np.uint32, np.float32, np.float64])
def test_metaimage_agrees_with_itk(tmp_path: Path, dtype: Any) -> None:
    files = metaimage(tmp_path / "data", (VOXELS % 100).astype(dtype))
    record, expected = inspect(beside(files, "a.mha")), sitk.ReadImage(str(tmp_path / "data/a.mha"))
    direction = np.reshape(expected.GetDirection(), (3, 3)) * expected.GetSpacing()
    affine = np.diag([-1.0, -1, 1, 1]) @ np.vstack([np.column_stack([direction, expected.GetOrigin()]), [0, 0, 0, 1]])
    assert (record.shape, record.spacing_mm) == (expected.GetSize(), expected.GetSpacing())
    assert record.affine_ras == pytest.approx(affine.ravel())
    assert record.dtype == sitk.GetArrayViewFromImage(expected).dtype.name
    assert inspect(member_of(files["a.mha"][:-1], "a.mha")).problem_kind is ProblemKind.TRUNCATED


def test_oblique_metaimage_lies_as_itk_says(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(VOXELS.T.copy())
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1.0]])
    image.SetDirection(turn.ravel())
    image.SetSpacing(SPACING_MM)
    sitk.WriteImage(image, str(tmp_path / "a.mha"))
    record = inspect(member_of((tmp_path / "a.mha").read_bytes(), "a.mha"))
    assert np.reshape(record.affine_ras, (4, 4))[:3, :3] == pytest.approx(np.diag([-1, -1, 1]) @ turn * SPACING_MM)


def test_colours_of_a_metaimage_are_channels(tmp_path: Path) -> None:
    rgb = np.zeros((*SHAPE, 3), np.uint8)
    rgb[..., 1] = 200
    files = metaimage(tmp_path / "data", rgb, is_vector=True)
    record = inspect(beside(files, "a.mha"))
    assert (record.shape, record.channels) == (SHAPE, 3)
    assert (readers.middle_picture(beside(files, "a.mha")).pixels == (0, 200, 0)).all()


@pytest.mark.parametrize(
    ("array", "shape", "role"),
    [
        pytest.param(np.zeros((24, 32), np.uint8), (32, 24), Role.IMAGE, id="a picture"),
        pytest.param(np.zeros((20, 24, 32), np.int16), (32, 24, 20), Role.IMAGE, id="a volume"),
        pytest.param(np.zeros((24, 32, 3), np.uint8), (32, 24), Role.IMAGE, id="a picture in colour"),
        pytest.param(np.zeros((5, 20, 24, 32), np.float32), (32, 24, 20, 5), Role.IMAGE, id="volumes"),
        pytest.param(np.asfortranarray(np.zeros((20, 24, 32))), (32, 24, 20), Role.IMAGE, id="in Fortran's order"),
        pytest.param(np.zeros(100), None, Role.OBJECT, id="a row of numbers"),
        pytest.param(np.zeros((1000, 4)), None, Role.OBJECT, id="a table"),
        pytest.param(np.zeros((20, 24), "M8[s]"), None, Role.OBJECT, id="times"),
    ],
)
def test_numpy_arrays_that_can_be_pictures_are_images(array: np.ndarray, shape: Any, role: Role) -> None:
    for data, format in ((npy(array), "npy"), (npz(only=array), "npz")):
        record = inspect(member_of(data, "a"))
        assert (record.format, record.role, record.shape, record.readable) == (format, role, shape, True)
        if role is Role.IMAGE:
            assert len(list(planes(member_of(data, "a"), [0]) or ())) == 1
            assert readers.middle_picture(member_of(data, "a")).pixels.shape[:2] == (24, 32)


def test_several_arrays_are_no_image_and_objects_are_never_unpickled() -> None:
    assert inspect(member_of(npz(images=np.zeros((9, 28, 28)), labels=np.zeros(9)), "a.npz")).role is Role.OBJECT
    record = inspect(member_of(npy(np.array([{"a": 1}] * 64, dtype=object).reshape(8, 8)), "a.npy"))
    assert (record.readable, record.problem_kind) == (False, ProblemKind.UNSUPPORTED)
    assert "unpickled" in (record.problem or "")


@pytest.mark.parametrize(
    ("data", "format"),
    [
        ((NIBABEL_DATA / "simple.trk").read_bytes(), "TrackVis"),
        ((NIBABEL_DATA / "standard.tck").read_bytes(), "MRtrix tracks"),
        ((NIBABEL_DATA / "row_major.dconn.nii").read_bytes(), "CIFTI-2"),
        (nib.gifti.GiftiImage().to_bytes(), "GIFTI"),
        (b"\xff\xff\xfecreated by somebody\n\n" + bytes(100), "FreeSurfer surface"),
        (b"\xff\xff\xff" + bytes([0, 0, 0, 9, 0, 0, 0, 14, 0, 0, 0, 1]) + bytes(36), "FreeSurfer curvature"),
        (b"# vtk DataFile Version 3.0\nsurface\n", "VTK"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_surfaces_and_streamlines_are_objects_without_dimensions(data: bytes, format: str) -> None:
    record = inspect(member_of(data, "a"))
    assert (record.format, record.role, record.readable, record.shape) == (format, Role.OBJECT, True, None)


@pytest.mark.parametrize("name", ["no_header_end.tck", "no_header_end_eof.tck"])
def test_streamlines_without_the_end_of_their_header_end_early(name: str) -> None:
    assert inspect(member_of((NIBABEL_DATA / name).read_bytes(), name)).problem_kind is ProblemKind.TRUNCATED


@pytest.mark.parametrize("name", ["bad_attribute+orig.HEAD", "bad_datatype+orig.HEAD", "phantom_truncated.PAR"])
def test_headers_that_nibabel_refuses_are_corrupt(name: str) -> None:
    record = inspect(member_of((NIBABEL_DATA / name).read_bytes(), name))
    assert (record.readable, record.problem_kind, record.shape) == (False, ProblemKind.CORRUPT, None)


def hdf5(**made: Any) -> bytes:
    """An HDF5 file; made: name to a function that makes it in the file."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, make in made.items():
            make(file, name)
    return stream.getvalue()


def test_other_hdf5_files_are_named_and_not_read() -> None:
    record = inspect(member_of(hdf5(weights=lambda file, name: file.create_dataset(name, data=[1.0])), "model.h5"))
    assert (record.format, record.role, record.problem_kind) == ("HDF5", Role.OTHER, ProblemKind.UNSUPPORTED)


def test_a_minc_file_opens_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(8000))

    def outside(file: Any, name: str) -> None:
        part = file.create_group("minc-2.0/image/0")
        part.create_dataset("image", (10, 20, 20), "i2", external=[(str(tmp_path / "secret"), 0, 8000)])
        part["image-max"] = part["image-min"] = 1.0

    def linked(file: Any, name: str) -> None:
        file.create_group("minc-2.0/image")["0"] = h5py.ExternalLink(str(tmp_path / "secret"), "/")

    for make in (outside, linked):
        record = inspect(member_of(hdf5(minc=make), "a.mnc"))
        assert record.problem == "Parts of it lie in other files, which are not opened."
        with pytest.raises(UnreadableMember):
            readers.middle_picture(member_of(hdf5(minc=make), "a.mnc"))
