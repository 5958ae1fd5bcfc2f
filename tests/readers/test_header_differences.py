"""Headers of pictures and NIfTI, damaged at random: where their own library reads one too, it reads the same."""

import io
import random
import warnings
from collections.abc import Iterator
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from biodatamine_core import readers
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
