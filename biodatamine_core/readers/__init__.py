"""Member -> FileRecord: what one file says of itself; and its middle picture."""

import re
from dataclasses import replace

from biodatamine_core.readers import (
    afni,
    analyze,
    avi,
    bitmap,
    dicom,
    ecat,
    geometry_object,
    gif,
    metaimage,
    mgh,
    minc,
    mp4,
    nested_archive,
    nifti,
    nrrd,
    numpy_array,
    ome_zarr,
    par_rec,
    placeholder,
    raster,
    sidecar,
    tiff,
    webp,
)
from biodatamine_core.readers.decoding import told_as
from biodatamine_core.readers.interface import (
    BROKEN_PIXELS,
    HEAD_BYTES,
    Picture,
    PixelReader,
    Reader,
    SmallPictureReader,
    problem,
)
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

__all__ = ["HEAD_BYTES", "PIXEL_READERS", "READERS", "Picture", "Reader", "inspect", "middle_picture", "small_picture"]

PIXEL_READERS: tuple[PixelReader, ...] = (
    dicom, nifti, raster, tiff, gif, webp, bitmap, nrrd, metaimage, minc, ecat, afni, par_rec, numpy_array, mgh,
    analyze, ome_zarr,
)  # fmt: skip
READERS: tuple[Reader, ...] = (*PIXEL_READERS, avi, mp4, geometry_object, nested_archive, placeholder, sidecar)
"""The order is precedence: formats with a signature first, what only its name tells last."""
_SMALL_PICTURE_READERS: tuple[SmallPictureReader, ...] = (dicom, raster)

_READ_SUFFIXES = (
    ".dcm", ".dicom", ".nii", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".svs", ".ndpi", ".bmp", ".gif", ".webp",
    ".avi", ".mp4", ".m4v", ".mov", ".nrrd", ".nhdr", ".mha", ".mhd", ".mgh", ".mgz", ".mnc", ".npy", ".npz", ".gii",
    ".trk", ".tck", ".par", ".head",
)  # fmt: skip
"""Endings that promise a format that is read here."""
_BIDS_SUBJECT = re.compile(r"(?:.*?/)??sub-[A-Za-z0-9]+(?=[/_])")
"""The path up to its first `sub-<label>`: two datasets side by side may both have a sub-01."""


def inspect(member: Member, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one file, whatever it is; never an exception, a problem becomes FileRecord.problem.

    member: opens to the file's own bytes, already inflated where it is a .gz.
    file_id, sizes and hashes are left for the scan to fill.
    """
    try:
        head = member.read(0, HEAD_BYTES)
        reader = _reader_of(head, member.name)
        record = _unknown(member, head) if reader is None else reader.inspect(member, head, pseudonym, mode)
    except UnreadableMember as unreadable:
        found = unreadable.problem
        record = FileRecord(file_id="", path=member.path, **problem(found.kind, found.sentence))
    subject = _BIDS_SUBJECT.match(member.path)
    if subject and record.patient_key is None and record.role in (Role.IMAGE, Role.SEGMENTATION):
        record = replace(record, patient_key=pseudonym(subject[0]))
    return record


def middle_picture(member: Member) -> Picture:
    """The middle frame or slice of a file, decoded; every format that holds pixels.

    Raises UnreadableMember where nothing can be drawn.
    """
    reader = _pixel_reader_of(member)
    with told_as(BROKEN_PIXELS):
        return reader.middle_picture(member)


def small_picture(member: Member, least_side: int) -> Picture:
    """As middle_picture, to be drawn with a longer side of so many pixels at most: as SmallPictureReader gives it."""
    reader = _pixel_reader_of(member)
    sooner = next((known for known in _SMALL_PICTURE_READERS if known is reader), None)
    with told_as(BROKEN_PIXELS):
        return reader.middle_picture(member) if sooner is None else sooner.small_picture(member, least_side)


def _pixel_reader_of(member: Member) -> PixelReader:
    head = member.read(0, HEAD_BYTES)
    reader = next((reader for reader in PIXEL_READERS if reader.sniff(head, member.name)), None)
    if reader is None:
        known = _reader_of(head, member.name)
        sentence = f"{known.name}: only the header is read, no picture is decoded." if known else "No reader knows it."
        raise UnreadableMember(ProblemKind.UNSUPPORTED, sentence)
    return reader


def _reader_of(head: bytes, name: str) -> Reader | None:
    return next((reader for reader in READERS if reader.sniff(head, name)), None)


def _unknown(member: Member, head: bytes) -> FileRecord:
    """A file that no reader knows, and whether that is a loss: an image's name promises an image."""
    if not head:
        found = problem(ProblemKind.EMPTY, "It is empty: 0 bytes.")
    elif member.name.lower().removesuffix(".gz").endswith(_READ_SUFFIXES):
        found = problem(ProblemKind.CORRUPT, "Its bytes are not what its name says.")
    else:
        found = problem(ProblemKind.UNKNOWN_FORMAT, "No reader knows this format.")
    return FileRecord(file_id="", path=member.path, **found)
