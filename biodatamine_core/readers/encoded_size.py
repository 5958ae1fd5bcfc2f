"""What a compressed segment would do to a decoder: how large a picture it claims, whether reading it ever ends."""

import struct

_START_OF_FRAME = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_J2K_CODESTREAM = b"\xff\x4f\xff\x51"
_JP2_BOXES = b"\x00\x00\x00\x0cjP  "


def encoded_pixels(data: bytes) -> int | None:
    """Width times height, None where the bytes are neither JPEG, JPEG-LS nor JPEG 2000, or do not say.

    Source: ITU T.81 B.2.2, ITU T.87 C.2.2, ITU T.800 A.5.1.
    """
    if data.startswith(_JP2_BOXES):
        data = data[max(0, data.find(_J2K_CODESTREAM)) :]
    if data.startswith(_J2K_CODESTREAM) and len(data) >= 24:
        right, bottom, left, top = struct.unpack_from(">4I", data, 8)
        return int(max(0, right - left) * max(0, bottom - top))
    return _jpeg_pixels(data) if data.startswith(b"\xff\xd8") else None


def has_endless_box(data: bytes) -> bool:
    """Whether a JP2 file has a box of no length before its codestream: pydicom would step over it for ever.

    Source: ITU T.800 I.4; a length of 0 is for the last box alone.
    """
    at = len(_JP2_BOXES) + 4 if data.startswith(_JP2_BOXES) else len(data)
    while at < len(data) and data[at + 4 : at + 8] != b"jp2c":
        length = int.from_bytes(data[at : at + 4], "big")
        if not length:
            return True
        at += length
    return False


def _jpeg_pixels(data: bytes) -> int | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return int(width * height)
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
