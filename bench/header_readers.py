"""What bench/headers.py runs: one reader over one folder, in a process of its own, its figures printed as JSON."""

import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

KEYWORDS = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "Manufacturer",
    "ManufacturerModelName", "StudyDate", "StudyDescription", "SeriesDescription", "BodyPartExamined", "PatientID",
    "PatientSex", "PatientAge", "SliceThickness", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient",
    "Rows", "Columns", "PixelSpacing", "BitsAllocated", "PhotometricInterpretation", "RescaleSlope",
)  # fmt: skip
TAGS = (
    0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00080060, 0x00080070, 0x00081090, 0x00080020, 0x00081030,
    0x0008103E, 0x00180015, 0x00100020, 0x00100040, 0x00101010, 0x00180050, 0x00200013, 0x00200032, 0x00200037,
    0x00280010, 0x00280011, 0x00280030, 0x00280100, 0x00280004, 0x00281053,
)  # fmt: skip
"""Group and element of the same, in the same order."""
Said = list[Sequence[object]]
"""Of every file what it says: for DICOM the values of KEYWORDS in their order, else the sizes of its axes."""
Reader = Callable[[list[str]], Said]
LEAST_SECONDS = 0.25


def floor(paths: list[str]) -> Said:
    for path in paths:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - the least that anyone can do
            stream.read(8192)
    return []


def our_values(paths: list[str]) -> Said:
    """The same values as every peer gives, from the same first bytes as the floor reads."""
    from biodatamine_core.readers.dicom_elements import read_header, walked
    from biodatamine_core.readers.dicom_tags import BINARY
    from biodatamine_core.readers.stream import HeaderStream

    tags = [(tag, tag in BINARY) for tag in TAGS]
    said: Said = []
    for path in paths:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
            head = stream.read(8192)
            header = walked(head, len(head) < 8192)
            if header is None:
                stream.seek(0)
                header = read_header(HeaderStream(stream))
        integer, text = header.data.integer, header.data.text
        said.append([integer(tag) if is_binary else text(tag) for tag, is_binary in tags])
    return said


def our_nifti_values(paths: list[str]) -> Said:
    """What nib.load works out: sizes, data type, both forms; from the first bytes of the packed file."""
    from biodatamine_core.archives import gzip
    from biodatamine_core.readers import nifti_header

    said: Said = []
    for path in paths:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
            head = gzip.first(stream.read(4096), 1024)
        said.append(nifti_header.parse(head).dim if head is not None else ())
    return said


def our_raster_values(paths: list[str]) -> Said:
    """What Pillow's open works out: the size; from the first bytes."""
    from biodatamine_core.readers import raster

    said: Said = []
    for path in paths:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
            header = raster.header_in(stream.read(2048))
        said.append((header.width, header.height) if header is not None else ())
    return said


def our_rows(paths: list[str]) -> Said:
    """The whole row of the table `files`: some 45 columns of a DICOM file."""
    from biodatamine_core import readers
    from biodatamine_core.records import Member, Mode, Pseudonym

    pseudonym = Pseudonym(b"bench")
    records = []
    for path in paths:
        member = Member(path, lambda path=path: open(path, "rb", buffering=0), 0)  # type: ignore[misc]  # noqa: PTH123, SIM115
        records.append(readers.inspect(member, pseudonym, Mode.HEADERS))
    return [] if records[0].format == "DICOM" else [record.shape or () for record in records]


def ours_unpacked(paths: list[str]) -> Said:
    from biodatamine_core import archives
    from biodatamine_core.readers import inspect
    from biodatamine_core.records import Member, Mode, Pseudonym
    from biodatamine_core.settings import Limits

    limits, pseudonym = Limits(), Pseudonym(b"bench")
    said: Said = []
    for path in paths:
        packed = Member(path, lambda path=path: open(path, "rb", buffering=0), 0)  # type: ignore[misc]  # noqa: PTH123, SIM115
        said.append(inspect(archives.unpacked(packed, limits), pseudonym, Mode.HEADERS).shape or ())
    return said


def by_pydicom(paths: list[str]) -> Said:
    import pydicom

    said: Said = []
    for path in paths:
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        said.append([dataset.get(keyword) for keyword in KEYWORDS])
    return said


def by_gdcm(paths: list[str]) -> Said:
    import gdcm

    scanner = gdcm.Scanner()
    tags = [gdcm.Tag(tag >> 16, tag & 0xFFFF) for tag in TAGS]
    for tag in tags:
        scanner.AddTag(tag)
    scanner.Scan(paths)
    return [[scanner.GetValue(path, tag) for tag in tags] for path in paths]


