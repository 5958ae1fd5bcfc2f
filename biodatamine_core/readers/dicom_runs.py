"""What the headers of one scanner have in common: runs of elements that are the same, byte for byte, file after file.

A walk that stands where an element begins, and finds the bytes of a run that an earlier walk has read from there on,
ends where that one ended and has read what that one read: one comparison for dozens of elements. Runs and the values
between them, in the order in which one walk met them, are its way: most files of a series go all of it.
"""

import struct
from collections.abc import Callable
from typing import Any

Values = dict[int, "bytes | tuple[Values, ...]"]
"""By tag; of a sequence of undefined length its items."""
Run = tuple[bytes, Values]
"""Whole elements, and the wanted ones among them; empty where the first of them differs from file to file."""
Measure = Callable[[bytes, int], tuple[int, int, int, int] | None]
"""Of the element at a place: where it ends, its tag or 0 where it is not wanted, where its value and its length begin;
None where it is to be walked with more care."""
Step = tuple[bytes, Values, int, int, int, Callable[[bytes, int], tuple[Any, ...]]]
"""What is the same up to the length of an element that differs; the wanted values in it; of that element its tag or 0,
where its length and its value begin from the start of the step, and what unpacks its length."""

_MOST_RUN_BYTES = 4096
_MOST_RUNS = 1_000
_MOST_KINDS = 32
_LEARNED_ANEW_AFTER = 512
_WAY_ANEW_AFTER = 8
"""Walks, where files leave the way: drawing it costs about two of them."""
_MOST_WAY_BYTES = 64 << 10
_UNPACK_LENGTH = {2: struct.Struct("<H").unpack_from, 4: struct.Struct("<I").unpack_from}


def _no_length(data: bytes, at: int) -> tuple[int]:
    """Of the last step, which no element ends."""
    return (0,)


class Runs:
    """The runs in files of one kind, by the number of the tag that they begin with."""

    __slots__ = ("_is_left", "_measure", "_way", "by_first", "walks")

    def __init__(self, measure: Measure) -> None:
        self.walks = 0
        self.by_first: dict[int, Run] = {}
        self._measure = measure
        self._way: list[Step] = []
        self._is_left = False

    def followed(self, data: bytes, at: int, values: Values) -> int:
        """Go the known way from `at` on, its values into `values`; returns where the data leaves it."""
        self._is_left = True
        begins, size_bytes = data.startswith, len(data)
        try:
            for same, known, tag, length_at, value_at, unpack in self._way:
                if not begins(same, at):
                    return at
                start = at + value_at
                end = start + unpack(data, at + length_at)[0]
                if end > size_bytes:  # cut, or of undefined length
                    return at
                if known:
                    values.update(known)
                if tag:
                    values[tag] = data[start:end]
                at = end
        except struct.error:  # cut within a length
            return at
        self._is_left = False
        return at

    def walked(self, data: bytes, start: int, end: int) -> None:
        """Draw the way anew, now and then, where the walk from `start` to `end` left it."""
        is_due = (self._is_left or not self._way) and self.walks % _WAY_ANEW_AFTER == 0
        if not is_due or end - start > _MOST_WAY_BYTES:
            return
        self._way = []
        at, known = start, Values()
        while at < end:
            same, values = self.by_first.get(int.from_bytes(data[at : at + 4], "little"), (b"", {}))
            if same and data.startswith(same, at):
                known.update(values)
                at += len(same)
                continue
            element = self._measure(data, at)
            if element is None:
                break
            at, tag, value_at, length_at = element
            unpack = _UNPACK_LENGTH[value_at - length_at]
            self._way.append((data[start:length_at], known, tag, length_at - start, value_at - start, unpack))
            start, known = at, Values()
        self._way.append((data[start:at], known, 0, at - start, at - start, _no_length))

    def learned(self, data: bytes, start: int, first: int) -> Run:
        """The run from `start` on: what is there where none is known, the known one cut where it goes on otherwise."""
        run = self.by_first.get(first)
        known = None if run is None else run[0]
        values: Values = {}
        at = start
        while (element := self._measure(data, at)) is not None:
            end, tag, value_at, _ = element
            is_other = known is not None and known[at - start : end - start] != data[at:end]
            if is_other or end - start > _MOST_RUN_BYTES or end > len(data):
                break
            if tag:
                values[tag] = data[value_at:end]
            at = end
        run = data[start:at], values
        if len(self.by_first) < _MOST_RUNS:
            self.by_first[first] = run
        return run


_kinds: dict[object, Runs] = {}


def runs_of(kind: object, measure: Measure) -> Runs:
    """The runs of files of one kind; they are learned anew now and then, as they only ever get shorter."""
    runs = _kinds.get(kind)
    if runs is None or runs.walks >= _LEARNED_ANEW_AFTER:
        if len(_kinds) >= _MOST_KINDS:
            _kinds.clear()
        runs = _kinds[kind] = Runs(measure)
    runs.walks += 1
    return runs
