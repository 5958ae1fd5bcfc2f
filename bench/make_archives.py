"""Make archives of DICOM files for bench/archives.py: the same bytes at every run, from files of the pydicom wheel."""

import argparse
import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

SLICES_PER_SERIES = 100
# Stand in the template at a fixed length, so that a file is made by replacing bytes: 20,000 in seconds.
_INSTANCE_UID = "1.2.826.0.1.3680043.8.498.111111111111"
_SERIES_UID = "1.2.826.0.1.3680043.8.498.222222222222"
_STUDY_UID = "1.2.826.0.1.3680043.8.498.333333333333"
_PATIENT_ID = "PATIENT-444444"
_POSITION_MM = "555555.0"
_INSTANCE_NUMBER = "666666"


@dataclass(frozen=True)
class _Template:
    head: bytes
    pixels: np.ndarray

    def file(self, number: int) -> bytes:
        """The bytes of file `number`: slice and series follow from it, the pixels are shifted by it."""
        series, at = divmod(number, SLICES_PER_SERIES)
        head = self.head
        for placeholder, text in (
            (_INSTANCE_UID, f"1.2.826.0.1.3680043.8.498.1{number:011}"),
            (_SERIES_UID, f"1.2.826.0.1.3680043.8.498.2{series:011}"),
            (_STUDY_UID, f"1.2.826.0.1.3680043.8.498.3{series // 2:011}"),
            (_PATIENT_ID, f"PATIENT-{series // 4:06}"),
            (_POSITION_MM, f"{at * 2:6}.0"),
            (_INSTANCE_NUMBER, f"{at + 1:6}"),
        ):
            head = head.replace(placeholder.encode(), text.encode())
        return head + np.roll(self.pixels, number, axis=0).tobytes()


def dicom_files(count: int, small: bool = False) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of `count` files: CT of some 260 elements, MR explicit and MR implicit, 3 : 1 : 1 by series.

    65 kB on average as in a real archive; small: about 4 kB each, for a million of them.
    """
    sides = (16, 16) if small else (192, 144)
    ct = _template("CT_small.dcm", ExplicitVRLittleEndian, sides[0])
    mr = _template("MR_small.dcm", ExplicitVRLittleEndian, sides[1])
    implicit = _template("MR_small.dcm", ImplicitVRLittleEndian, sides[1])
    templates = (ct, mr, ct, implicit, ct) if not small else (mr, mr, mr, implicit, mr)
    for number in range(count):
        series = number // SLICES_PER_SERIES
        path = f"patient{series // 4:06}/series{series:06}/{number % SLICES_PER_SERIES:04}.dcm"
        yield path, templates[series % len(templates)].file(number)


def write_zip(path: Path, count: int, small: bool = False) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1 if small else 6) as archive:
        for name, data in dicom_files(count, small):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def write_tar_gz(path: Path, count: int) -> None:
    with gzip.GzipFile(path, "wb", 6, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for name, data in dicom_files(count):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def _template(name: str, transfer_syntax: str, side: int) -> _Template:
    dataset = pydicom.dcmread(str(get_testdata_file(name, download=False)))
    pixels = dataset.pixel_array
    repeats = -(-side // pixels.shape[0])
    noise = np.random.default_rng(0).integers(0, 8, (side, side), pixels.dtype)  # else it packs better than scans do
    pixels = np.tile(pixels, (repeats, repeats))[:side, :side] + noise
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = _INSTANCE_UID
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID = _SERIES_UID, _STUDY_UID
    dataset.PatientID, dataset.InstanceNumber = _PATIENT_ID, _INSTANCE_NUMBER
    dataset.ImagePositionPatient = ["-100.0", "-100.0", _POSITION_MM]
    dataset.Rows = dataset.Columns = side
    dataset.PixelData = pixels.tobytes()
    if "DataSetTrailingPadding" in dataset:
        del dataset.DataSetTrailingPadding
    stream = io.BytesIO()
    is_implicit = transfer_syntax == ImplicitVRLittleEndian
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True, implicit_vr=is_implicit, little_endian=True)
    return _Template(stream.getvalue()[: -pixels.nbytes], pixels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=20_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write_zip(options.folder / "dicom.zip", options.files)
    write_tar_gz(options.folder / "dicom.tar.gz", options.files)


if __name__ == "__main__":
    main()
