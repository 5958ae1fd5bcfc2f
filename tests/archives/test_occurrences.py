"""Namesakes in an archive are told apart."""

from biodatamine_core.archives.names import Occurrences

PATHS = 5_000


def test_namesakes_are_counted_however_many_paths_lie_between_them() -> None:
    occurrences = Occurrences()
    paths = [f"ct/{number}.dcm" for number in range(PATHS)]
    assert {occurrences.of(path) for path in paths} == {0}
    assert {occurrences.of(path) for path in reversed(paths)} == {1}
    assert occurrences.of(paths[0]) == 2
    assert occurrences.of("ct/another.dcm") == 0
