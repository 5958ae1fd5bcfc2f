"""TIFF: pictures, stacks of pages, whole slides. Metadata of OME, ImageJ or a scanner says what the pages are."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from biodatamine_core.readers import pillow_picture, tiff_layout, tiff_picture, tiff_plain
from biodatamine_core.readers.decoding import DECODE_ERRORS
from biodatamine_core.readers.interface import Picture, problem
from biodatamine_core.readers.tiff_file import opened
from biodatamine_core.readers.tiff_layout import Layout
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

if TYPE_CHECKING:
    from tifffile import TiffFile

name = "TIFF"

MAX_PAGES = 50_000
"""More directories than a stack has: a chain of them costs time, not bytes."""
MIN_STACK_PAGES = 5
_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two: BigTIFF


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(_SIGNATURES)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one TIFF, from its directories; in full mode also whether unnamed pages look like slices."""
    plain = tiff_plain.facts(member, head)
    if plain is not None:
        return FileRecord(file_id="", path=member.path, format=name, role=Role.IMAGE, **plain)
    return inspect_pages(member, mode)


def inspect_pages(member: Member, mode: Mode) -> FileRecord:
    """The same by tifffile, whatever the file holds."""
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": name, "role": Role.IMAGE}
    try:
        with opened(member) as tiff:
            if len(tiff.pages) > MAX_PAGES:
                sentence = f"It has {len(tiff.pages):,} pages; {MAX_PAGES:,} are looked at at most."
                return FileRecord(**record, **problem(ProblemKind.TOO_LARGE, sentence))
            record["format"] = tiff_layout.format_of(tiff)
            layout = tiff_layout.layout_of(tiff)
            if layout is None:
                return FileRecord(**record, **problem(ProblemKind.CORRUPT, "It holds no picture."))
            return FileRecord(**(record | _facts(tiff, layout, mode) | _shortage(tiff)))
    except DECODE_ERRORS:
        return FileRecord(**record, **_broken(member))


def middle_picture(member: Member) -> Picture:
    """The middle slice; of a slide a small level. Pillow tries what tifffile cannot: chroma stored apart, old JPEG."""
    try:
        with opened(member) as tiff:
            return tiff_picture.middle_picture(tiff)
    except DECODE_ERRORS:
        return pillow_picture.middle_picture(member, (name,))


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture] | None:
    """The pages with these numbers, slices before times; None where pages of several sizes are no stack."""
    with opened(member) as tiff:
        if not tiff_picture.is_stack(tiff.series[0]):
            return None
    return _planes(member, wanted)


def _planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    with opened(member) as tiff:
        for number in wanted:
            yield tiff_picture.numbered(tiff.series[0], number)


def _facts(tiff: "TiffFile", layout: Layout, mode: Mode) -> dict[str, Any]:
    """The columns of a FileRecord. A fifth page that nobody named makes a stack only where it looks like one."""
    series = tiff.series[0]
    slices, times, pages = layout.slices, layout.times, layout.pages
    if mode is Mode.FULL and pages >= MIN_STACK_PAGES and slices == times == layout.channels == 1 and _is_stack(tiff):
        slices = pages
    shape = (layout.columns, layout.rows, slices, times)
    bits = series.keyframe.bitspersample
    maker = tiff_layout.maker_of(tiff)
    told = [maker] if maker else []
    told += [f"pyramid of {layout.levels} levels"] if layout.levels > 1 else []
    return {
        "shape": shape if times > 1 else shape[:3] if slices > 1 else shape[:2],
        "dtype": str(series.dtype),
        "channels": layout.channels if int(series.keyframe.photometric) != 3 else 3,  # a palette holds RGB
        "bits_stored": int(bits[0] if isinstance(bits, tuple) else bits),
        "frames": pages if pages > 1 else None,
        "spacing_mm": tiff_layout.spacing_mm(tiff, layout),
        "header_description": ", ".join(told) or None,
        "readable": True,
    }


def _is_stack(tiff: "TiffFile") -> bool:
    """Whether its unnamed pages look like slices; where they cannot be decoded nothing is claimed."""
    series = tiff.series[0]
    if sum(series.shape) <= 0 or len(tiff.series) > 1:
        return False
    try:
        return tiff_picture.pages_are_alike(series)
    except (*DECODE_ERRORS, UnreadableMember):
        return False


def _shortage(tiff: "TiffFile") -> dict[str, Any]:
    """A problem where a page's pixels lie behind the end of the file; {} where all are there."""
    size_bytes = tiff.filehandle.size
    missing = 0
    for page in tiff.pages:
        segments = zip(page.dataoffsets, page.databytecounts, strict=False)
        missing += any(offset + length > size_bytes for offset, length in segments)
    if not missing:
        return {}
    return problem(ProblemKind.TRUNCATED, f"Its pixels end early: {missing:,} of {len(tiff.pages):,} pages are cut.")


def _broken(member: Member) -> dict[str, Any]:
    """A TIFF often has its directory at its end: where that lies behind the last byte, the file was cut."""
    start = member.read(0, 16)
    order: Literal["little", "big"] = "little" if start[:1] == b"I" else "big"
    is_big = start[2:4] in (b"+\0", b"\0+")
    directory = int.from_bytes(start[8:16] if is_big else start[4:8], order)
    if not member.read(directory, 2):
        return problem(ProblemKind.TRUNCATED, "It ends before its directory of pages: the file was cut.")
    return problem(ProblemKind.CORRUPT, "Its directory of pages is broken.")
