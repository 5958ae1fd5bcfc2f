"""Draw what Pillow decodes: one frame of a file, turned as its camera says."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from biodatamine_core.readers.interface import MAX_PICTURE_BYTES, Picture
from biodatamine_core.readers.stream import seekable, silenced
from biodatamine_core.records import Member, ProblemKind, UnreadableMember

if TYPE_CHECKING:
    from PIL import Image

_GREY_MODES = ("1", "L", "LA", "I", "I;16", "F")
_REDUCED_MODES = ("L", "RGB", "RGBA")
_CANVASES = 4
"""How often an animation is held while its frames are laid over each other: by libwebp twice, by Pillow twice."""
DECODER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError)
"""What Pillow ends with on broken bytes."""


def middle_picture(
    member: Member, formats: tuple[str, ...], is_animated: bool = False, least_side: int | None = None
) -> Picture:
    """formats: the decoders that may try, by Pillow's names; the file's reader knows what it is.

    least_side: pixels; larger ones may come smaller, down to this for the longer side: a JPEG is then decoded in part.
    is_animated: take the middle frame, where the frames before it can be decoded in bounded time; else the first.

    Raises UnreadableMember where it is too large; on broken pixels one of DECODER_ERRORS.
    """
    from PIL import Image

    try:
        with silenced(), seekable(member, MAX_PICTURE_BYTES) as stream, Image.open(stream, formats=formats) as image:
            count = getattr(image, "n_frames", 1) if is_animated else 1
            if image.width * image.height * 4 * (_CANVASES if count > 1 else 1) > MAX_PICTURE_BYTES:
                sentence = f"{image.width:,} × {image.height:,} pixels are too many to draw."
                raise UnreadableMember(ProblemKind.TOO_LARGE, sentence)
            middle = count // 2
            if middle and image.width * image.height * middle <= MAX_PICTURE_BYTES:
                image.seek(middle)
            return _decoded(image if least_side is None else _reduced(image, least_side))
    except Image.DecompressionBombError as bomb:
        raise UnreadableMember(ProblemKind.TOO_LARGE, "It claims more pixels than an honest picture has.") from bomb


def frames(member: Member, formats: tuple[str, ...], wanted: Sequence[int]) -> Iterator[Picture]:
    """The frames with these numbers, ascending, of an animation: each is drawn over the ones before it. In RGB all.

    Raises as middle_picture does; also where there are more frames than are decoded in bounded time.
    """
    import numpy as np
    from PIL import Image

    with seekable(member, MAX_PICTURE_BYTES) as stream, Image.open(stream, formats=formats) as image:
        if image.width * image.height * max(wanted[-1] + 1, 4 * _CANVASES) > MAX_PICTURE_BYTES:
            sentence = f"{wanted[-1] + 1:,} frames of {image.width:,} × {image.height:,} pixels are too many to draw."
            raise UnreadableMember(ProblemKind.TOO_LARGE, sentence)
        for number in wanted:
            with silenced():
                image.seek(number)
                pixels = np.asarray(image.convert("RGB"))
            yield Picture(pixels)


def _reduced(image: "Image.Image", least_side: int) -> "Image.Image":
    """Averaged over squares, before anything is copied."""
    width, height = (max(1, side * least_side // max(image.size)) for side in image.size)
    image.draft(None, (width, height))
    image.load()  # a JPEG's size is now that of what was decoded of it
    factor = max(image.size) // least_side
    return image.reduce(factor) if factor > 1 and image.mode in _REDUCED_MODES else image


def _decoded(image: "Image.Image") -> Picture:
    """Upright, grey as it is, everything else as RGB."""
    import numpy as np
    from PIL import ImageOps

    is_grey = image.mode in _GREY_MODES
    upright = ImageOps.exif_transpose(image)
    if not is_grey:
        return Picture(np.asarray(upright.convert("RGB")))
    return Picture(np.asarray(upright.convert("L") if upright.mode in ("1", "LA") else upright))


def decodes(member: Member, formats: tuple[str, ...]) -> bool:
    """Whether Pillow can decode every pixel of the first frame; only asked where there is doubt."""
    try:
        middle_picture(member, formats)
    except (*DECODER_ERRORS, UnreadableMember):
        return False
    return True
