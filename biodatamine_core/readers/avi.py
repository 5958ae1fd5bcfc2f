"""AVI recordings, by their header: no frame is decoded."""

import io
import struct
from typing import Any

from biodatamine_core.readers import riff
from biodatamine_core.readers.interface import HEAD_BYTES, problem
from biodatamine_core.readers.stream import HeaderStream
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role

name = "AVI"

_MAX_LISTS = 3
"""Deep: RIFF, hdrl, strl."""


def sniff(head: bytes, name: str) -> bool:
    return riff.is_riff(head, b"AVI ")


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """Width, height, frames and their time. Source: Microsoft's AVI RIFF file reference, OpenDML 1.02."""
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": name, "role": Role.IMAGE}
    facts: dict[str, Any] = {}
    with io.BytesIO(head) if len(head) < HEAD_BYTES else member.open() as source:
        _read_list(HeaderStream(source), riff.START_BYTES, int.from_bytes(head[4:8], "little") + 8, facts, 1)
    width, height, frames = (facts.pop(key, 0) for key in ("width", "height", "frames"))
    if not width or not height:
        return FileRecord(**record, **problem(ProblemKind.TRUNCATED, "Its AVI header ends early or is broken."))
    shape = (width, height, 1, frames) if frames else (width, height)
    facts |= {"shape": shape, "frames": frames or None, "readable": True}
    return FileRecord(**(record | facts | riff.shortage(member, head, mode)))


def _read_list(stream: HeaderStream, start: int, stop: int, facts: dict[str, Any], depth: int) -> None:
    """Gather the facts of the chunks up to the frames themselves, which are the list `movi`."""
    for chunk in riff.chunks(stream, start, stop):
        if chunk.code == b"LIST":
            kind = stream.skip_block(4)
            if kind == b"movi":
                return
            if depth < _MAX_LISTS:
                _read_list(stream, chunk.start + 4, chunk.start + chunk.size_bytes, facts, depth + 1)
        elif chunk.code == b"avih" and len(data := stream.skip_block(40)) == 40:
            facts["frames"], facts["width"], facts["height"] = (
                struct.unpack_from("<I", data, at)[0] for at in (16, 32, 36)
            )
        elif chunk.code == b"strh" and len(data := stream.skip_block(36)) == 36 and data[:4] == b"vids":
            scale, rate, _, length = struct.unpack_from("<4I", data, 20)
            facts["frames"] = length or facts.get("frames", 0)
            facts["frame_time_ms"] = round(1000 * scale / rate, 4) if scale and rate else None
