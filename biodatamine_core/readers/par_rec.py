"""Philips headers (.PAR); the voxels lie in the .REC beside them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, Picture
from biodatamine_core.readers.stated_modality import stated_modality
from biodatamine_core.readers.text_header import described, text_of
from biodatamine_core.readers.volume import Volume
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym

name = "PAR/REC"

_FIRST_LINE = b"# === DATA DESCRIPTION FILE"
_MOST_HEADER_BYTES = 64 << 20
"""A line of 300 bytes an image: 200,000 images."""
_YEAR = re.compile(r"\s*((?:19|20)\d\d)\D")


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(_FIRST_LINE)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    return volume.inspected(name, lambda: _parse(member, head), member, mode)


def middle_picture(member: Member) -> Picture:
    return volume.drawn(_parse(member, member.read(0, HEAD_BYTES)), member)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    return volume.planes(_parse(member, member.read(0, HEAD_BYTES)), member, wanted)


def _parse(member: Member, head: bytes) -> Volume:
    text = text_of(member, head, _MOST_HEADER_BYTES)
    with decoding("PAR header (or the scan was stopped within a volume)"):
        from nibabel.parrec import PARRECArrayProxy, PARRECHeader

        header = PARRECHeader.from_fileobj(text)
        return described(name, member, header, PARRECArrayProxy, ".REC", _facts(header.general_info))


def _facts(general: dict[str, Any]) -> dict[str, Any]:
    """What may be kept of the general information: no more than this, for the patient's name is beside it.

    Series Type is "Image   MRSERIES".
    """
    year = _YEAR.match(str(general.get("exam_date", "")))
    protocol = "".join(c for c in str(general.get("protocol_name", "")) if c.isprintable()).strip()
    series_type = str(general.get("series_type", "")).split()
    return {
        "protocol_name": protocol or None,
        "acquisition_year": int(year[1]) if year else None,
        "modality_tag": stated_modality(series_type[-1]) if series_type else None,
    }
