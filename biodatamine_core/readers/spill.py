"""A stream that a decoder can jump in, however large the file: spilled to disk where its archive only reads forward."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from biodatamine_core.records import Member, ProblemKind, UnreadableMember

MAX_SPILLED_BYTES = 8 * 1024**3
"""One whole slide; a larger file inside a compressed archive is not unpacked to look at it."""
_IN_MEMORY_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


@contextmanager
def jumping(member: Member) -> Iterator[BinaryIO]:
    """The member's own stream where it can jump; else its bytes, in memory or in a temporary file that is then gone.

    Raises UnreadableMember where they would be more than MAX_SPILLED_BYTES.
    """
    with member.open() as stream:
        if stream.seekable():
            yield stream
            return
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spilled:
            spilled_bytes = 0
            while chunk := stream.read(_CHUNK_BYTES):
                spilled_bytes += len(chunk)
                if spilled_bytes > MAX_SPILLED_BYTES:
                    sentence = f"Larger than the {MAX_SPILLED_BYTES:,} bytes that are unpacked to look at one file."
                    raise UnreadableMember(ProblemKind.TOO_LARGE, sentence)
                spilled.write(chunk)
            spilled.seek(0)
            yield cast(BinaryIO, spilled)
