"""What the headers of one scanner have in common: runs of elements that are the same, byte for byte, file after file.

A walk that stands where an element begins, and finds the bytes of a run that an earlier walk has read from there on,
ends where that one ended and has read what that one read: one comparison for dozens of elements.
"""

from collections.abc import Callable

Values = dict[int, "bytes | tuple[Values, ...]"]
"""By tag; of a sequence of undefined length its items."""
Run = tuple[bytes, Values]
"""Whole elements, and the wanted ones among them; empty where the first of them differs from file to file."""
Measure = Callable[[bytes, int], tuple[int, int, int] | None]
"""Of the element at a place: where it ends, its tag or 0 where it is not wanted, where its value begins; None where it
is to be walked with more care."""

_MOST_RUN_BYTES = 4096
_MOST_RUNS = 1_000
_MOST_KINDS = 32
_LEARNED_ANEW_AFTER = 512


class Runs:
    """The runs in files of one kind, by the number of the tag that they begin with."""

    __slots__ = ("_measure", "by_first", "walks")

    def __init__(self, measure: Measure) -> None:
        self.walks = 0
        self.by_first: dict[int, Run] = {}
        self._measure = measure

    def learned(self, data: bytes, start: int, first: int) -> Run:
        """The run from `start` on: what is there where none is known, the known one cut where it goes on otherwise."""
        run = self.by_first.get(first)
        known = None if run is None else run[0]
        values: Values = {}
        at = start
        while (element := self._measure(data, at)) is not None:
            end, tag, value_at = element
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
