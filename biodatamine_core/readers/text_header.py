"""What AFNI and PAR/REC share: a header of text that nibabel reads, and one data file of the same name beside it."""

import io
import math
from collections.abc import Callable, Mapping
from typing import Any

from biodatamine_core.readers.beside import same_stem
from biodatamine_core.readers.interface import HEAD_BYTES
from biodatamine_core.readers.volume import Grid, Volume
from biodatamine_core.records import Member, ProblemKind, UnreadableMember


def text_of(member: Member, head: bytes, most_bytes: int) -> io.StringIO:
    """The whole header as text. Raises UnreadableMember where it is longer than most_bytes."""
    if len(head) == HEAD_BYTES:
        head = member.read(0, most_bytes + 1)
    if len(head) > most_bytes:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"Its header is longer than {most_bytes:,} bytes.")
    return io.StringIO(head.decode("latin-1"))


def described(
    format: str, member: Member, header: Any, proxy: Callable[..., Any], ending: str, more: Mapping[str, Any]
) -> Volume:
    """The volume of a nibabel header. proxy: nibabel's class of array. ending: of the data file. more: other facts."""
    shape, dtype = tuple(int(size) for size in header.get_data_shape()), header.get_data_dtype()
    grid = Grid(
        shape=shape,
        axes=tuple(range(len(shape))),
        dtype=dtype.name,
        spacing_mm=tuple(abs(float(step)) for step in header.get_zooms()[:3]),
        affine_ras=tuple(header.get_affine().ravel()),
    )
    return Volume(
        format,
        grid,
        lambda stream: proxy(stream, header, mmap=False),
        data_files=(same_stem(member.name, ending),),
        data_end=math.prod(shape) * dtype.itemsize,
        more=more,
    )
