"""Overview has words for whatever the readers and archives say."""

from biodatamine_core.records import ProblemKind
from ui.composition import UNREAD


def test_every_kind_of_problem_is_told_in_words() -> None:
    assert set(UNREAD) == set(ProblemKind)
