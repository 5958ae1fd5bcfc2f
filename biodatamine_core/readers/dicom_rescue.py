"""The pixels of a DICOM file that pydicom's own decoders give up on: other ways in, and words for what has none."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from biodatamine_core.readers.decoding import DECODE_ERRORS
from biodatamine_core.readers.encoded_size import encoded_pixels, has_endless_box
from biodatamine_core.records import ProblemKind, UnreadableMember

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

_JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
_JPEG_LOSSLESS = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
_JPEG_2000 = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 92, 93, 201, 202, 203))
_JPEG_XL = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (110, 111, 112))
# PS3.5 A.4 and PS3.6 table A-1; pydicom names them by UID only where it knows them.
_NAMES = {"1.2.840.10008.1.2.4.110": "JPEG XL Lossless", "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
          "1.2.840.10008.1.2.4.112": "JPEG XL"}  # fmt: skip


def plugins(transfer_syntax_uid: str) -> tuple[str, ...]:
    """Which of pydicom's decoders may try, in turn; its own for run lengths. An empty name where there is no choice.

    GDCM, where it is installed, takes the process down with it on a damaged JPEG, and the run lengths of pylibjpeg end
    in a panic that is no Exception.
    """
    from pydicom.pixels.decoders.base import get_decoder

    try:
        available = get_decoder(transfer_syntax_uid).available_plugins
    except NotImplementedError:
        return ("",)
    allowed = ("pydicom",) if "pydicom" in available else ("pylibjpeg", "pillow")
    return tuple(plugin for plugin in allowed if plugin in available) or ("",)


def refuse_bombs(source: BinaryIO, pixel_offset: int, wanted: Sequence[int], frames: int, pixels: int) -> None:
    """Raise UnreadableMember where a wanted frame claims far more pixels than its header says, or would never end.

    source: at any place; it is left elsewhere. A frame that cannot be found is the decoder's to complain about.
    """
    from pydicom.encaps import get_frame

    for index in wanted:
        source.seek(pixel_offset)
        try:
            frame = get_frame(source, index, number_of_frames=frames)
            claimed = encoded_pixels(frame)
        except DECODE_ERRORS:
            return
        if has_endless_box(frame):
            raise UnreadableMember(ProblemKind.CORRUPT, "The boxes of its JPEG 2000 file are damaged.")
        if claimed is not None and claimed > 2 * pixels:
            sentence = f"A frame claims {claimed:,} pixels, its header {pixels:,}: taken for a decompression bomb."
            raise UnreadableMember(ProblemKind.CORRUPT, sentence)


def rescued(
    source: BinaryIO, transfer_syntax_uid: str, wanted: Sequence[int]
) -> "Iterator[tuple[np.ndarray[Any, Any], Dataset]]":
    """Frames, each with the dataset that holds its palette. source: the whole file, of bounded size.

    Raises UnreadableMember with the reason where there is no way in.
    """
    from pydicom import dcmread

    source.seek(0)
    try:
        dataset = dcmread(source, force=True)
        for index in wanted:
            yield _frame(dataset, transfer_syntax_uid, index), dataset
    except DECODE_ERRORS as error:
        raise _undecodable(transfer_syntax_uid) from error


def _frame(dataset: "Dataset", transfer_syntax_uid: str, index: int) -> "np.ndarray[Any, Any]":
    from pydicom.pixels.utils import pixel_array

    for plugin in plugins(transfer_syntax_uid):
        with suppress(*DECODE_ERRORS):
            return pixel_array(dataset, index=index, decoding_plugin=plugin)
    return _by_imagecodecs(dataset, transfer_syntax_uid, index)


def _by_imagecodecs(dataset: "Dataset", transfer_syntax_uid: str, index: int) -> "np.ndarray[Any, Any]":
    from pydicom.encaps import get_frame

    decode = _decoder(transfer_syntax_uid)
    frames = int(dataset.get("NumberOfFrames") or 1)
    frame: np.ndarray[Any, Any] = decode(get_frame(dataset.PixelData, index, number_of_frames=frames))
    if frame.shape[:2] != (dataset.Rows, dataset.Columns):
        raise ValueError("the frame has another size than its header says")
    return frame


def _decoder(transfer_syntax_uid: str) -> Callable[[bytes], Any]:
    """Raises KeyError where imagecodecs has none."""
    import imagecodecs

    decoders: dict[str, Callable[[bytes], Any]] = {
        **dict.fromkeys(_JPEG, imagecodecs.jpeg_decode),
        **dict.fromkeys(_JPEG_LOSSLESS, imagecodecs.ljpeg_decode),
        **dict.fromkeys(_JPEG_LS, imagecodecs.jpegls_decode),
        **dict.fromkeys(_JPEG_2000, imagecodecs.jpeg2k_decode),
        **dict.fromkeys(_JPEG_XL, imagecodecs.jpegxl_decode),
    }
    return decoders[transfer_syntax_uid]


def _undecodable(transfer_syntax_uid: str) -> UnreadableMember:
    """Why, in words that name the compression and quote nothing of the file."""
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    uid = UID(transfer_syntax_uid)
    name = _NAMES.get(transfer_syntax_uid) or (uid.name if uid.is_transfer_syntax else "a private compression")
    try:
        get_decoder(transfer_syntax_uid)
    except NotImplementedError:
        if transfer_syntax_uid not in _JPEG_XL:
            return UnreadableMember(ProblemKind.UNSUPPORTED, f"No decoder here reads its transfer syntax, {name}.")
    return UnreadableMember(ProblemKind.CORRUPT, f"Its pixels ({name}) cannot be decoded: they are damaged.")
