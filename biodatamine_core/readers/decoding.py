"""The one boundary around decoders: whatever a library raises on broken bytes becomes the problem of one file."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from biodatamine_core.errors import StorageUnavailable
from biodatamine_core.readers.stream import silenced
from biodatamine_core.records import ProblemKind, UnreadableMember

DECODE_ERRORS = (
    ValueError,  # TiffFileError and UnicodeError among them
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    EOFError,
    OSError,
    RuntimeError,  # what the decoders of imagecodecs raise; NotImplementedError and RecursionError among them
    SyntaxError,  # broken XML
    struct.error,
)
"""What pydicom, tifffile and their decoders end with on broken bytes, or on what they do not know."""


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Around a call of a library that parses: "Its NRRD header is broken." Quiet meanwhile."""
    with told_as(f"Its {what} is broken."), silenced():
        yield


@contextmanager
def told_as(sentence: str) -> Iterator[None]:
    """Every error becomes UnreadableMember with this sentence; `{error}` in it is the name of the error's class.

    The error's own text may quote the file, so it stays. That the storage is away is no fault of the file.
    """
    try:
        yield
    except (UnreadableMember, StorageUnavailable):
        raise
    except Exception as error:  # one file: libraries raise anything on damaged bytes
        raise UnreadableMember(ProblemKind.CORRUPT, sentence.format(error=type(error).__name__)) from error
