"""AFNI headers (.HEAD); the voxels lie in the .BRIK beside them, often packed as .BRIK.gz."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, Picture
from biodatamine_core.readers.text_header import described, text_of
from biodatamine_core.readers.volume import Volume
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym

name = "AFNI"

_ATTRIBUTE = re.compile(rb"\s*type\s*=\s*(string|integer|float)-attribute\s+name\s*=\s*\w+\s+count\s*=\s*\d")
_ANATOMICAL = {1: "MR", 2: "MR", 4: "CT", 5: "NM", 6: "PT", 7: "MR", 8: "MR", 9: "MR", 10: "MR"}
"""Fast spin echo, echo planar, CT, SPECT, PET, MR angiography, B-field map, diffusion, other MR."""
_MOST_HEADER_BYTES = 16 << 20
"""Most of a long header is its history."""


def sniff(head: bytes, name: str) -> bool:
    return _ATTRIBUTE.match(head) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    return volume.inspected(name, lambda: _parse(member, head), member, mode)


def middle_picture(member: Member) -> Picture:
    return volume.drawn(_parse(member, member.read(0, HEAD_BYTES)), member)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    return volume.planes(_parse(member, member.read(0, HEAD_BYTES)), member, wanted)


def _parse(member: Member, head: bytes) -> Volume:
    text = text_of(member, head, _MOST_HEADER_BYTES)
    with decoding("AFNI header"):
        from nibabel.brikhead import AFNIArrayProxy, AFNIHeader

        header = AFNIHeader.from_fileobj(text)
        more = {"coordinate_space": _template(header.info), "modality_tag": _modality(header.info)}
        return described(name, member, header, AFNIArrayProxy, ".BRIK", more)


def _modality(attributes: dict[str, Any]) -> str | None:
    """What SCENE_DATA calls an anatomical dataset. Source: AFNI, README.attributes.

    What its programs write where nobody said it (SPGR, MRAN, a bucket) says nothing.
    """
    scene = attributes.get("SCENE_DATA")
    is_anatomical = str(attributes.get("TYPESTRING", "")).strip("~ ").endswith("_ANAT")
    return _ANATOMICAL.get(scene[1]) if is_anatomical and isinstance(scene, list) and len(scene) > 1 else None


def _template(attributes: dict[str, Any]) -> str | None:
    """TEMPLATE_SPACE, else the view of SCENE_DATA: 2 is Talairach. Source: AFNI, README.attributes."""
    space = str(attributes.get("TEMPLATE_SPACE", "")).strip("~ ").upper()
    if space.startswith("MNI"):
        return "MNI 152"
    scene = attributes.get("SCENE_DATA")
    is_talairach = isinstance(scene, list) and scene[:1] == [2]
    return "Talairach" if space == "TLRC" or (not space and is_talairach) else None
