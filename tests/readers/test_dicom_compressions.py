"""The pixels of DICOM files however they are stored; and what is said of those that cannot be decoded."""

import gzip
import struct
from contextlib import suppress
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from biodatamine_core import archives, readers
from biodatamine_core.records import Mode, Problem, ProblemKind, Pseudonym, UnreadableMember
from tests.builders import dicom_slice, member_of

JPEG_XL = "1.2.840.10008.1.2.4.112"
MPEG2 = "1.2.840.10008.1.2.4.100"
MPEG4 = "1.2.840.10008.1.2.4.102"
_Y, _X = np.mgrid[0:48, 0:64]
GREY = (_Y * 3 + _X).astype(np.uint8)
COLOUR = np.stack([_Y * 4, _X * 3, _Y + _X], axis=-1).astype(np.uint8)


def stored(
    pixels: bytes, syntax: str, shape: tuple[int, ...] = GREY.shape, has_offsets: bool = True, **tags: Any
) -> bytes:
    """A file whose one frame is compressed already."""
    if len(shape) == 3:
        tags = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0, **tags}
    tags |= {"PixelData": encapsulate([pixels], has_bot=has_offsets)}
    # pydicom writes no transfer syntax that it does not know: one of the same length takes its place
    known = syntax if UID(syntax).is_transfer_syntax else MPEG4
    data = dicom_slice(pixels=np.zeros(shape[:2], np.uint8), transfer_syntax=known, **tags)
    return data.replace(known.encode(), syntax.encode())


def drawn(data: bytes) -> np.ndarray:
    return readers.middle_picture(member_of(data)).pixels


def refusal(data: bytes) -> UnreadableMember:
    with pytest.raises(UnreadableMember) as refused:
        readers.middle_picture(member_of(data))
    return refused.value


@pytest.mark.parametrize("has_offsets", [True, False], ids=["with offsets", "without offsets"])
@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        pytest.param(JPEGLSLossless, imagecodecs.jpegls_encode, id="JPEG-LS"),
        pytest.param(
            JPEG2000Lossless, lambda a: imagecodecs.jpeg2k_encode(a, reversible=True, level=0), id="JPEG 2000"
        ),
        pytest.param(JPEG_XL, lambda a: imagecodecs.jpegxl_encode(a, lossless=True), id="JPEG XL"),
        pytest.param("1.2.840.10008.1.2.4.70", lambda a: imagecodecs.ljpeg_encode(a), id="JPEG Lossless"),
    ],
)
def test_lossless_compressions_give_back_every_number(syntax: str, encode: Any, has_offsets: bool) -> None:
    assert (drawn(stored(encode(GREY), syntax, has_offsets=has_offsets)) == GREY).all()


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        pytest.param(JPEGBaseline8Bit, lambda a: imagecodecs.jpeg_encode(a, level=95), id="JPEG"),
        pytest.param(
            JPEG2000Lossless, lambda a: imagecodecs.jpeg2k_encode(a, reversible=True, level=0), id="JPEG 2000"
        ),
        pytest.param(JPEG_XL, lambda a: imagecodecs.jpegxl_encode(a, lossless=True), id="JPEG XL"),
    ],
)
def test_colour_is_drawn_in_its_colours(syntax: str, encode: Any) -> None:
    photometric = {"PhotometricInterpretation": "YBR_FULL_422"} if syntax == JPEGBaseline8Bit else {}
    pixels = drawn(stored(encode(COLOUR), syntax, COLOUR.shape, **photometric)).astype(int)
    assert np.abs(pixels - COLOUR).mean() < 3


def test_run_lengths_are_decoded() -> None:
    import io

    from pydicom import dcmread

    dataset = dcmread(io.BytesIO(dicom_slice(pixels=GREY)))
    dataset.compress(RLELossless)
    stream = io.BytesIO()
    dataset.save_as(stream)
    assert (drawn(stream.getvalue()) == GREY).all()


def test_run_lengths_that_lead_out_of_the_frame_are_damage_and_no_panic() -> None:
    far = struct.pack("<16L", 1, 64, *[0] * 14) + b"\xff" * 4
    assert refusal(stored(far, RLELossless)).problem.kind is ProblemKind.CORRUPT


