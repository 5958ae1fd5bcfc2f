"""PNG and JPEG pictures. Their pixel density is how they print, not how large a patient is: it is no spacing."""

import struct
from typing import Any, NamedTuple

from biodatamine_core.readers import exif, pillow_picture, png_stored
from biodatamine_core.readers.interface import HEAD_BYTES, Picture, problem
from biodatamine_core.readers.stream import HeaderStream
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "PNG, JPEG"

_DECODERS = ("PNG", "JPEG")

MAX_PIXELS = 1_000_000_000
"""Beyond this a header is taken for a bomb: an honest slide of a billion pixels comes as a pyramid."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"
_END_BYTES = 4096
"""How far from the end of the file its end mark may lie; further away the pixels are decoded to make sure."""
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type; a palette holds RGB
_MOST_METADATA_BYTES = 32 << 20
"""How far into a JPEG its size may stand; colour profiles and previews of some megabytes come before it."""
_IHDR = struct.Struct(">IIBB").unpack_from
_FRAME = struct.Struct(">BHHB").unpack_from
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


class RasterHeader(NamedTuple):
    """bits: per value and pixel, as stored."""

    width: int
    height: int
    channels: int
    bits: int


def sniff(head: bytes, name: str) -> bool:
    return head.startswith((_PNG, _JPEG))


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one picture; in full mode also whether its pixels end early."""
    is_png = head.startswith(_PNG)
    record: dict[str, Any] = {
        "file_id": "",
        "path": member.path,
        "format": "PNG" if is_png else "JPEG",
        "role": Role.IMAGE,
    }
    header = header_in(head) or (None if is_png else _header_behind_metadata(member, head))
    if header is None:
        sentence = f"Its {record['format']} header ends early or is broken."
        return FileRecord(**record, **problem(ProblemKind.TRUNCATED, sentence))
    record |= {
        "shape": (header.width, header.height),
        "dtype": "uint16" if header.bits > 8 else "uint8",
        "channels": header.channels,
        "bits_stored": header.bits,
        "camera": exif.camera(head),
        "readable": True,
    }
    return FileRecord(**(record | _pixel_problem(member, head, header, mode)))


def small_picture(member: Member, least_side: int) -> Picture:
    """As middle_picture, decoded no larger than it takes for a longer side of so many pixels."""
    return pillow_picture.middle_picture(png_stored.inflated(member), _DECODERS, least_side=least_side)


def middle_picture(member: Member) -> Picture:
    """The picture, turned as its camera says. Raises UnreadableMember where it is too large; Pillow's OSError."""
    return pillow_picture.middle_picture(member, _DECODERS)


def header_in(head: bytes) -> RasterHeader | None:
    """What the first bytes of a PNG or a JPEG say of its size; None where they are broken or do not reach so far."""
    return _png_header(head) if head.startswith(_PNG) else _jpeg_frame(head, _start_of_frame(head))


def _png_header(head: bytes) -> RasterHeader | None:
    """IHDR is the first chunk (PNG 1.2, 4.1.1)."""
    if len(head) < 33 or head[12:16] != b"IHDR":
        return None
    width, height, bits, colour = _IHDR(head, 16)
    if not width or not height or colour not in _PNG_CHANNELS:
        return None
    return RasterHeader(width, height, _PNG_CHANNELS[colour], bits)


def _header_behind_metadata(member: Member, head: bytes) -> RasterHeader | None:
    """Of a JPEG whose profiles and previews fill its first bytes."""
    at = _start_of_frame(head)
    if at is None or at + 10 <= len(head) or len(head) < HEAD_BYTES:
        return None
    with member.open() as source:
        data = HeaderStream(source).read(_MOST_METADATA_BYTES)
    return _jpeg_frame(data, _start_of_frame(data))


def _start_of_frame(data: bytes) -> int | None:
    """Where the segment begins that says the size (ITU T.81 B.2.2), or a place behind the data; None if broken."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker in _START_OF_FRAME:
            return at
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + max(2, data[at + 2] << 8 | data[at + 3])
    return at


def _jpeg_frame(data: bytes, at: int | None) -> RasterHeader | None:
    """The start of frame at `at`, where it is one and wholly there."""
    if at is None or at + 10 > len(data):
        return None
    bits, height, width, channels = _FRAME(data, at + 4)
    return RasterHeader(width, height, channels, bits) if width and height and channels else None


def _pixel_problem(member: Member, head: bytes, header: RasterHeader, mode: Mode) -> dict[str, Any]:
    """What is wrong with the pixels, {} where nothing is, or where headers alone cannot tell."""
    if header.width * header.height > MAX_PIXELS:
        sentence = f"Its header claims {header.width:,} × {header.height:,} pixels; {MAX_PIXELS:,} are opened at most."
        return problem(ProblemKind.TOO_LARGE, sentence)
    if mode is not Mode.FULL:
        return {}
    try:
        end = head[-_END_BYTES:] if len(head) < HEAD_BYTES else _tail(member)
    except UnreadableMember as unreadable:
        return problem(unreadable.problem.kind, unreadable.problem.sentence)
    if (_PNG_END if head.startswith(_PNG) else _JPEG_END) in end or pillow_picture.decodes(member, _DECODERS):
        return {}
    return problem(ProblemKind.TRUNCATED, "Its pixels end early: the file was cut.")


def _tail(member: Member) -> bytes:
    """The last bytes of the file, jumped to where the stream can, else read up to."""
    with member.open() as stream:
        if stream.seekable():
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _END_BYTES))
            return stream.read(_END_BYTES)
        tail = b""
        while chunk := stream.read(1 << 20):
            tail = (tail + chunk)[-_END_BYTES:]
        return tail
