"""Small real files for tests: DICOM slices, NIfTI volumes, pictures, archives. Every builder returns bytes."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import nibabel as nib
import numpy as np
import py7zr
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from biodatamine_core.records import Member

SOP_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "SR": "1.2.840.10008.5.1.4.1.1.88.11",
    "SC": "1.2.840.10008.5.1.4.1.1.7",
}


def uid(name: str) -> str:
    """The same valid UID for the same name, in every run."""
    return generate_uid(entropy_srcs=[name])


def dicom_slice(
    modality: str = "CT",
    position_mm: Sequence[float] | None = (0.0, 0.0, 0.0),
    orientation: Sequence[float] | None = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    spacing_mm: Sequence[float] | None = (0.7, 0.7),
    rows: int = 16,
    columns: int = 16,
    series: str = "series 1",
    study: str = "study 1",
    instance: int = 1,
    patient_id: str | None = "P1",
    pixels: np.ndarray | None = None,
    preamble: bool = True,
    transfer_syntax: str = ExplicitVRLittleEndian,
    **tags: Any,
) -> bytes:
    """One DICOM image. `tags` are keywords (SeriesDescription="...") that are set last; None removes an element."""
    dataset = Dataset()
    dataset.SOPClassUID = SOP_CLASSES.get(modality, SOP_CLASSES["SC"])
    dataset.SOPInstanceUID = uid(f"{series}/{instance}/{position_mm}")
    dataset.StudyInstanceUID = uid(study)
    dataset.SeriesInstanceUID = uid(series)
    dataset.Modality = modality
    dataset.InstanceNumber = instance
    if patient_id is not None:
        dataset.PatientID = patient_id
    if position_mm is not None:
        dataset.ImagePositionPatient = [float(v) for v in position_mm]
    if orientation is not None:
        dataset.ImageOrientationPatient = [float(v) for v in orientation]
    if spacing_mm is not None:
        dataset.PixelSpacing = [float(v) for v in spacing_mm]
    if pixels is None:
        pixels = (np.arange(rows * columns).reshape(rows, columns) * 7 + instance).astype(np.uint16)
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = pixels.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for keyword, value in tags.items():
        if value is None:
            if keyword in dataset:
                delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dicom_bytes(dataset, preamble, transfer_syntax)


def dicom_segmentation(
    frames: Sequence[tuple[int, float, np.ndarray]],
    names: Mapping[int, str],
    fractional: bool = False,
    spacing_mm: tuple[float, float] = (0.7, 0.7),
    **tags: Any,
) -> bytes:
    """A DICOM SEG of axial frames: (segment, height in millimetres, (rows, columns) of 0 and 1, or 0 to 255)."""
    data = dcmread(io.BytesIO(dicom_slice(position_mm=None, orientation=None, spacing_mm=None, series="segmentation")))
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    data.Modality = "SEG"
    data.SegmentationType = "FRACTIONAL" if fractional else "BINARY"
    data.MaximumFractionalValue = 255
    data.SegmentSequence = [item(SegmentNumber=number, SegmentLabel=name) for number, name in names.items()]
    measures = item(PixelSpacing=list(spacing_mm), SliceThickness=2.0)
    plane = item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    shared = item(PixelMeasuresSequence=[measures], PlaneOrientationSequence=[plane])
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [
        item(
            SegmentIdentificationSequence=[item(ReferencedSegmentNumber=segment)],
            PlanePositionSequence=[item(ImagePositionPatient=[0.0, 0.0, height_mm])],
        )
        for segment, height_mm, _ in frames
    ]
    data.NumberOfFrames = len(frames)
    pixels = np.stack([pixels for _, _, pixels in frames]).astype(np.uint8)
    data.Rows, data.Columns = pixels.shape[1:]
    data.BitsAllocated = data.BitsStored = 8 if fractional else 1
    data.HighBit = data.BitsStored - 1
    data.PixelData = pixels.tobytes() if fractional else np.packbits(pixels.ravel(), bitorder="little").tobytes()
    data.PixelData += b"\0" * (len(data.PixelData) % 2)
    for keyword, value in tags.items():
        setattr(data, keyword, value)
    return dicom_bytes(data)


def dicom_frames(
    modality: str = "MR",
    positions_mm: Sequence[Sequence[float]] | None = None,
    orientations: Sequence[Sequence[float]] = ((1.0, 0.0, 0.0, 0.0, 1.0, 0.0),),
    frames: int = 0,
    per_frame: Sequence[Mapping[str, Any]] = (),
    **tags: Any,
) -> bytes:
    """An enhanced multi-frame image, its places in functional groups; `frames` where positions_mm are not stated.

    orientations: one for all frames, or one a frame. per_frame: sequences of each frame, {keyword: [item]}.
    """
    count = len(positions_mm) if positions_mm is not None else frames
    shared = {"PixelMeasuresSequence": [item(PixelSpacing=[0.7, 0.7], SliceThickness=9.0)]}
    groups: list[dict[str, Any]] = [dict(more) for more in per_frame] or [{} for _ in range(count)]
    for number, group in enumerate(groups):
        if positions_mm is not None:
            group["PlanePositionSequence"] = [item(ImagePositionPatient=list(positions_mm[number]))]
        if len(orientations) > 1:
            group["PlaneOrientationSequence"] = [item(ImageOrientationPatient=list(orientations[number]))]
    if len(orientations) == 1:
        shared["PlaneOrientationSequence"] = [item(ImageOrientationPatient=list(orientations[0]))]
    return dicom_slice(
        modality, position_mm=None, orientation=None, spacing_mm=None, pixels=np.zeros((count * 8, 8), np.uint16),
        **{
            "Rows": 8, "NumberOfFrames": count, "SharedFunctionalGroupsSequence": [item(**shared)],
            "PerFrameFunctionalGroupsSequence": [item(**group) for group in groups], **tags,
        },
    )  # fmt: skip


def item(**elements: Any) -> Dataset:
    """An item of a DICOM sequence."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def dicom_bytes(dataset: Dataset, preamble: bool = True, transfer_syntax: str = ExplicitVRLittleEndian) -> bytes:
    """A dataset as a DICOM file; without preamble: as some scanners export it, group 2 first or not at all."""
    stream = io.BytesIO()
    if preamble:
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = transfer_syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(stream, enforce_file_format=True)
    else:
        dataset.save_as(stream, implicit_vr=False, little_endian=True)
    return stream.getvalue()


