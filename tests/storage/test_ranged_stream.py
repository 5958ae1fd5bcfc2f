"""A stream over ranges fetches little for one look, and much at once where it is read in order."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core.storage.ranged_stream import FIRST_WINDOW_BYTES, LARGEST_WINDOW_BYTES, ranged_stream

DATA = bytes(range(251)) * 8_000


class Ranges:
    """Answers ranges of some bytes, and remembers which."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start: int, stop: int) -> bytes:
        self.asked.append((start, stop))
        return self.data[start:stop]


def test_reading_in_order_asks_for_more_each_time_and_never_twice() -> None:
    ranges = Ranges(bytes(40 << 20))
    stream = ranged_stream(ranges, len(ranges.data))
    while stream.read(100_000):
        pass
    lengths = [stop - start for start, stop in ranges.asked]
    assert lengths[:3] == [FIRST_WINDOW_BYTES, 2 * FIRST_WINDOW_BYTES, 4 * FIRST_WINDOW_BYTES]
    assert max(lengths) == LARGEST_WINDOW_BYTES
    assert sum(lengths) == len(ranges.data)


def test_a_look_elsewhere_asks_for_little() -> None:
    ranges = Ranges(bytes(40 << 20))
    stream = ranged_stream(ranges, len(ranges.data))
    for place in (30 << 20, 5 << 20, 20 << 20):
        stream.seek(place)
        stream.read(30)
    assert [stop - start for start, stop in ranges.asked] == [FIRST_WINDOW_BYTES] * 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, len(DATA)), st.integers(-1, 700_000)), max_size=8))
def test_it_reads_what_a_file_reads(steps: list[tuple[int, int, int]]) -> None:
    stream, file = ranged_stream(Ranges(DATA), len(DATA), DATA[:1000]), io.BytesIO(DATA)
    for whence, offset, length in steps:
        for one in (stream, file):
            one.seek(-offset if whence == io.SEEK_END else offset, whence)
        assert stream.tell() == file.tell()
        assert stream.read(length) == file.read(length)
