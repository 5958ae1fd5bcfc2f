"""GIF pictures and recordings."""

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from biodatamine_core.readers import pillow_picture
from biodatamine_core.readers.interface import HEAD_BYTES, Picture, problem
from biodatamine_core.readers.stream import HeaderStream
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "GIF"

_SIGNATURES = (b"GIF87a", b"GIF89a")
_IMAGE, _EXTENSION, _TRAILER, _GRAPHIC_CONTROL = 0x2C, 0x21, 0x3B, 0xF9


@dataclass(slots=True)
class Frames:
    """What the blocks of a GIF add up to. delay_ms: how long its first timed frame is shown."""

    count: int = 0
    delay_ms: float | None = None
    is_grey: bool = True
    ended: bool = False


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(_SIGNATURES)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one GIF; several frames follow each other in time (GIF89a, 23)."""
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": name, "role": Role.IMAGE}
    if len(head) < 13:
        return FileRecord(**record, **problem(ProblemKind.TRUNCATED, "Its GIF header ends early."))
    width, height = struct.unpack_from("<HH", head, 6)
    if not width or not height:
        return FileRecord(**record, **problem(ProblemKind.CORRUPT, "Its GIF header is broken: impossible sizes."))
    facts: dict[str, Any] = {"shape": (width, height), "dtype": "uint8", "bits_stored": 8, "readable": True}
    frames = Frames()
    try:
        with io.BytesIO(head) if len(head) < HEAD_BYTES else member.open() as source:
            _walk(HeaderStream(source), frames)
    except UnreadableMember as unreadable:
        facts |= problem(unreadable.problem.kind, unreadable.problem.sentence)
    facts["channels"] = 1 if frames.is_grey else 3
    if frames.count > 1:
        facts |= {"shape": (width, height, 1, frames.count), "frames": frames.count, "frame_time_ms": frames.delay_ms}
    if facts["readable"] and not frames.count:
        facts |= problem(ProblemKind.CORRUPT, "It holds no picture.")
    elif facts["readable"] and not frames.ended and not pillow_picture.decodes(member, (name,)):
        facts |= problem(ProblemKind.TRUNCATED, "Its pixels end early: the file was cut.")
    return FileRecord(**(record | facts))


def middle_picture(member: Member) -> Picture:
    """The middle frame. Raises UnreadableMember where it is too large; Pillow's errors."""
    return pillow_picture.middle_picture(member, (name,), is_animated=True)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    """These frames of an animation."""
    return pillow_picture.frames(member, (name,), wanted)


def _walk(stream: HeaderStream, frames: Frames) -> None:
    """Count the frames block by block. Source: GIF89a specification, 17 to 27."""
    screen = stream.read(13)
    frames.is_grey = _reads_grey_palette(stream, screen[10])
    while kind := stream.skip_block(1):
        if kind[0] == _TRAILER:
            frames.ended = True
            return
        if kind[0] == _IMAGE:
            descriptor = stream.skip_block(9)
            if len(descriptor) < 9:
                return
            frames.is_grey = _reads_grey_palette(stream, descriptor[8]) and frames.is_grey
            stream.skip_block(1)  # the size of its codes
            frames.count += 1
            _pass_blocks(stream)
        elif kind[0] == _EXTENSION:
            label = stream.skip_block(1)
            first = _pass_blocks(stream)
            if label == bytes([_GRAPHIC_CONTROL]) and len(first) >= 3 and frames.delay_ms is None:
                frames.delay_ms = 10.0 * int.from_bytes(first[1:3], "little") or None
        else:
            return


def _reads_grey_palette(stream: HeaderStream, flags: int) -> bool:
    """Pass the palette that the flags announce; whether every colour in it is a grey, true where there is none."""
    palette = stream.skip_block(3 << (flags & 7) + 1) if flags & 0x80 else b""
    return palette[0::3] == palette[1::3] == palette[2::3]


def _pass_blocks(stream: HeaderStream) -> bytes:
    """Pass data blocks up to the empty one; the first of them."""
    first = b""
    while (length := stream.skip_block(1)) and length[0]:
        block = stream.skip_block(length[0])
        first = first or block
    return first
