"""Headers of pictures, NIfTI and TIFF, damaged at random: where their own library reads one too, it reads the same."""

import io
import random
import warnings
from collections.abc import Iterator
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image

from biodatamine_core import readers
from biodatamine_core.readers import tiff, tiff_plain
from biodatamine_core.records import FileRecord, Mode, Pseudonym
from tests.builders import member_of, nifti, picture


def damaged(whole: bytes, count: int, reach: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 4))):
            data[chance.randrange(reach)] = chance.choice((0, 1, 2, 0xC0, 0xFF, chance.randrange(256)))
        yield bytes(data)


def inspect(data: bytes, name: str) -> FileRecord:
    return readers.inspect(member_of(data, name), Pseudonym(b"test"), Mode.HEADERS)


def pillow_size(data: bytes) -> tuple[int, int] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
                return image.size
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, Image.DecompressionBombError):
        return None


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_damaged_picture_has_the_size_that_pillow_sees_or_none(format: str) -> None:
    whole = picture(60, 40, "RGB", format)
    compared = 0
    for data in damaged(whole, 1_000, 33 if format == "PNG" else 620, seed=3):
        ours, theirs = inspect(data, "a").shape, pillow_size(data)
        if ours is not None and theirs is not None:
            assert ours == theirs
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_a_damaged_nifti_header_says_what_nibabel_reads_or_nothing(kind: Any) -> None:
    source = nib.Nifti1Image.from_bytes(nifti((4, 5, 6)))
    whole = kind(np.asarray(source.dataobj), source.affine).to_bytes()
    compared = 0
    for data in damaged(whole, 400, 352, seed=4):
        record = inspect(data, "a.nii")
        if record.shape is None or record.affine_ras is None:
            continue
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), nib.imageglobals.ErrorLevel(1):
                warnings.simplefilter("ignore")
                header = kind.from_bytes(data).header
                shape, affine = header.get_data_shape(), header.get_best_affine()
        except Exception:  # noqa: BLE001 - nibabel refuses, or mends what it finds odd: nothing to compare
            continue
        while len(shape) > 2 and shape[-1] == 1:
            shape = shape[:-1]
        assert record.shape == shape
        millimetres = {1: 1000.0, 3: 0.001}.get(int(header["xyzt_units"]) & 7, 1.0)
        expected = np.diag([millimetres] * 3 + [1.0]) @ affine
        assert np.allclose(np.reshape(record.affine_ras, (4, 4)), expected, rtol=1e-4, atol=1e-4)
        compared += 1
    assert compared > 20


def plain_tiffs() -> Iterator[bytes]:
    """One page each, without a maker's metadata, as Pillow and tifffile write them."""
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F"):
        for options in ({}, {"compression": "packbits"}, {"compression": "tiff_lzw", "dpi": (5000, 4000)}):
            grey = Image.fromarray(np.arange(240, dtype=np.uint8).reshape(12, 20))
            stream = io.BytesIO()
            (grey.convert("I") if mode == "I;16" else grey).convert(mode).save(stream, "TIFF", **options)
            yield stream.getvalue()
    for order in "<>":
        for dtype in ("u1", "u2", "i1", "i4", "f4", "f8"):
            stream = io.BytesIO()
            values = np.zeros((7, 9), dtype)
            tifffile.imwrite(stream, values, byteorder=order, metadata=None, software=False, resolution=(20_000, 9_000))
            yield stream.getvalue()


def difference_from_tifffile(data: bytes) -> str | None:
    """What the short way reads otherwise; None where they agree, or where it leaves the file to tifffile."""
    member = member_of(data, "a.tif")
    ours = tiff_plain.facts(member, data)
    theirs = tiff.inspect_pages(member, Mode.HEADERS)
    other = {name: value for name, value in (ours or {}).items() if getattr(theirs, name) != value}
    return f"{other} is otherwise in {theirs}" if other else None


def test_a_plain_tiff_is_read_from_its_first_bytes_as_tifffile_reads_it() -> None:
    files = list(plain_tiffs())
    assert [difference_from_tifffile(data) for data in files] == [None] * len(files)
    assert all(tiff_plain.facts(member_of(data, "a.tif"), data) for data in files)


def test_a_damaged_tiff_is_read_as_tifffile_reads_it() -> None:
    files = [data for seed, whole in enumerate(plain_tiffs()) for data in damaged(whole, 10, len(whole), seed)]
    files += [data[:end] for data in list(plain_tiffs())[::5] for end in range(8, len(data), 23)]
    assert [difference_from_tifffile(data) for data in files] == [None] * len(files)


def test_what_a_tiff_may_hold_beside_one_plain_page_is_left_to_tifffile() -> None:
    page, stream = Image.new("L", (20, 12)), io.BytesIO()
    page.save(stream, "TIFF", save_all=True, append_images=[page])
    described, tiled = io.BytesIO(), io.BytesIO()
    page.save(described, "TIFF", description="ImageJ=1.54f")
    tifffile.imwrite(tiled, np.zeros((32, 32), np.uint8), tile=(16, 16), metadata=None, software=False)
    for data in (stream.getvalue(), described.getvalue(), tiled.getvalue()):
        assert tiff_plain.facts(member_of(data, "a.tif"), data) is None