def test_a_jpeg_that_breaks_off_does_not_end_the_process() -> None:
    whole = imagecodecs.jpeg_encode(GREY, level=95)
    for length in range(2, len(whole), len(whole) // 40):
        with suppress(UnreadableMember):
            drawn(stored(whole[:length] + bytes(length % 2), JPEGBaseline8Bit))


def test_a_jpeg_2000_file_whose_boxes_lead_nowhere_is_damage_and_read_to_its_end() -> None:
    whole = imagecodecs.jpeg2k_encode(GREY, reversible=True, level=0, codecformat="jp2")
    header_box = whole.index(b"jp2h") - 4
    endless = whole[:header_box] + bytes(4) + whole[header_box + 4 :]
    assert (drawn(stored(whole + bytes(len(whole) % 2), JPEG2000Lossless)) == GREY).all()
    refused = refusal(stored(endless + bytes(len(whole) % 2), JPEG2000Lossless))
    assert refused.problem == Problem(ProblemKind.CORRUPT, "The boxes of its JPEG 2000 file are damaged.")


def test_colour_stored_plane_after_plane_is_drawn() -> None:
    tags = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 1}
    data = dicom_slice(pixels=GREY, PixelData=np.moveaxis(COLOUR, -1, 0).tobytes(), **tags)
    assert (drawn(data) == COLOUR).all()


@pytest.mark.parametrize("times", [1, 257], ids=["8 bits kept in 16", "16 bits"])
def test_a_palette_is_drawn_in_its_colours(times: int) -> None:
    ramps = np.arange(256, dtype=np.uint16), np.arange(256, dtype=np.uint16)[::-1], np.full(256, 7, np.uint16)
    tables = {
        f"{name}PaletteColorLookupTable{part}": [256, 0, 16] if part == "Descriptor" else (ramp * times).tobytes()
        for name, ramp in zip(("Red", "Green", "Blue"), ramps, strict=True)
        for part in ("Descriptor", "Data")
    }
    pixels = drawn(dicom_slice(pixels=GREY, PhotometricInterpretation="PALETTE COLOR", **tables))
    assert (pixels == np.stack([ramp[GREY] for ramp in ramps], axis=-1)).all()


def test_a_mask_of_single_bits_is_drawn() -> None:
    mask = _X > _Y
    data = dicom_slice(
        pixels=GREY,
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
        PixelData=np.packbits(mask.ravel(), bitorder="little").tobytes(),
    )
    assert (drawn(data) == mask).all()


def test_an_odd_number_of_pixels_is_drawn() -> None:
    odd = GREY[:47, :63].copy()
    assert (drawn(dicom_slice(pixels=odd, PixelData=odd.tobytes() + b"\0")) == odd).all()


def test_numbers_with_a_point_are_drawn() -> None:
    values = GREY.astype(np.float32) / 7
    data = dicom_slice(pixels=GREY, PixelData=None, FloatPixelData=values.tobytes(), BitsAllocated=32)
    assert np.allclose(drawn(data), values)


def test_a_file_packed_with_gzip_is_read_like_one_that_is_not() -> None:
    member = archives.unpacked(member_of(gzip.compress(dicom_slice(pixels=GREY)), "a.dcm.gz"))
    assert readers.inspect(member, Pseudonym(b"test"), Mode.FULL).shape == (64, 48)
    assert (readers.middle_picture(member).pixels == GREY).all()


def test_a_header_written_otherwise_than_it_says_is_read_as_it_is_written() -> None:
    explicit = stored(imagecodecs.jpeg_encode(COLOUR, level=95), JPEGBaseline8Bit, COLOUR.shape)
    start = explicit.index(struct.pack("<HH2sH", 0x0008, 0x0016, b"UI", 26))
    implicit = dicom_slice(preamble=False, pixels=GREY, SamplesPerPixel=3, PhotometricInterpretation="RGB")
    body = implicit[: implicit.index(struct.pack("<HH", 0x7FE0, 0x0010))]
    pixels = explicit[explicit.rindex(struct.pack("<HH2s", 0x7FE0, 0x0010, b"OB")) + 12 :]
    data = explicit[:start] + body + struct.pack("<HHI", 0x7FE0, 0x0010, 0xFFFFFFFF) + pixels
    assert drawn(data).shape == (48, 64, 3)


def test_a_compression_that_nothing_decodes_is_named() -> None:
    refused = refusal(stored(b"\0\0\1\xb3" + bytes(60), MPEG2))
    assert refused.problem.kind is ProblemKind.UNSUPPORTED
    assert str(refused) == "No decoder here reads its transfer syntax, MPEG2 Main Profile / Main Level."


def test_damaged_pixels_are_named_by_their_compression() -> None:
    refused = refusal(stored(b"\xff\x4f\xff\x51" + bytes(200), JPEG2000Lossless))
    assert refused.problem.kind is ProblemKind.CORRUPT
    assert str(refused).startswith("Its pixels (JPEG 2000")


def test_a_frame_that_claims_to_be_a_bomb_is_not_decoded() -> None:
    frame = bytearray(imagecodecs.jpeg_encode(GREY, level=95))
    at = frame.index(b"\xff\xc0") + 5
    frame[at : at + 4] = b"\xff\xfe\xff\xfe"
    assert "taken for a decompression bomb" in str(refusal(stored(bytes(frame), JPEGBaseline8Bit)))
