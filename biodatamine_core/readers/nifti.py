"""NIfTI-1 and NIfTI-2 volumes in one file (.nii), or a header (.hdr) with its voxels beside it (.img)."""

from collections.abc import Iterator, Sequence
from typing import Any

from biodatamine_core.readers import nifti_header, nifti_picture
from biodatamine_core.readers.beside import data_member, same_stem
from biodatamine_core.readers.interface import HEAD_BYTES, Picture, problem
from biodatamine_core.readers.nifti_header import NiftiHeader
from biodatamine_core.readers.stream import length_bytes
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "NIfTI"

_CIFTI = range(3000, 3100)
"""Intents of CIFTI-2: a matrix over brain ordinates, no volume."""


def sniff(head: bytes, name: str) -> bool:
    return nifti_header.version(head) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one NIfTI file, from its header alone; its length is compared with what the header announces."""
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": name, "role": Role.IMAGE}
    version = nifti_header.version(head)
    if version is None or len(head) < nifti_header.HEADER_BYTES[version]:
        return FileRecord(**record, **problem(ProblemKind.TRUNCATED, "Its NIfTI header ends early."))
    header = nifti_header.parse(head)
    if not header.dim or min(header.dim) < 1 or header.data_type is None:
        sentence = "Its NIfTI header is broken: impossible sizes, or a data type that NIfTI does not know."
        return FileRecord(**record, **problem(ProblemKind.CORRUPT, sentence))
    if header.intent_code in _CIFTI:
        return FileRecord(**(record | {"format": "CIFTI-2", "role": Role.OBJECT}), readable=True, intent="cifti")
    intent = nifti_header.INTENTS.get(header.intent_code)
    shape = _without_trailing_ones(header.dim)
    facts = {
        "role": Role.SEGMENTATION if intent == "label" else Role.IMAGE,
        "shape": shape,
        "dtype": header.data_type.dtype,
        "channels": header.data_type.channels,
        "spacing_mm": _spacing_mm(header, len(shape)),
        "affine_ras": header.affine_mm,
        "affine_forms_gap_mm": header.forms_gap_mm,
        "header_description": header.description or None,
        "intent": intent,
        "phase_encoding_axis": header.phase_encoding_axis,
        "coordinate_space": header.template,
        "data_files": None if header.is_single_file else (same_stem(member.name, ".img"),),
        "readable": True,
    }
    return FileRecord(**(record | facts | _shortage(member, head, header, mode)))


def middle_picture(member: Member) -> Picture:
    """The middle slice across the axis that is cut best, upright as a radiologist looks at it."""
    return nifti_picture.middle_picture(*_voxels(member))


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    """These planes of the voxel grid as it is stored; the planes of a later volume follow those of an earlier one."""
    return nifti_picture.planes(*_voxels(member), wanted)


def _voxels(member: Member) -> tuple[Member, NiftiHeader]:
    """The file that holds the voxels, and the header. Raises UnreadableMember where it cannot be looked up."""
    header = nifti_header.parse(member.read(0, HEAD_BYTES))
    data = member if header.is_single_file else data_member(member, same_stem(member.name, ".img"))
    if data is None:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "Its data file cannot be read beside it.")
    return data, header


def _shortage(member: Member, head: bytes, header: NiftiHeader, mode: Mode) -> dict[str, Any]:
    """A problem where there are fewer voxels than the header announces; {} where headers alone cannot tell."""
    end = header.data_offset + header.data_bytes
    try:
        data = member if header.is_single_file else data_member(member, same_stem(member.name, ".img"))
        if data is None:  # missing, or not to be looked up: series/ tells
            return {}
        is_short = data is member and len(head) < HEAD_BYTES
        if data.size_bytes is None and mode is not Mode.FULL and not is_short:
            return {}
        size_bytes = len(head) if is_short else length_bytes(data, end)
    except UnreadableMember as unreadable:
        return problem(unreadable.problem.kind, unreadable.problem.sentence)
    if size_bytes >= end:
        return {}
    held = max(0, size_bytes - header.data_offset)
    return problem(ProblemKind.TRUNCATED, f"Its voxels end early: {held:,} of {header.data_bytes:,} bytes.")


def _without_trailing_ones(dim: tuple[int, ...]) -> tuple[int, ...]:
    """(64, 64, 1, 1) is one picture: (64, 64)."""
    while len(dim) > 2 and dim[-1] == 1:
        dim = dim[:-1]
    return dim


def _spacing_mm(header: NiftiHeader, axes: int) -> tuple[float, ...] | None:
    """Along the first three axes; None where a size is missing or not positive."""
    sizes = tuple(abs(size) * header.mm_per_unit for size in header.pixdim[1 : 1 + min(axes, 3)])
    return sizes if sizes and all(0 < size < float("inf") for size in sizes) else None