def dicom_volume(slices: int = 8, gap_mm: float = 2.0, without: Sequence[int] = (), **options: Any) -> dict[str, bytes]:
    """A stack of axial slices, {name: bytes}; `without` leaves out slices by index."""
    return {
        f"{index:03}.dcm": dicom_slice(position_mm=(0.0, 0.0, index * gap_mm), instance=index + 1, **options)
        for index in range(slices)
        if index not in without
    }


def nifti(
    shape: Sequence[int] = (8, 9, 10),
    spacing_mm: Sequence[float] = (1.0, 1.0, 1.0),
    compressed: bool = False,
    dtype: type = np.int16,
    descrip: str = "",
) -> bytes:
    """A NIfTI-1 volume in RAS; `compressed` gives the bytes of a .nii.gz."""
    data = np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape) % 1000
    image = nib.Nifti1Image(data.astype(dtype), np.diag([*spacing_mm[:3], 1.0]))
    image.header["descrip"] = descrip.encode()
    if len(shape) > 3:
        image.header.set_zooms((*spacing_mm[:3], *[1.0] * (len(shape) - 3)))
    raw = image.to_bytes()
    return gzip.compress(raw, mtime=0) if compressed else raw


def picture(width: int = 32, height: int = 24, mode: str = "L", format: str = "PNG", shade: int = 0) -> bytes:
    """A PNG or JPEG with a gradient; another `shade` gives other pixels."""
    ramp = ((np.add.outer(np.arange(height), np.arange(width)) * 3 + shade) % 256).astype(np.uint8)
    image = Image.fromarray(ramp).convert(mode)
    stream = io.BytesIO()
    image.save(stream, format=format)
    return stream.getvalue()


def zip_of(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tar_of(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    """mode "w" for .tar, "w:gz" for .tar.gz."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def seven_zip_of(files: Mapping[str, bytes], filters: Sequence[dict[str, int]] | None = None, **options: Any) -> bytes:
    """filters: of py7zr; LZMA2 without any."""
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", filters=filters, **options) as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return stream.getvalue()


def member_of(data: bytes, path: str = "a.dcm", **facts: Any) -> Member:
    """A member over bytes in memory."""
    return Member(path=path, opener=lambda: io.BytesIO(data), size_bytes=len(data), **facts)
