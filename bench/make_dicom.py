"""Make the files for bench/headers.py, the same at every run, from files that ship with pydicom.

    bench/make_dicom.py FOLDER [--files N]

Of five series of 100 slices three are GE CT with some 260 elements, one Siemens MR, one the same in implicit VR. What
differs from slice to slice on a scanner differs here: identifiers, places, times, windows, private measurements.
"""

import argparse
import copy
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

SLICES_PER_SERIES = 100
_PIXELS = 192
_KINDS = (
    ("CT_small.dcm", ExplicitVRLittleEndian),
    ("MR_small.dcm", ExplicitVRLittleEndian),
    ("CT_small.dcm", ExplicitVRLittleEndian),
    ("MR_small.dcm", ImplicitVRLittleEndian),
    ("CT_small.dcm", ExplicitVRLittleEndian),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=2_000)
    options = parser.parse_args()
    write_dicom(options.folder, options.files)
    return 0


def write_dicom(folder: Path, count: int) -> list[Path]:
    """The paths of `count` files under `folder`; those that are there already are kept."""
    paths = [folder / path for path, _ in _names(count)]
    if not all(path.exists() for path in paths):
        for path, (_, number) in zip(paths, _names(count), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_slice_bytes(number))
    return paths


def _names(count: int) -> Iterator[tuple[str, int]]:
    for number in range(count):
        series, at = divmod(number, SLICES_PER_SERIES)
        yield f"patient{series // 4:05}/series{series:05}/{at:04}.dcm", number


def _slice_bytes(number: int) -> bytes:
    series, at = divmod(number, SLICES_PER_SERIES)
    name, transfer_syntax = _KINDS[series % len(_KINDS)]
    dataset = copy.deepcopy(_template(name))
    chance = np.random.default_rng(number)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[f"i{number}"])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[f"series {series}"])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=[f"study {series // 2}"])
    dataset.PatientID = f"P{series // 4}"
    dataset.PatientName = f"Made^Up {series // 4}"
    dataset.SeriesDescription = f"Series {series}"
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.AcquisitionNumber = series % 9 + 1, at + 1, at + 1
    dataset.ImagePositionPatient = [-158.135803, -179.035797, round(-75.7 + at * 1.25, 4)]
    dataset.SliceLocation = round(-75.7 + at * 1.25, 4)
    dataset.AcquisitionTime = f"{10 + series % 8:02}{at // 60:02}{at % 60:02}"
    dataset.ContentTime = f"{10 + series % 8:02}{at // 60:02}{at % 60:02}.{number % 1000:03}"
    dataset.WindowCenter, dataset.WindowWidth = int(chance.integers(20, 60)), int(chance.integers(300, 500))
    for tag in (0x0019100F, 0x00191018, 0x0043104D, 0x00211092):  # what GE measures anew for each slice
        if tag in dataset and dataset[tag].VR in ("DS", "FL", "FD"):
            dataset[tag].value = float(number % 977)
    pixels = (chance.integers(0, 900, (_PIXELS, _PIXELS)) + at).astype(np.int16)
    dataset.Rows, dataset.Columns, dataset.PixelData = _PIXELS, _PIXELS, pixels.tobytes()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    stream = io.BytesIO()
    is_implicit = transfer_syntax == ImplicitVRLittleEndian
    dataset.save_as(stream, implicit_vr=is_implicit, little_endian=True, enforce_file_format=True)
    return stream.getvalue()


def _template(name: str) -> Dataset:
    if name not in _templates:
        _templates[name] = pydicom.dcmread(str(get_testdata_file(name, download=False)))
        _templates[name].pop("DataSetTrailingPadding", None)
    return _templates[name]


_templates: dict[str, Dataset] = {}

if __name__ == "__main__":
    raise SystemExit(main())
