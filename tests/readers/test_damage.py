"""No damage to a file of any reader makes it raise, hang or ask for more memory than a picture takes."""

import math
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core import readers
from biodatamine_core.readers import HEAD_BYTES, READERS
from biodatamine_core.readers.planes import planes
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym, UnreadableMember
from tests.readers.samples import SAMPLES, Files
from tests.readers.volumes import VOXELS, beside

WHOLE = {sample: files for of_reader in SAMPLES.values() for sample, files in of_reader.items()}
PSEUDONYM = Pseudonym(b"test")
MOST_PLANES = 4


def test_every_reader_has_samples_that_it_takes_and_that_can_be_damaged() -> None:
    taken = {reader: {_reader_of(files) for files in of_reader.values()} for reader, of_reader in SAMPLES.items()}
    assert taken == {reader.name: {reader.name} for reader in READERS}


def _reader_of(files: Files) -> str:
    member = beside(files, next(iter(files)))
    head = member.read(0, HEAD_BYTES)
    return next(reader.name for reader in READERS if reader.sniff(head, member.name))


def damaged(data: bytes, length: int, reach: int, changes: int, seed: int) -> bytes:
    """The first `length` bytes, some of the first `reach` of them changed."""
    found, damage = bytearray(data[:length]), random.Random(seed)
    for _ in range(changes):
        found[damage.randrange(min(reach, len(found)))] = damage.choice([damage.randrange(256), 0, 0xFF, ord("9")])
    return bytes(found)


@pytest.mark.parametrize("sample", sorted(WHOLE))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_damage_is_one_problem_and_no_crash(sample: str, data: st.DataObject) -> None:
    files = dict(WHOLE[sample])
    header = next(iter(files))
    hit = data.draw(st.sampled_from([header, *files]), label="file")
    size = len(files[hit])
    length = data.draw(st.one_of(st.just(size), st.integers(1, size)), label="length")
    reach = data.draw(st.sampled_from([64, 512, 4096, size]), label="reach")
    changes = data.draw(st.integers(0, 8), label="bytes changed")
    files[hit] = damaged(files[hit], length, reach, changes, data.draw(st.integers(0, 2**32), label="seed"))
    member = beside(files, header)
    record = readers.inspect(member, PSEUDONYM, data.draw(st.sampled_from(Mode), label="mode"))
    assert record.readable == (record.problem is None) == (record.problem_kind is None)
    assert record.shape is None or min(record.shape) > 0
    assert_pictures_or_a_problem(member, record)


def assert_pictures_or_a_problem(member: Member, record: FileRecord) -> None:
    """A picture has two axes, a third where it is in colour, and is not empty; all else is one problem."""
    pictures = []
    with suppress(UnreadableMember):
        pictures.append(readers.middle_picture(member))
        pictures.extend(planes(member, range(min(MOST_PLANES, math.prod((record.shape or ())[2:])))) or ())
    assert all(picture.pixels.ndim in (2, 3) and picture.pixels.size for picture in pictures)


def test_a_header_that_claims_more_than_a_machine_holds_is_refused_at_once() -> None:
    claims = VOXELS[:1, :1, :1].tobytes()
    huge = {
        "a.nrrd": b"NRRD0004\ntype: short\ndimension: 3\nsizes: 90000 90000 90000\nendian: little\nencoding: raw\n\n"
        + claims,
        "a.mha": b"ObjectType = Image\nNDims = 3\nDimSize = 90000 90000 90000\nElementType = MET_SHORT\n"
        b"ElementDataFile = LOCAL\n" + claims,
    }  # fmt: skip
    for name in huge:
        assert readers.inspect(beside(huge, name), PSEUDONYM, Mode.FULL).problem_kind == "truncated"
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
    assert readers.inspect(beside(bomb, "a.mha"), PSEUDONYM, Mode.FULL).readable
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()
