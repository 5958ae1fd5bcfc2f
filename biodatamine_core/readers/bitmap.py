"""BMP pictures."""

import struct
from typing import Any

from biodatamine_core.readers import pillow_picture
from biodatamine_core.readers.interface import Picture, problem
from biodatamine_core.readers.raster import MAX_PIXELS
from biodatamine_core.readers.stream import length_bytes
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "BMP"

_DECODERS = ("BMP",)
_CORE_HEADER = 12
_HEADER_SIZES = frozenset({_CORE_HEADER, 40, 52, 56, 64, 108, 124})
_BITS = frozenset({1, 2, 4, 8, 16, 24, 32})
_UNCOMPRESSED = frozenset({0, 3, 6})  # BI_RGB, BI_BITFIELDS, BI_ALPHABITFIELDS


def sniff(head: bytes, name: str) -> bool:
    """Two letters are a weak signature: the size of the header and its one plane must fit too."""
    if not head.startswith(b"BM") or len(head) < 26:
        return False
    (size,) = struct.unpack_from("<I", head, 14)
    planes = struct.unpack_from("<H", head, 22 if size == _CORE_HEADER else 26)[0] if len(head) >= 30 else 1
    return size in _HEADER_SIZES and planes == 1


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one picture. Its density is how it prints, not how large a patient is: it is no spacing.

    Source: BITMAPINFOHEADER in Microsoft's Windows GDI reference.
    """
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": name, "role": Role.IMAGE}
    if len(head) < 34:
        return FileRecord(**record, **problem(ProblemKind.TRUNCATED, "Its BMP header ends early."))
    offset, header_size = struct.unpack_from("<II", head, 10)
    compression = 0
    if header_size == _CORE_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", head, 18)
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", head, 18)
    height = abs(height)  # negative: the first row is the top one
    if width <= 0 or not height or bits not in _BITS:
        return FileRecord(**record, **problem(ProblemKind.CORRUPT, "Its BMP header is broken: impossible sizes."))
    facts = {
        "shape": (width, height),
        "dtype": "uint8",
        "channels": 1 if bits <= 8 and _is_grey(head, 14 + header_size, offset, header_size) else 3,
        "bits_stored": min(bits, 8),
        "readable": True,
    }
    row_bytes = (width * bits + 31) // 32 * 4
    end = offset + row_bytes * height if compression in _UNCOMPRESSED else None
    return FileRecord(**(record | facts | _pixel_problem(member, width * height, end, mode)))


def middle_picture(member: Member) -> Picture:
    """The picture. Raises UnreadableMember where it is too large; Pillow's errors."""
    return pillow_picture.middle_picture(member, _DECODERS)


def _is_grey(head: bytes, start: int, stop: int, header_size: int) -> bool:
    """Whether every colour of the palette is a grey."""
    step = 3 if header_size == _CORE_HEADER else 4
    entries = [head[at : at + 3] for at in range(start, min(stop, start + 256 * step, len(head) - 2), step)]
    return bool(entries) and all(entry[0] == entry[1] == entry[2] for entry in entries)


def _pixel_problem(member: Member, pixels: int, end: int | None, mode: Mode) -> dict[str, Any]:
    """What is wrong with the pixels; end: where they must end, None where they are compressed."""
    if pixels > MAX_PIXELS:
        sentence = f"Its header claims {pixels:,} pixels; {MAX_PIXELS:,} are opened at most."
        return problem(ProblemKind.TOO_LARGE, sentence)
    if mode is not Mode.FULL and (end is None or member.size_bytes is None):
        return {}
    try:
        is_whole = length_bytes(member, end) >= end if end is not None else pillow_picture.decodes(member, _DECODERS)
    except UnreadableMember as unreadable:
        return problem(unreadable.problem.kind, unreadable.problem.sentence)
    return {} if is_whole else problem(ProblemKind.TRUNCATED, "Its pixels end early: the file was cut.")
