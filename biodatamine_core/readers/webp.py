"""WebP pictures and recordings."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from biodatamine_core.readers import pillow_picture, riff
from biodatamine_core.readers.interface import HEAD_BYTES, Picture, problem
from biodatamine_core.readers.stream import HeaderStream
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role

name = "WebP"

_ALPHA, _ANIMATION = 0x10, 0x02
_LOSSLESS_MARK = 0x2F
_MAX_CHUNKS_BEFORE_PICTURE = 64


@dataclass(slots=True)
class WebPHeader:
    """width, height: of the canvas. delay_ms: how long the first frame is shown."""

    width: int
    height: int
    channels: int
    is_animated: bool = False
    frames: int = 0
    delay_ms: float | None = None


def sniff(head: bytes, name: str) -> bool:
    return riff.is_riff(head, b"WEBP")


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one WebP; several frames follow each other in time."""
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": name, "role": Role.IMAGE}
    with io.BytesIO(head) if len(head) < HEAD_BYTES else member.open() as source:
        header = _header(HeaderStream(source), int.from_bytes(head[4:8], "little") + 8)
    if header is None:
        return FileRecord(**record, **problem(ProblemKind.TRUNCATED, "Its WebP header ends early or is broken."))
    facts: dict[str, Any] = {
        "shape": (header.width, header.height),
        "dtype": "uint8",
        "channels": header.channels,
        "bits_stored": 8,
        "readable": True,
    }
    if header.frames > 1:
        facts["shape"] = (header.width, header.height, 1, header.frames)
        facts |= {"frames": header.frames, "frame_time_ms": header.delay_ms}
    return FileRecord(**(record | facts | riff.shortage(member, head, mode)))


def middle_picture(member: Member) -> Picture:
    """The middle frame. Raises UnreadableMember where it is too large; Pillow's errors."""
    return pillow_picture.middle_picture(member, ("WEBP",), is_animated=True)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    """These frames of an animation."""
    return pillow_picture.frames(member, ("WEBP",), wanted)


def _header(stream: HeaderStream, stop: int) -> WebPHeader | None:
    """From the first chunk, and the frames of an animation. Source: RFC 9649, section 2."""
    header = None
    for number, chunk in enumerate(riff.chunks(stream, riff.START_BYTES, stop)):
        if header is None:
            header = _first_chunk(chunk.code, stream.skip_block(10))
            if header is None or not header.is_animated:
                return header
        elif chunk.code == b"ANMF":
            frame = stream.skip_block(16)
            if header.delay_ms is None and len(frame) == 16:
                header.delay_ms = float(int.from_bytes(frame[12:15], "little")) or None
            header.frames += 1
        elif not header.frames and number > _MAX_CHUNKS_BEFORE_PICTURE:
            return None
    return header


def _first_chunk(code: bytes, data: bytes) -> WebPHeader | None:
    if code == b"VP8X" and len(data) == 10:
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7))
        return WebPHeader(width, height, 4 if data[0] & _ALPHA else 3, is_animated=bool(data[0] & _ANIMATION))
    if code == b"VP8L" and len(data) >= 5 and data[0] == _LOSSLESS_MARK:
        bits = int.from_bytes(data[1:5], "little")
        return WebPHeader((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 4 if bits >> 28 & 1 else 3)
    if code == b"VP8 " and len(data) == 10 and data[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return WebPHeader(width, height, 3) if width and height else None
    return None
