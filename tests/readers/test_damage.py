"""No damage to a picture or a recording makes a reader raise, hang or ask for more memory than a picture takes."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biodatamine_core import readers
from biodatamine_core.readers.tiff_file import BROKEN
from biodatamine_core.records import Mode, Pseudonym, UnreadableMember
from tests.builders import member_of
from tests.readers.test_animations import animation, noise
from tests.readers.test_tiff import noise as values
from tests.readers.test_tiff import slide, tiff_of
from tests.readers.test_video import video

WHOLE = {
    "BMP": noise("BMP"),
    "GIF": animation("GIF", 5),
    "WebP": noise("WEBP", "RGBA"),
    "animated WebP": animation("WEBP", 5),
    "TIFF": tiff_of(values(40, 60), compression="lzw"),
    "stack": tiff_of(values(6, 20, 30), photometric="minisblack"),
    "ImageJ": tiff_of(values(6, 20, 30), imagej=True),
    "OME": tiff_of(values(6, 20, 30), ome=True, metadata={"axes": "ZYX", "PhysicalSizeX": 0.5}),
    "float": tiff_of(values(20, 30, dtype=np.float32), compression="zlib", predictor=True),
    "slide": slide(),
    "AVI": video("avi", 3),
    "MP4": video("mp4", 3),
}
DECODERS_RAISE = (*BROKEN, UnreadableMember, MemoryError)


@pytest.mark.parametrize("name", sorted(WHOLE))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_one_problem_and_no_crash(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    damaged = bytearray(whole[: data.draw(st.one_of(st.just(len(whole)), st.integers(1, len(whole))), label="length")])
    damage = random.Random(data.draw(st.integers(0, 2**32), label="seed"))
    reach = data.draw(st.sampled_from([64, 512, len(damaged)]), label="reach")
    for _ in range(data.draw(st.integers(0, 8), label="bytes changed")):
        damaged[damage.randrange(min(reach, len(damaged)))] = damage.randrange(256)
    member = member_of(bytes(damaged), "a.bin")
    record = readers.inspect(member, Pseudonym(b"test"), Mode.FULL)
    assert record.readable == (record.problem is None) == (record.problem_kind is None)
    assert record.shape is None or min(record.shape) > 0
    try:
        picture = readers.middle_picture(member)
    except DECODERS_RAISE:
        return
    assert picture.pixels.ndim in (2, 3)
    assert picture.pixels.size
