"""MP4 and QuickTime recordings, by their header: no frame is decoded."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from biodatamine_core.readers.interface import problem
from biodatamine_core.readers.stream import BLOCK_BYTES, MAX_VALUE_BYTES
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "MP4, MOV"

_PICTURE_BRANDS = (b"hei", b"hev", b"mif", b"msf", b"avi", b"jp", b"crx", b"cr3")
"""HEIF, AVIF and raw photographs share the boxes, but are no recordings."""
_SUFFIXES = (".mp4", ".m4v", ".mov", ".qt")
_OLD_FIRST_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""What a QuickTime file from before `ftyp` begins with."""
_CONTAINERS = frozenset({b"trak", b"mdia", b"minf", b"stbl"})
_MAX_BOXES = 100_000


@dataclass(frozen=True, slots=True)
class Box:
    """kind: four letters. start, stop: where its content lies. Source: ISO/IEC 14496-12, 4.2."""

    kind: bytes
    start: int
    stop: int


@dataclass(slots=True)
class Track:
    """One track of a recording. duration and timescale: units, and units a second."""

    is_video: bool = False
    width: int = 0
    height: int = 0
    frames: int = 0
    duration: int = 0
    timescale: int = 0


def sniff(head: bytes, name: str) -> bool:
    if head[4:8] == b"ftyp":
        return not head[8:12].lower().startswith(_PICTURE_BRANDS)
    return head[4:8] in _OLD_FIRST_BOXES and name.lower().endswith(_SUFFIXES)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """Width, height, frames and their time, from the index (`moov`), wherever in the file it lies."""
    is_quicktime = head[4:8] != b"ftyp" or head[8:12] == b"qt  "
    record: dict[str, Any] = {
        "file_id": "",
        "path": member.path,
        "format": "MOV" if is_quicktime else "MP4",
        "role": Role.IMAGE,
    }
    with member.open() as stream:
        index, is_cut = _index(stream)
    if index is None:
        sentence = "It ends before its index: the recording was cut or never finished."
        return FileRecord(**record, **problem(ProblemKind.TRUNCATED, sentence))
    tracks = [_track(index, box) for box in _boxes(index, 0, len(index)) if box.kind == b"trak"]
    video = next((track for track in tracks if track.is_video), None)
    if video is None:
        return FileRecord(**(record | {"role": Role.OTHER}), readable=True)
    if not video.width or not video.height:
        return FileRecord(**record, **problem(ProblemKind.CORRUPT, "Its index is broken: a picture without a size."))
    facts = {"shape": (video.width, video.height), "readable": True}
    if video.frames:
        facts |= {"shape": (video.width, video.height, 1, video.frames), "frames": video.frames}
        if video.timescale and video.duration:
            facts["frame_time_ms"] = round(1000 * video.duration / video.timescale / video.frames, 4)
    found = problem(ProblemKind.TRUNCATED, "Its frames end early: the file was cut.") if is_cut else {}
    return FileRecord(**(record | facts | found))


def _index(stream: BinaryIO) -> tuple[bytes | None, bool]:
    """The content of `moov`, None where there is none; and whether the file ends before its boxes do."""
    index = None
    for _ in range(_MAX_BOXES):
        start = stream.read(8)
        if len(start) < 8:
            return index, bool(start)
        length, kind = struct.unpack(">I4s", start)
        if length == 0:  # to the end of the file
            return index, False
        if length == 1:
            length = int.from_bytes(stream.read(8), "big") - 8
        content_bytes = length - 8
        if content_bytes < 0:
            return index, False
        if kind == b"moov":
            index = _content(stream, content_bytes)
        elif not _pass(stream, content_bytes):
            return index, True
    return index, False


def _content(stream: BinaryIO, length: int) -> bytes | None:
    """The next bytes, None where there are fewer. Raises UnreadableMember where they are no honest index."""
    if length > MAX_VALUE_BYTES:
        sentence = f"Its index claims {length:,} bytes; {MAX_VALUE_BYTES:,} are read at most."
        raise UnreadableMember(ProblemKind.TOO_LARGE, sentence)
    data = stream.read(length)
    return data if len(data) == length else None


def _pass(stream: BinaryIO, length: int) -> bool:
    """Go on behind the next bytes; whether there were as many."""
    if stream.seekable():
        target, end = stream.tell() + length, stream.seek(0, 2)
        stream.seek(min(target, end))
        return target <= end
    while length and (chunk := stream.read(min(length, BLOCK_BYTES))):
        length -= len(chunk)
    return not length


def _track(index: bytes, track: Box) -> Track:
    """What the boxes of one track say. Source: ISO/IEC 14496-12, 8.4.2 (mdhd), 8.4.3, 8.5.2, 8.7.3."""
    found = Track()
    for box in _inner_boxes(index, track):
        data = index[box.start : box.stop]
        if box.kind == b"hdlr":
            found.is_video |= data[8:12] == b"vide"  # QuickTime has a second one, for where the data lies
        elif box.kind == b"mdhd" and len(data) >= 32 and data[0] == 1:
            found.timescale, found.duration = struct.unpack_from(">IQ", data, 20)
        elif box.kind == b"mdhd" and len(data) >= 20:
            found.timescale, found.duration = struct.unpack_from(">II", data, 12)
        elif box.kind == b"stsd" and len(data) >= 44:
            found.width, found.height = struct.unpack_from(">HH", data, 40)
        elif box.kind in (b"stsz", b"stz2") and len(data) >= 12:
            (found.frames,) = struct.unpack_from(">I", data, 8)
    return found


def _inner_boxes(index: bytes, outer: Box) -> Iterator[Box]:
    """Every box of a track, the containers opened: they nest three deep, each smaller than the one around it."""
    for box in _boxes(index, outer.start, outer.stop):
        if box.kind in _CONTAINERS:
            yield from _inner_boxes(index, box)
        else:
            yield box


def _boxes(index: bytes, start: int, stop: int) -> Iterator[Box]:
    """The boxes side by side from start to stop; a broken length ends them."""
    while stop - start >= 8:
        length, kind = struct.unpack_from(">I4s", index, start)
        if not 8 <= length <= stop - start:
            return
        yield Box(kind, start + 8, start + length)
        start += length