def by_simpleitk(paths: list[str]) -> Said:
    import SimpleITK

    keys = [f"{tag >> 16:04x}|{tag & 0xFFFF:04x}" for tag in TAGS]
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    said: Said = []
    for path in paths:
        reader.SetFileName(path)
        reader.ReadImageInformation()
        said.append([reader.GetMetaData(key) if reader.HasMetaDataKey(key) else "" for key in keys])
    return said


def by_dicomsdl(paths: list[str]) -> Said:
    import dicomsdl

    said: Said = []
    for path in paths:
        dataset = dicomsdl.open(path)
        said.append([getattr(dataset, keyword) for keyword in KEYWORDS])
    return said


def by_nibabel(paths: list[str]) -> Said:
    import nibabel

    return [nibabel.load(path).shape for path in paths]


def by_pillow(paths: list[str]) -> Said:
    from PIL import Image

    said: Said = []
    for path in paths:
        with Image.open(path) as image:
            said.append(image.size)
    return said


READERS: dict[str, tuple[str, Reader, tuple[str, ...]]] = {
    "open, read 8 KiB, close": ("dicom", floor, ()),
    "BioDataMine header values": ("dicom", our_values, ("biodatamine_core.readers",)),
    "BioDataMine table row": ("dicom", our_rows, ("biodatamine_core.readers",)),
    "dicomsdl": ("dicom", by_dicomsdl, ("dicomsdl",)),
    "GDCM Scanner": ("dicom", by_gdcm, ("gdcm", "pydicom")),
    "pydicom stop_before_pixels": ("dicom", by_pydicom, ("pydicom",)),
    "SimpleITK ReadImageInformation": ("dicom", by_simpleitk, ("SimpleITK", "pydicom")),
    "BioDataMine .nii.gz header values": ("nifti", our_nifti_values, ("biodatamine_core.readers",)),
    "BioDataMine .nii.gz table row": (
        "nifti",
        ours_unpacked,
        ("biodatamine_core.readers", "biodatamine_core.archives"),
    ),
    "nibabel.load .nii.gz": ("nifti", by_nibabel, ("nibabel",)),
    "BioDataMine PNG header values": ("png", our_raster_values, ("biodatamine_core.readers",)),
    "BioDataMine PNG table row": ("png", our_rows, ("biodatamine_core.readers",)),
    "Pillow PNG": ("png", by_pillow, ("PIL.Image", "PIL.PngImagePlugin")),
    "BioDataMine JPEG header values": ("jpeg", our_raster_values, ("biodatamine_core.readers",)),
    "BioDataMine JPEG table row": ("jpeg", our_rows, ("biodatamine_core.readers",)),
    "Pillow JPEG": ("jpeg", by_pillow, ("PIL.Image", "PIL.JpegImagePlugin")),
}
"""Kind of files, what reads them, what is imported before the clock starts."""
OURS = {
    "dicom": "BioDataMine header values",
    "nifti": "BioDataMine .nii.gz header values",
    "png": "BioDataMine PNG header values",
    "jpeg": "BioDataMine JPEG header values",
}


def main(name: str, folder: str) -> None:
    kind, read, modules = READERS[name]
    for module in modules:
        __import__(module)
    paths = sorted(str(path) for path in (Path(folder) / kind).rglob("*.*"))
    read(paths[:20])  # what is imported or made at the first use
    said, seconds = timed(read, paths)
    handed_over = sys.modules.get("biodatamine_core.readers.dicom_elements")
    print(
        json.dumps(
            {
                "kind": kind,
                "files": len(paths),
                "seconds": seconds,
                "peak_mib": _peak_mib(),
                "said": _digest(said),
                "handed_over": dict(handed_over.HANDED_OVER) if handed_over and kind == "dicom" else None,
            }
        )
    )


def timed(read: Reader, paths: list[str]) -> tuple[Said, float]:
    """What it says, and its seconds of processor time for all files: the median of as many times as make it steady."""
    taken: list[float] = []
    while sum(taken) < LEAST_SECONDS:
        started = time.process_time()
        said = read(paths)
        taken.append(time.process_time() - started)
    return said, statistics.median(taken)


def _peak_mib() -> float:
    """Of this program alone: what getrusage says begins with what its parent had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _digest(said: Said) -> str:
    """The same for the same values, however a reader writes them; "" where it says none."""
    import hashlib

    text = repr([tuple(map(_word, values)) for values in said])
    return hashlib.sha256(text.encode()).hexdigest() if said else ""


def _word(value: object) -> str:
    """A value as text: of several values one after another; numbers without their way of being written."""
    parts = value if isinstance(value, list | tuple) or _is_multi_value(value) else str(value or "").split("\\")
    return "\\".join(_plain(str(part).strip("\0 ")) for part in parts)  # type: ignore[attr-defined]


def _is_multi_value(value: object) -> bool:
    return type(value).__name__ == "MultiValue"


def _plain(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text


if __name__ == "__main__":
    main(*sys.argv[1:])
