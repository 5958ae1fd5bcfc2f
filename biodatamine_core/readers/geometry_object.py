"""Surfaces, streamlines and labels: objects that belong to images and are none."""

import re

from biodatamine_core.readers.interface import HEAD_BYTES, problem
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role

name = "geometry"

_SIGNATURES = (
    (b"TRACK\0", "TrackVis"),
    (b"mrtrix tracks", "MRtrix tracks"),
    (b"\xff\xff\xfe", "FreeSurfer surface"),
    (b"\xff\xff\xff", "FreeSurfer curvature"),
    (b"#!ascii label", "FreeSurfer label"),
    (b"# vtk DataFile Version", "VTK"),
    (b"ply\n", "PLY"),
    (b"ply\r\n", "PLY"),
)
_FREESURFER_SURFACE = re.compile(rb"\xff\xff\xfe[^\n]{0,1024}\n")
_CURVATURE_BYTES = 15
_TRACKVIS_BYTES = 1000
_MRTRIX_END = re.compile(rb"(?m)^END\s*$")


def sniff(head: bytes, name: str) -> bool:
    return _format(head) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """Which kind it is, and whether its header is whole; what it describes is for the rooms that know."""
    found = _format(head) or name
    record = FileRecord(file_id="", path=member.path, format=found, role=Role.OBJECT, readable=True)
    ends_early = (found == "TrackVis" and len(head) < _TRACKVIS_BYTES) or (
        found == "MRtrix tracks" and len(head) < HEAD_BYTES and _MRTRIX_END.search(head) is None
    )
    if ends_early:
        sentence = f"Its {found} header ends early."
        return FileRecord(
            file_id="",
            path=member.path,
            format=found,
            role=Role.OBJECT,
            **problem(ProblemKind.TRUNCATED, sentence),
        )
    return record


def _format(head: bytes) -> str | None:
    if head[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml") and b"<GIFTI" in head[:4096]:
        return "GIFTI"
    found = next((word for magic, word in _SIGNATURES if head.startswith(magic)), None)
    if found == "FreeSurfer surface" and _FREESURFER_SURFACE.match(head) is None:
        return None
    if found == "FreeSurfer curvature" and not _is_curvature(head):
        return None
    return found


def _is_curvature(head: bytes) -> bool:
    """Three bytes are a weak signature: vertices, faces and one value a vertex must be numbers that can be."""
    vertices, faces, values = (int.from_bytes(head[at : at + 4], "big") for at in (3, 7, 11))
    return len(head) >= _CURVATURE_BYTES and 0 < vertices < 1 << 28 and faces < 1 << 28 and values == 1
