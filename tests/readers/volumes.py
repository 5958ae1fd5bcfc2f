"""One volume in every volume format: right and front are bright, so that a picture shows which way up it is."""

import gzip
import io
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import nrrd
import numpy as np
import SimpleITK as sitk  # noqa: N813  the name that everybody knows it by
from nibabel.filebasedimages import FileBasedImage

from biodatamine_core.records import Member

NIBABEL_DATA = Path(nib.__file__).parent / "tests" / "data"
"""nibabel's own test files come with the library."""
SHAPE = (16, 18, 20)
SPACING_MM = (1.5, 2.0, 2.5)
AFFINE = np.array([[1.5, 0, 0, -9], [0, 2.0, 0, -20], [0, 0, 2.5, -30], [0, 0, 0, 1.0]])
VOXELS = np.zeros(SHAPE, np.int16)
VOXELS[12:, 14:, :] = 1000


def beside(files: Mapping[str, bytes], name: str) -> Member:
    """A member of a folder that holds these files."""

    def find(path: str) -> Member | None:
        data = files.get(path)
        if data is None:
            return None
        is_packed = data.startswith(b"\x1f\x8b")
        unpacked = gzip.decompress(data) if is_packed else data
        return Member(path, lambda: io.BytesIO(unpacked), None if is_packed else len(data), finder=find)

    member = find(posixpath.normpath(name))
    assert member is not None
    return member


def pair(kind: type[FileBasedImage], voxels: np.ndarray = VOXELS, stem: str = "brain") -> dict[str, bytes]:
    """A .hdr and its .img."""
    image: Any = kind(voxels, AFFINE)  # type: ignore[call-arg]
    image.header.set_zooms(SPACING_MM + (1.0,) * (voxels.ndim - 3))
    files = {"header": io.BytesIO(), "image": io.BytesIO()}
    image.to_file_map({name: nib.FileHolder(fileobj=stream) for name, stream in files.items()})
    return {f"{stem}.hdr": files["header"].getvalue(), f"{stem}.img": files["image"].getvalue()}


def mgh(voxels: np.ndarray = VOXELS) -> bytes:
    return bytes(nib.MGHImage(voxels, AFFINE).to_bytes())


def nrrd_file(folder: Path, voxels: np.ndarray = VOXELS, name: str = "a.nrrd", **header: Any) -> dict[str, bytes]:
    """What pynrrd writes: one file, or a detached header with its data."""
    folder.mkdir(parents=True, exist_ok=True)
    in_space = {
        "space": "right-anterior-superior", "space directions": AFFINE[:3, :3].T.copy(), "space origin": AFFINE[:3, 3],
    }  # fmt: skip
    nrrd.write(str(folder / name), voxels, {**in_space, **header})
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def metaimage(
    folder: Path, voxels: np.ndarray = VOXELS, name: str = "a.mha", is_packed: bool = False, is_vector: bool = False
) -> dict[str, bytes]:
    """What ITK writes: one file, or a detached header with its data. voxels: (x, y, z[, channels])."""
    folder.mkdir(parents=True, exist_ok=True)
    axes = (2, 1, 0, 3) if is_vector else tuple(range(voxels.ndim))[::-1]
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.transpose(axes)), isVector=is_vector)
    if image.GetDimension() == 3:
        image.SetSpacing(SPACING_MM)
        image.SetOrigin((9, 20, -30))  # ITK lies in LPS
        image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    sitk.WriteImage(image, str(folder / name), is_packed)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def npy(voxels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, voxels)
    return stream.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def afni(voxels: np.ndarray = VOXELS, stem: str = "brain+orig") -> dict[str, bytes]:
    """A .HEAD of the attributes that AFNI demands, and its .BRIK. AFNI counts millimetres in RAI: DICOM's LPS."""
    times = voxels.shape[3] if voxels.ndim > 3 else 1
    to_lps = (np.diag([-1, -1, 1, 1]) @ AFFINE)[:3].ravel()

    def attribute(kind: str, name: str, values: Any) -> str:
        if kind == "string":
            return f"type  = string-attribute\nname  = {name}\ncount = {len(values) + 1}\n'{values}~\n"
        return f"type  = {kind}-attribute\nname  = {name}\ncount = {len(values)}\n {' '.join(str(v) for v in values)}\n"

    head = "\n" + "\n".join(
        [
            attribute("string", "TYPESTRING", "3DIM_HEAD_ANAT"),
            attribute("string", "BYTEORDER_STRING", "LSB_FIRST"),
            attribute("string", "TEMPLATE_SPACE", "ORIG"),
            attribute("integer", "SCENE_DATA", [0, 2, 0]),
            attribute("integer", "DATASET_RANK", [3, times]),
            attribute("integer", "DATASET_DIMENSIONS", [*voxels.shape[:3], 0, 0]),
            attribute("integer", "ORIENT_SPECIFIC", [0, 3, 4]),
            attribute("float", "DELTA", [-1.5, -2.0, 2.5]),
            attribute("float", "IJK_TO_DICOM_REAL", to_lps),
            attribute("integer", "BRICK_TYPES", [1] * times),
            attribute("float", "BRICK_FLOAT_FACS", [0.0] * times),
        ]
    )
    return {f"{stem}.HEAD": head.encode(), f"{stem}.BRIK": voxels.astype("<i2").tobytes("F")}
