"""What every reader promises."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym

if TYPE_CHECKING:
    import numpy as np

HEAD_BYTES = 8 * 1024
"""What inspect() reads before a reader is chosen; most headers lie wholly within it."""
MAX_PICTURE_BYTES = 512 * 1024 * 1024
"""A picture that would decode to more is not drawn: it would not fit beside the other work of a small machine."""

BROKEN_PIXELS = "Its pixels cannot be decoded: the decoder gave up ({error})."


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One decoded slice or frame, upright as a radiologist looks at it.

    pixels: (rows, columns) numbers, or (rows, columns, 3) uint8 RGB.
    pixel_aspect: height of a pixel over its width, 1.0 where the file does not say.
    is_inverted: low values are bright (MONOCHROME1). is_hounsfield: the values are Hounsfield units.
    slope (above 0), intercept: from a number to its value; not 1 and 0 only where it is asked for to be drawn small.
    """

    pixels: "np.ndarray[Any, Any]"
    pixel_aspect: float = 1.0
    is_inverted: bool = False
    is_hounsfield: bool = False
    slope: float = 1.0
    intercept: float = 0.0


class Reader(Protocol):
    """One format family, one file. A bad file becomes FileRecord.problem; UnreadableMember may pass through."""

    @property
    def name(self) -> str: ...

    def sniff(self, head: bytes, name: str) -> bool:
        """Whether the bytes are of this family. head: up to HEAD_BYTES; name: for formats without a signature."""
        ...

    def inspect(self, member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
        """The facts of one member. file_id, sizes and hashes are the scan's to fill."""
        ...


class PixelReader(Reader, Protocol):
    """A reader whose files hold pictures."""

    def middle_picture(self, member: Member) -> Picture:
        """The middle frame or slice. Raises UnreadableMember, or whatever its decoder raises on broken pixels."""
        ...


class SmallPictureReader(PixelReader, Protocol):
    """A pixel reader that has its picture sooner where it is to be drawn small."""

    def small_picture(self, member: Member, least_side: int) -> Picture:
        """As middle_picture; it may be smaller, but with a longer side of so many pixels, and its numbers no values."""
        ...


def problem(kind: ProblemKind, sentence: str) -> dict[str, Any]:
    """The columns of FileRecord that say a file cannot be used: `FileRecord(..., **problem(...))`."""
    return {"readable": False, "problem_kind": kind, "problem": sentence}
