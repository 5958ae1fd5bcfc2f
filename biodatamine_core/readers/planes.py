"""All the planes of one file, decoded one after another: what a person steps through."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from biodatamine_core.readers import (
    afni,
    analyze,
    dicom,
    ecat,
    gif,
    metaimage,
    mgh,
    minc,
    nifti,
    nrrd,
    numpy_array,
    ome_zarr,
    par_rec,
    tiff,
    webp,
)
from biodatamine_core.readers.decoding import told_as
from biodatamine_core.readers.interface import BROKEN_PIXELS, HEAD_BYTES, Picture, PixelReader
from biodatamine_core.records import Member


class PlaneReader(PixelReader, Protocol):
    """A reader whose files hold many planes: slices, or frames over time."""

    def planes(self, member: Member, wanted: Sequence[int]) -> Iterator[Picture] | None:
        """The planes with these numbers, ascending, as they lie in the file: (rows, columns) of FileRecord.shape.

        None where this one file holds no stack. Raises as PixelReader.middle_picture does.
        """
        ...


PLANE_READERS: tuple[PlaneReader, ...] = (
    dicom, nifti, tiff, gif, webp, nrrd, metaimage, minc, ecat, afni, par_rec, numpy_array, mgh, analyze,
    ome_zarr,
)  # fmt: skip


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture] | None:
    """The planes with these numbers; None where only the middle picture is drawn. Raises UnreadableMember."""
    head = member.read(0, HEAD_BYTES)
    reader = next((reader for reader in PLANE_READERS if reader.sniff(head, member.name)), None)
    if reader is None:
        return None
    with told_as(BROKEN_PIXELS):
        pictures = reader.planes(member, wanted)
    return _told(pictures) if pictures is not None else None


def _told(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """The same, what goes wrong on the way said as a problem of the file."""
    with told_as(BROKEN_PIXELS):
        yield from pictures
