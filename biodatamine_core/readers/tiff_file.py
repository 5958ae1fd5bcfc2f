"""Open a TIFF with tifffile: quietly, alone, and with every error that broken bytes cause known by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biodatamine_core.readers.spill import jumping
from biodatamine_core.readers.stream import silenced
from biodatamine_core.records import Member

if TYPE_CHECKING:
    from tifffile import TiffFile


@contextmanager
def opened(member: Member) -> "Iterator[TiffFile]":
    """The file's directories, nothing decoded. Raises UnreadableMember from the member's stream, and DECODE_ERRORS."""
    import logging

    import tifffile

    # Its messages quote header values, which may name a patient; what is wrong becomes FileRecord.problem.
    logging.getLogger("tifffile").disabled = True
    # An OME-TIFF may name other files: they are members of their own, and no path of this machine is opened.
    with silenced(), jumping(member) as stream, tifffile.TiffFile(stream, name="tiff", _multifile=False) as tiff:
        yield tiff
