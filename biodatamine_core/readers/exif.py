"""Which camera took a picture, by the Exif data in front of it. Places, dates, owners and serial numbers are not read.

Source: Exif 2.32 (CIPA DC-008), 4.6.4 and 4.6.5; PNG 3rd edition, 11.3.4.4 (eXIf).
"""

import struct
from collections.abc import Iterator

_MAKE, _MODEL, _EXIF_DIRECTORY = 0x010F, 0x0110, 0x8769
_EXPOSURE_TIME, _F_NUMBER, _FOCAL_LENGTH, _LENS_MODEL = 0x829A, 0x829D, 0x920A, 0xA434
_TAKEN_WITH = frozenset({_EXPOSURE_TIME, _F_NUMBER, _FOCAL_LENGTH, _LENS_MODEL})
"""What only something with a shutter or a lens states: flatbed scanners and programs that edit write none of it."""
_TEXT, _LONG = 2, 4
_MOST_TAGS = 256
_MOST_CHARACTERS = 60
_JPEG_EXIF, _PNG_EXIF = b"Exif\0\0", b"eXIf"
_APP1, _START_OF_SCAN = 0xE1, 0xDA


def camera(head: bytes) -> str | None:
    """Make and model, "Canon EOS 80D"; None where nothing says that a camera took it.

    head: the first bytes of a JPEG or a PNG; what lies behind them is not looked for.
    """
    if _PNG_EXIF not in head and _JPEG_EXIF not in head:
        return None  # most pictures of a dataset: a search is cheaper than a walk
    block = _of_png(head) if head.startswith(b"\x89PNG") else _of_jpeg(head)
    if block is None:
        return None
    try:
        return _camera(block)
    except struct.error:  # it points behind its end
        return None


def _camera(block: bytes) -> str | None:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return None
    named: dict[int, str] = {}
    taken_with: set[int] = set()
    for tag, kind, count, value_at in _entries(block, order, *struct.unpack_from(f"{order}I", block, 4)):
        if tag in (_MAKE, _MODEL) and kind == _TEXT:
            at = value_at if count <= 4 else struct.unpack_from(f"{order}I", block, value_at)[0]
            named[tag] = _printable(block[at : at + min(count, _MOST_CHARACTERS)])
        elif tag == _EXIF_DIRECTORY and kind == _LONG:
            (at,) = struct.unpack_from(f"{order}I", block, value_at)
            taken_with |= {found for found, *_ in _entries(block, order, at)} & _TAKEN_WITH
    make, model = named.get(_MAKE, ""), named.get(_MODEL, "")
    if not taken_with or not (make or model):
        return None
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _entries(block: bytes, order: str, at: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag, type, count, where its value or the offset of it stands) of one directory. Source: TIFF 6.0, 2."""
    (count,) = struct.unpack_from(f"{order}H", block, at)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MOST_TAGS), 12):
        yield *struct.unpack_from(f"{order}HHI", block, entry), entry + 8


def _of_jpeg(head: bytes) -> bytes | None:
    """The Exif block of the first APP1 segment that has one, in front of the picture (ITU T.81, B.1.1.4)."""
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] != _START_OF_SCAN:
        (length,) = struct.unpack_from(">H", head, at + 2)
        if head[at + 1] == _APP1 and head.startswith(_JPEG_EXIF, at + 4):
            return head[at + 4 + len(_JPEG_EXIF) : at + 2 + length]
        at += 2 + max(2, length)
    return None


def _of_png(head: bytes) -> bytes | None:
    """The chunk eXIf, where it stands in front of the pixels."""
    at = 8
    while at + 12 <= len(head):
        (length,) = struct.unpack_from(">I", head, at)
        kind = head[at + 4 : at + 8]
        if kind == _PNG_EXIF:
            return head[at + 8 : at + 8 + length]
        if kind == b"IDAT":
            return None
        at += 12 + length
    return None


def _printable(text: bytes) -> str:
    return "".join(c for c in text.partition(b"\0")[0].decode("latin-1") if c.isprintable()).strip()
