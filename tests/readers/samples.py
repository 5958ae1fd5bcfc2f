"""Whole files of every reader: of each sample the file that is read first, then what lies beside it."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import imagecodecs
import nibabel as nib
import numpy as np
import pydicom
from pydicom import dcmread
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from tests.builders import (
    dicom_bytes,
    dicom_segmentation,
    dicom_slice,
    member_of,
    nifti,
    picture,
    seven_zip_of,
    tar_of,
    zip_of,
)
from tests.readers.test_animations import animation, noise
from tests.readers.test_dicom import deflated, enhanced
from tests.readers.test_dicom_compressions import GREY, stored
from tests.readers.test_ome_zarr import array, pyramid
from tests.readers.test_tiff import noise as values
from tests.readers.test_tiff import slide, tiff_of
from tests.readers.test_video import video
from tests.readers.volumes import NIBABEL_DATA, VOXELS, afni, metaimage, mgh, npy, npz, nrrd_file, pair

Files = dict[str, bytes]
PYDICOM_DATA = Path(pydicom.__file__).parent / "data" / "test_files"
"""pydicom's own test files come with the library."""


def samples(folder: Path) -> dict[str, dict[str, Files]]:
    """{name of a reader: {name of a sample: its files}}. folder: for libraries that write only there."""
    return {
        "DICOM": {name: {"a.dcm": data} for name, data in dicom().items()},
        "NIfTI": {
            "NIfTI-1": {"a.nii": nifti()},
            "NIfTI-2": {"a.nii": bytes(nib.Nifti2Image(VOXELS.astype(np.float32), np.eye(4)).to_bytes())},
            "NIfTI pair": pair(nib.Nifti1Pair),
        },
        "PNG, JPEG": {
            "PNG": {"a.png": picture(mode="RGB")},
            "PNG, 16 bits": {"a.png": picture(mode="I;16")},
            "JPEG": {"a.jpg": picture(mode="RGB", format="JPEG")},
        },
        "TIFF": {name: {"a.tif": data} for name, data in tiff().items()},
        "GIF": {"GIF": {"a.gif": animation("GIF", 5)}},
        "WebP": {"WebP": {"a.webp": noise("WEBP", "RGBA")}, "animated WebP": {"a.webp": animation("WEBP", 5)}},
        "BMP": {"BMP": {"a.bmp": noise("BMP")}, "BMP with a palette": {"a.bmp": noise("BMP", "P")}},
        "NRRD": {
            "NRRD": nrrd_file(folder / "nrrd", encoding="raw"),
            "NRRD gzip": nrrd_file(folder / "nrrd gzip", encoding="gzip"),
            "NRRD text": nrrd_file(folder / "nrrd text", encoding="ascii"),
            "NRRD detached": nrrd_file(folder / "nhdr", name="a.nhdr", encoding="raw"),
        },
        "MetaImage": {
            "MetaImage": metaimage(folder / "mha"),
            "MetaImage packed": metaimage(folder / "mha packed", is_packed=True),
            "MetaImage detached": metaimage(folder / "mhd", name="a.mhd"),
        },
        "MINC": {"MINC 1": of_library("minc1_4d.mnc"), "MINC 2": of_library("minc2_4d.mnc")},
        "ECAT": {"ECAT": of_library("tinypet.v")},
        "AFNI": {"AFNI": afni()},
        "PAR/REC": {"PAR/REC": of_library("phantom_EPI_asc_CLEAR_2_1.PAR", "phantom_EPI_asc_CLEAR_2_1.REC")},
        "numpy": {"npy": {"a.npy": npy(VOXELS)}, "npz": {"a.npz": npz(a=VOXELS)}},
        "MGH": {"MGH": {"a.mgh": mgh()}},
        "Analyze": {"Analyze": pair(nib.AnalyzeImage)},
        "Zarr": {
            "Zarr 2": headed(array(folder / "zarr 2"), ".zarray"),
            "Zarr 3": headed(array(folder / "zarr 3", version=3), "zarr.json"),
            "OME-Zarr 2": headed(pyramid(folder / "ome 2"), ".zattrs"),
            "OME-Zarr 3": headed(pyramid(folder / "ome 3", version=3), "zarr.json"),
        },
        "AVI": {"AVI": {"a.avi": video("avi", 3)}},
        "MP4, MOV": {"MP4": {"a.mp4": video("mp4", 3)}},
        "geometry": {
            "TrackVis": of_library("simple.trk"),
            "surface": {"lh.white": b"\xff\xff\xfe by hand\n\n" + bytes(np.arange(200, dtype=np.uint8))},
        },
        "archive": {
            "zip": {"a.bin": zip_of({"a": b"1"})},
            "tar": {"a.bin": tar_of({"a": b"1"})},
            "7z": {"a.bin": seven_zip_of({"a": b"1"})},
        },
        "placeholder": {
            "web page": {"a.dcm": b"<!DOCTYPE html><html><body>Sign in</body></html>"},
            "LFS pointer": {"a.nii.gz": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"},
        },
        "sidecar": {
            "JSON": {"sub-01_T1w.json": json.dumps({"Modality": "MR", "ImageType": ["ORIGINAL"]}).encode()},
            "participants": {"participants.tsv": b"participant_id\tage\tsex\nsub-01\t34\tF\n"},
            "table": {"metadata.csv": b"filename,patient_id,finding\na.png,1,none\nb.png,2,COVID-19\n"},
        },
    }  # fmt: skip


def dicom() -> dict[str, bytes]:
    """A file of each way that pixels are packed, and of each kind that is drawn by itself."""
    plain = dicom_slice(pixels=GREY.astype(np.uint16))
    run_lengths = dcmread(member_of(plain).open())
    run_lengths.compress(RLELossless)
    mask = np.eye(16, dtype=np.uint8)
    return {
        "DICOM": plain,
        "DICOM without a preamble": dicom_slice(preamble=False),
        "DICOM big endian": (PYDICOM_DATA / "MR_small_bigendian.dcm").read_bytes(),
        "DICOM deflated": deflated(plain),
        "DICOM RLE": dicom_bytes(run_lengths, transfer_syntax=RLELossless),
        "DICOM JPEG": stored(imagecodecs.jpeg_encode(GREY, level=95), JPEGBaseline8Bit),
        "DICOM JPEG-LS": stored(imagecodecs.jpegls_encode(GREY), JPEGLSLossless),
        "DICOM JPEG 2000": stored(imagecodecs.jpeg2k_encode(GREY, reversible=True, level=0), JPEG2000Lossless),
        "DICOM JPEG XL": stored(imagecodecs.jpegxl_encode(GREY, lossless=True), "1.2.840.10008.1.2.4.112"),
        "DICOM of many frames": enhanced([[0, 0, 0], [0, 0, 2.5], [0, 0, 5.0]]),
        "DICOM SEG": dicom_segmentation([(1, 0.0, mask), (2, 2.0, mask)], {1: "liver", 2: "spleen"}),
        "DICOM mosaic": dicom_slice("MR", ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]),
    }


def tiff() -> dict[str, bytes]:
    return {
        "TIFF": tiff_of(values(40, 60), compression="lzw"),
        "TIFF stack": tiff_of(values(6, 20, 30), photometric="minisblack"),
        "TIFF of ImageJ": tiff_of(values(6, 20, 30), imagej=True),
        "OME-TIFF": tiff_of(values(6, 20, 30), ome=True, metadata={"axes": "ZYX", "PhysicalSizeX": 0.5}),
        "TIFF of real numbers": tiff_of(values(20, 30, dtype=np.float32), compression="zlib", predictor=True),
        "slide": slide(),
    }


def of_library(*names: str) -> Files:
    """Files of nibabel's own tests."""
    return {name: (NIBABEL_DATA / name).read_bytes() for name in names}


def headed(files: Files, header: str) -> Files:
    return {header: files[header], **files}


with TemporaryDirectory() as scratch:
    SAMPLES = samples(Path(scratch))
