"""What the benches promise: a ratio that was measured beside the one that is wanted."""

from collections.abc import Iterable
from typing import NamedTuple


class Goal(NamedTuple):
    """What is compared, how many times as fast it was measured, is meant to be, and is wished to be.

    goal: None where it is only shown beside. is_most: the ratio is a cost, and may be this much at most.
    """

    work: str
    measured: float
    goal: float | None
    stretch: float | None
    is_most: bool = False

    @property
    def verdict(self) -> str:
        if self.stretch is not None and self._reaches(self.stretch):
            return "met, stretch too"
        if self.goal is None:
            return "shown beside"
        return "met" if self._reaches(self.goal) else "missed"

    def _reaches(self, wanted: float) -> bool:
        return self.measured <= wanted if self.is_most else self.measured >= wanted


def print_goals(goals: Iterable[Goal]) -> None:
    print(f"\n{'':<66}{'measured':>10}{'goal':>8}{'stretch':>9}")
    for goal in goals:
        times = ["" if number is None else f"{number:g}x" for number in (goal.measured, goal.goal, goal.stretch)]
        print(f"{goal.work:<66}{times[0]:>10}{times[1]:>8}{times[2]:>9}  {goal.verdict}")
