"""No damage to a volume, its header or its data file makes a reader raise, hang or ask for more memory than it may."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core import readers
from biodatamine_core.records import Mode, Pseudonym, UnreadableMember
from tests.readers.volumes import NIBABEL_DATA, VOXELS, afni, beside, metaimage, mgh, npy, npz, nrrd_file, pair


def library_files(name: str) -> dict[str, bytes]:
    """A file of nibabel's own tests, and what lies beside it under the same name."""
    return {path.name: path.read_bytes() for path in NIBABEL_DATA.glob(f"{name.rpartition('.')[0]}.*")}


def whole_files() -> dict[str, dict[str, bytes]]:
    """The header first, then its data file."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        return {
            "NIfTI pair": pair(nib.Nifti1Pair),
            "Analyze": pair(nib.AnalyzeImage),
            "MGH": {"a.mgh": mgh()},
            "AFNI": afni(),
            "NRRD": nrrd_file(folder / "1", encoding="raw"),
            "NRRD gzip": nrrd_file(folder / "2", encoding="gzip"),
            "NRRD text": nrrd_file(folder / "3", encoding="ascii"),
            "NRRD detached": nrrd_file(folder / "4", name="a.nhdr", encoding="raw"),
            "MetaImage": metaimage(folder / "5"),
            "MetaImage packed": metaimage(folder / "6", is_packed=True),
            "MetaImage detached": metaimage(folder / "7", name="a.mhd"),
            "numpy": {"a.npy": npy(VOXELS)},
            "numpy archive": {"a.npz": npz(a=VOXELS)},
            "PAR/REC": library_files("phantom_EPI_asc_CLEAR_2_1.PAR"),
            "MINC 1": library_files("minc1_4d.mnc"),
            "MINC 2": library_files("minc2_4d.mnc"),
            "ECAT": library_files("tinypet.v"),
            "TrackVis": library_files("simple.trk"),
            "surface": {"lh.white": b"\xff\xff\xfe by hand\n\n" + bytes(np.arange(200, dtype=np.uint8))},
        }


WHOLE = whole_files()


def damaged(data: bytes, length: int, reach: int, changes: int, seed: int) -> bytes:
    """The first `length` bytes, some of the first `reach` of them changed."""
    found, damage = bytearray(data[:length]), random.Random(seed)
    for _ in range(changes):
        found[damage.randrange(min(reach, len(found)))] = damage.choice([damage.randrange(256), 0, 0xFF, ord("9")])
    return bytes(found)


@pytest.mark.parametrize("name", sorted(WHOLE))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damage_is_one_problem_and_no_crash(name: str, data: st.DataObject) -> None:
    files = dict(WHOLE[name])
    header = sorted(files, key=lambda file: file.endswith((".img", ".BRIK", ".raw", ".REC")))[0]
    hit = data.draw(st.sampled_from([header, *files]), label="file")
    size = len(files[hit])
    length = data.draw(st.one_of(st.just(size), st.integers(1, size)), label="length")
    reach = data.draw(st.sampled_from([64, 512, 4096, size]), label="reach")
    changes = data.draw(st.integers(0, 8), label="bytes changed")
    files[hit] = damaged(files[hit], length, reach, changes, data.draw(st.integers(0, 2**32), label="seed"))
    member = beside(files, header)
    record = readers.inspect(member, Pseudonym(b"test"), Mode.FULL)
    assert record.readable == (record.problem is None) == (record.problem_kind is None)
    assert record.shape is None or min(record.shape) > 0
    try:
        picture = readers.middle_picture(member)
    except UnreadableMember:
        return
    assert picture.pixels.ndim in (2, 3)
    assert picture.pixels.size


def test_a_header_that_claims_more_than_a_machine_holds_is_refused_at_once() -> None:
    claims = VOXELS[:1, :1, :1].tobytes()
    huge = {
        "a.nrrd": b"NRRD0004\ntype: short\ndimension: 3\nsizes: 90000 90000 90000\nendian: little\nencoding: raw\n\n"
        + claims,
        "a.mha": b"ObjectType = Image\nNDims = 3\nDimSize = 90000 90000 90000\nElementType = MET_SHORT\n"
        b"ElementDataFile = LOCAL\n" + claims,
    }  # fmt: skip
    for name in huge:
        assert readers.inspect(beside(huge, name), Pseudonym(b"test"), Mode.FULL).problem_kind == "truncated"
        with pytest.raises(UnreadableMember):
            readers.middle_picture(beside(huge, name))


def test_a_packed_bomb_costs_no_memory() -> None:
    import tracemalloc
    import zlib

    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    header = b"ObjectType = Image\nNDims = 3\nDimSize = 4096 4096 16\nElementType = MET_UCHAR\n"
    bomb = {"a.mha": header + b"CompressedData = True\nElementDataFile = LOCAL\n" + packed}
    tracemalloc.start()
    assert readers.inspect(beside(bomb, "a.mha"), Pseudonym(b"test"), Mode.FULL).readable
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()
