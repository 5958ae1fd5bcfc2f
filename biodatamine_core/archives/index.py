"""Where each path of an archive stands, so that a file beside another one is found without a walk."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from biodatamine_core.records import Content


class PathIndex:
    """Paths to the two numbers that an archive needs to open them. It keeps 24 bytes a path, not the path."""

    def __init__(self, places: Iterable[tuple[str, int, int]]) -> None:
        import numpy as np

        keys, firsts, seconds = array("q"), array("q"), array("q")
        for path, first, second in places:
            keys.append(hash(path))
            firsts.append(first)
            seconds.append(second)
        order = np.argsort(np.frombuffer(keys, np.int64), kind="stable") if keys else np.empty(0, np.int64)
        self._keys, self._firsts, self._seconds = (_sorted(column, order) for column in (keys, firsts, seconds))

    def find(self, path: str) -> tuple[int, int] | None:
        """The numbers of the first place with this path."""
        at = int(self._keys.searchsorted(hash(path)))
        is_there = at < len(self._keys) and int(self._keys[at]) == hash(path)
        return (int(self._firsts[at]), int(self._seconds[at])) if is_there else None


_latest: dict[str, PathIndex] = {}
"""The index of the archive that was asked last in this process, by its identity and name."""


def index_of(content: Content, places: Callable[[], Iterator[tuple[str, int, int]]]) -> PathIndex:
    """The index of an archive, made by one walk over its list when it is first asked for."""
    key = f"{content.name}\0{content.identity}"
    index = _latest.get(key)
    if index is None:
        index = PathIndex(places())
        _latest.clear()
        _latest[key] = index
    return index


def _sorted(column: "array[int]", order: Any) -> Any:
    import numpy as np

    return np.frombuffer(column, np.int64)[order] if column else np.empty(0, np.int64)
