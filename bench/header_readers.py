"""What bench/headers.py runs: one reader over one folder, in a process of its own, its figures printed as JSON."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

KEYWORDS = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "Manufacturer",
    "ManufacturerModelName", "StudyDate", "StudyDescription", "SeriesDescription", "BodyPartExamined", "PatientID",
    "PatientSex", "PatientAge", "SliceThickness", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient",
    "Rows", "Columns", "PixelSpacing", "BitsAllocated", "PhotometricInterpretation", "RescaleSlope",
)  # fmt: skip
Said = list[tuple[str, ...]]
"""Of every file what must be the same for every reader of its kind."""
Reader = Callable[[list[str]], Said]


def floor(paths: list[str]) -> Said:
    for path in paths:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - the least that anyone can do
            stream.read(8192)
    return []


def ours(paths: list[str]) -> Said:
    from biodatamine_core import readers
    from biodatamine_core.records import Member, Mode, Pseudonym

    pseudonym = Pseudonym(b"bench")
    records = []
    for path in paths:
        member = Member(path, lambda path=path: open(path, "rb", buffering=0), 0)  # type: ignore[misc]  # noqa: PTH123, SIM115
        records.append(readers.inspect(member, pseudonym, Mode.HEADERS))
    if records[0].format == "DICOM":
        return [(r.modality_tag or "", r.series_uid or "", *map(str, (r.shape or ())[:2])) for r in records]
    return [tuple(map(str, r.shape or ())) for r in records]


def ours_unpacked(paths: list[str]) -> Said:
    from biodatamine_core import archives
    from biodatamine_core.readers import inspect
    from biodatamine_core.records import Member, Mode, Pseudonym
    from biodatamine_core.settings import Limits

    limits, pseudonym, said = Limits(), Pseudonym(b"bench"), []
    for path in paths:
        packed = Member(path, lambda path=path: open(path, "rb", buffering=0), 0)  # type: ignore[misc]  # noqa: PTH123, SIM115
        said.append(inspect(archives.unpacked(packed, limits), pseudonym, Mode.HEADERS).shape or ())
    return [tuple(map(str, shape)) for shape in said]


def by_pydicom(paths: list[str]) -> Said:
    import pydicom

    said = []
    for path in paths:
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        values = {keyword: dataset.get(keyword) for keyword in KEYWORDS}
        said.append(_words(values["Modality"], values["SeriesInstanceUID"], values["Columns"], values["Rows"]))
    return said


def by_gdcm(paths: list[str]) -> Said:
    import gdcm
    from pydicom.datadict import tag_for_keyword

    tags = {}
    scanner = gdcm.Scanner()
    for keyword in KEYWORDS:
        number = tag_for_keyword(keyword) or 0
        tags[keyword] = gdcm.Tag(number >> 16, number & 0xFFFF)
        scanner.AddTag(tags[keyword])
    scanner.Scan(paths)
    said = []
    for path in paths:
        values = {keyword: scanner.GetValue(path, tags[keyword]) for keyword in KEYWORDS}
        said.append(_words(values["Modality"], values["SeriesInstanceUID"], values["Columns"], values["Rows"]))
    return said


def by_simpleitk(paths: list[str]) -> Said:
    import SimpleITK
    from pydicom.datadict import tag_for_keyword

    keys = {
        keyword: f"{(number := tag_for_keyword(keyword) or 0) >> 16:04x}|{number & 0xFFFF:04x}" for keyword in KEYWORDS
    }
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    said = []
    for path in paths:
        reader.SetFileName(path)
        reader.ReadImageInformation()
        values = {k: reader.GetMetaData(key) if reader.HasMetaDataKey(key) else "" for k, key in keys.items()}
        said.append(_words(values["Modality"], values["SeriesInstanceUID"], *reader.GetSize()[:2]))
    return said


def by_dicomsdl(paths: list[str]) -> Said:
    import dicomsdl

    said = []
    for path in paths:
        dataset = dicomsdl.open(path)
        values = {keyword: getattr(dataset, keyword) for keyword in KEYWORDS}
        said.append(_words(values["Modality"], values["SeriesInstanceUID"], values["Columns"], values["Rows"]))
    return said


def by_nibabel(paths: list[str]) -> Said:
    import nibabel

    return [_words(*nibabel.load(path).shape) for path in paths]


def by_pillow(paths: list[str]) -> Said:
    from PIL import Image

    said = []
    for path in paths:
        with Image.open(path) as image:
            said.append(_words(*image.size))
    return said


def _words(*values: object) -> tuple[str, ...]:
    return tuple(str(value).strip("\0 ") for value in values)


READERS: dict[str, tuple[str, Reader, tuple[str, ...]]] = {
    "open, read 8 KiB, close": ("dicom", floor, ()),
    "BioDataMine": ("dicom", ours, ("biodatamine_core.readers",)),
    "dicomsdl": ("dicom", by_dicomsdl, ("dicomsdl",)),
    "GDCM Scanner": ("dicom", by_gdcm, ("gdcm", "pydicom")),
    "pydicom stop_before_pixels": ("dicom", by_pydicom, ("pydicom",)),
    "SimpleITK ReadImageInformation": ("dicom", by_simpleitk, ("SimpleITK", "pydicom")),
    "BioDataMine .nii.gz": ("nifti", ours_unpacked, ("biodatamine_core.readers", "biodatamine_core.archives")),
    "nibabel.load .nii.gz": ("nifti", by_nibabel, ("nibabel",)),
    "BioDataMine PNG": ("png", ours, ("biodatamine_core.readers",)),
    "Pillow PNG": ("png", by_pillow, ("PIL.Image", "PIL.PngImagePlugin")),
    "BioDataMine JPEG": ("jpeg", ours, ("biodatamine_core.readers",)),
    "Pillow JPEG": ("jpeg", by_pillow, ("PIL.Image", "PIL.JpegImagePlugin")),
}
"""Kind of files, what reads them, what is imported before the clock starts."""
OURS = {
    "dicom": "BioDataMine", "nifti": "BioDataMine .nii.gz", "png": "BioDataMine PNG", "jpeg": "BioDataMine JPEG",
}  # fmt: skip


def main(name: str, folder: str) -> None:
    kind, read, modules = READERS[name]
    for module in modules:
        __import__(module)
    paths = sorted(str(path) for path in (Path(folder) / kind).rglob("*.*"))
    read(paths[:20])  # what is imported or made at the first use
    started = time.process_time()
    said = read(paths)
    seconds = time.process_time() - started
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


def _peak_mib() -> float:
    """Of this program alone: what getrusage says begins with what its parent had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _digest(said: Iterable[tuple[str, ...]]) -> str:
    import hashlib

    text = repr(list(said))
    return hashlib.sha256(text.encode()).hexdigest() if text != "[]" else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
